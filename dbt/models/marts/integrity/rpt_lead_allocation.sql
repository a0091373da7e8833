-- What each rep was given: how many leads, how good, from where, and what share of such leads is
-- usually qualified. Beside it the rep's team, so that nobody is judged for the draw.
with received as (
    select
        received.*,
        averages.conversion_rate,
        averages.mqls as averaged_mqls,
        received.team_source_leads / cast(received.team_leads as double) as team_share
    from {{ ref('int_leads_received') }} as received
    left join {{ ref('int_source_averages') }} as averages on received.source = averages.source
),

totals as (
    select
        received.period,
        received.period_start,
        received.owner_key,
        received.crm,
        received.team,
        received.team_leads,
        cast(sum(received.leads) as bigint) as leads,
        cast(sum(received.fit) as bigint) as fit
    from received
    group by
        received.period,
        received.period_start,
        received.owner_key,
        received.crm,
        received.team,
        received.team_leads
),

-- Total variation distance: half of what the two mixes differ by, the sources that the rep was
-- given nothing of included. The variance is that of the sources' averages.
reps as (
    select
        totals.period,
        totals.period_start,
        totals.owner_key,
        totals.crm,
        totals.team,
        totals.team_leads,
        totals.leads,
        totals.fit,
        {{ first_by('received.source', ['-received.leads', 'received.source']) }}
            as largest_source,
        max(received.leads) as largest_source_leads,
        (
            sum(abs(
                received.leads / cast(totals.leads as double) - received.team_share
            )) + 1 - sum(received.team_share)
        ) / 2 as source_mix_distance,
        sum(received.leads * received.conversion_rate) / sum(
            case when received.conversion_rate is not null then received.leads end
        ) as expected_conversion_rate,
        sqrt(sum(
            received.leads * received.leads * received.conversion_rate
            * (1 - received.conversion_rate) / received.averaged_mqls
        )) / sum(
            case when received.conversion_rate is not null then received.leads end
        ) as standard_error
    from totals
    inner join received
        on
            totals.period = received.period
            and totals.period_start = received.period_start
            and totals.owner_key = received.owner_key
    group by
        totals.period,
        totals.period_start,
        totals.owner_key,
        totals.crm,
        totals.team,
        totals.team_leads,
        totals.leads,
        totals.fit
)

select
    reps.period,
    reps.period_start,
    reps.owner_key,
    reps.crm,
    reps.team,
    reps.leads,
    reps.team_leads,
    reps.fit,
    reps.fit / cast(reps.leads as double) as fit_rate,
    {{ wilson_low('reps.fit', 'reps.leads') }} as fit_rate_low,
    {{ wilson_high('reps.fit', 'reps.leads') }} as fit_rate_high,
    sum(reps.fit) over team / cast(reps.team_leads as double) as team_fit_rate,
    reps.largest_source,
    reps.largest_source_leads / cast(reps.leads as double) as largest_source_share,
    round(reps.source_mix_distance, 9) as source_mix_distance,
    -- Mean distance of a random draw from the team's leads: of each share sqrt(2 p(1-p) / (pi n)).
    round(
        teams.spread / 2 * sqrt(
            2 * (reps.team_leads - reps.leads)
            / (pi() * reps.leads * greatest(reps.team_leads - 1, 1))
        ),
        9
    ) as source_mix_distance_by_chance,
    round(reps.expected_conversion_rate, 9) as expected_conversion_rate,
    round(greatest(
        reps.expected_conversion_rate - {{ normal_975() }} * reps.standard_error, 0
    ), 9) as expected_conversion_low,
    round(least(
        reps.expected_conversion_rate + {{ normal_975() }} * reps.standard_error, 1
    ), 9) as expected_conversion_high,
    round(teams.expected_conversion_rate, 9) as team_expected_conversion_rate,
    {{ period_end('reps.period', 'reps.period_start') }} <= {{ local_date(as_of()) }}
        as is_complete
from reps
inner join {{ ref('int_teams_received') }} as teams
    on
        reps.period = teams.period
        and reps.period_start = teams.period_start
        and reps.crm = teams.crm
        and reps.team = teams.team
window team as (partition by reps.period, reps.period_start, reps.crm, reps.team)
