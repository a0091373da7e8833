-- What each team was given: how spread its sources are and what share of such leads is usually
-- qualified.
with team_sources as (
    select distinct
        received.period,
        received.period_start,
        received.crm,
        received.team,
        received.source,
        received.team_source_leads,
        received.team_source_leads / cast(received.team_leads as double) as team_share,
        averages.conversion_rate
    from {{ ref('int_leads_received') }} as received
    left join {{ ref('int_source_averages') }} as averages on received.source = averages.source
)

select
    team_sources.period,
    team_sources.period_start,
    team_sources.crm,
    team_sources.team,
    sum(sqrt(team_sources.team_share * (1 - team_sources.team_share))) as spread,
    sum(team_sources.team_source_leads * team_sources.conversion_rate)
    / sum(
        case
            when team_sources.conversion_rate is not null then team_sources.team_source_leads
        end
    )
        as expected_conversion_rate
from team_sources
group by
    team_sources.period, team_sources.period_start, team_sources.crm, team_sources.team
