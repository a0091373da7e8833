-- What became of a source's MQLs in their first conversion window, for the decisions of two
-- months: the last complete one, judged at its end, and the current one at as_of. A month's cohort
-- are the MQLs of a year that had their whole window by then: all sources at equal age.
{%- set window = "interval '" ~ var('conversion_window_days') ~ "' day" %}
{%- set cohort = "interval '" ~ 3 * var('benchmark_quarters') ~ "' month" %}

with this_month as (
    select
        {{ month_start(local_date('run_context.as_of')) }} as month_start,
        run_context.as_of
    from {{ ref('stg_run_context') }} as run_context
),

months as (
    select
        this_month.month_start,
        false as is_complete,
        this_month.as_of as judged_at
    from this_month
    union all
    select
        cast(this_month.month_start - interval '1' month as date) as month_start,
        true as is_complete,
        {{ start_of_day('this_month.month_start') }} as judged_at
    from this_month
),

cohorts as (
    select
        months.month_start,
        months.is_complete,
        months.judged_at,
        months.judged_at - {{ window }} as mature_until,
        months.judged_at - {{ window }} - {{ cohort }} as begins_after
    from months
),

-- What a cycle's opportunities were worth: those created, and those won, within its window.
worth as (
    select
        cycles.cycle_id,
        count(*) as amounts,
        cast(
            sum(
                case
                    when
                        coalesce(opportunities.created_at, opportunities.closed_at)
                        <= cycles.mql_at + {{ window }}
                        then opportunities.amount_reporting
                    else 0
                end
            ) as decimal(18, 2)
        ) as pipeline,
        cast(
            sum(
                case
                    when
                        opportunities.is_won
                        and opportunities.closed_at <= cycles.mql_at + {{ window }}
                        then opportunities.amount_reporting
                    else 0
                end
            ) as decimal(18, 2)
        ) as won_value
    from {{ ref('fct_opportunities') }} as opportunities
    inner join {{ ref('fct_lead_cycles') }} as cycles
        on opportunities.cycle_id = cycles.cycle_id
    where
        not opportunities.is_deleted
        and opportunities.amount_reporting is not null
    group by cycles.cycle_id
),

cycles as (
    select
        cohorts.month_start,
        cohorts.is_complete,
        cycles.source,
        cycles.mql_at <= cohorts.mature_until as is_mature,
        coalesce(cycles.won_at <= cycles.mql_at + {{ window }}, false) as is_won,
        cycles.is_mql_inferred,
        cycles.is_fit,
        cycles.sal_at,
        cycles.rejected_at,
        coalesce(worth.amounts, 0) as amounts,
        cast(coalesce(worth.pipeline, 0) as decimal(18, 2)) as pipeline,
        cast(coalesce(worth.won_value, 0) as decimal(18, 2)) as won_value
    from {{ ref('fct_lead_cycles') }} as cycles
    inner join cohorts
        on
            cycles.mql_at > cohorts.begins_after
            and cycles.mql_at < cohorts.judged_at
    left join worth on cycles.cycle_id = worth.cycle_id
    where not cycles.is_mql_inferred
)

select
    cycles.month_start,
    cycles.is_complete,
    cycles.source,
    count(*) filter (where not cycles.is_mature) as mql_too_young,
    count(*) filter (where cycles.is_mature) as mql,
    count(*) filter (where cycles.is_mature and cycles.is_won) as won,
    count(*) filter (where cycles.is_mature and cycles.is_fit) as fit,
    count(*) filter (where cycles.is_mature and {{ is_accepted('cycles') }}) as accepted,
    count(*) filter (where cycles.is_mature and {{ is_turned_down('cycles') }}) as turned_down,
    {% for value in ['pipeline', 'won_value'] -%}
    {%- set mature = 'case when cycles.is_mature then cycles.' ~ value ~ ' else 0 end' -%}
    cast(sum({{ mature }}) as decimal(38, 2)) as {{ value }},
    -- As decimals exact, whatever the order; a double of the sum is enough for an interval.
    cast(sum(({{ mature }}) * ({{ mature }})) as double) as {{ value }}_squares,
    {% endfor -%}
    cast(sum(case when cycles.is_mature then cycles.amounts else 0 end) as bigint) as amounts
from cycles
group by cycles.month_start, cycles.is_complete, cycles.source
