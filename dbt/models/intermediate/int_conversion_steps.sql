-- Every step that a cycle began in a quarter that is compared or part of a benchmark: for how long
-- it was watched, and whether it made the step within the window. A cycle that closed without
-- making it is watched on and never makes it; only as_of ends the watch. Exact to the microsecond,
-- so that "within d days" is what it says. Added up at once: most cycles share one value.
{%- set day_us = microseconds_of_a_day() %}
{%- set window_us = conversion_window_us() %}

with cycles as (
    select
        cycles.source,
        cycles.entry_stage,
        cycles.mql_at,
        cycles.sql_at,
        cycles.opportunity_at,
        cycles.won_at
    from {{ ref('fct_lead_cycles') }} as cycles
),

steps as (
    {%- for step, began, made, entries in conversion_steps() %}
    select
        '{{ step }}' as step,
        cycles.source,
        {{ local_date('cycles.' ~ began) }} as began_on,
        {{ microseconds('run_context.as_of') }} - {{ microseconds('cycles.' ~ began) }} as age_us,
        {{ microseconds('cycles.' ~ made) }} - {{ microseconds('cycles.' ~ began) }} as made_us
    from cycles
    cross join {{ ref('stg_run_context') }} as run_context
    where
        cycles.{{ began }} is not null
        and cycles.entry_stage in ({{ entries }})
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

watched as (
    select
        steps.step,
        steps.source,
        {{ quarter_start('steps.began_on') }} as quarter_start,
        cast(
            least(floor(steps.age_us / {{ day_us }}), {{ var('conversion_window_days') }})
            as integer
        ) as age_days,
        coalesce(steps.made_us <= {{ window_us }}, false) as is_made,
        case
            when steps.made_us <= {{ window_us }} then steps.made_us
            else least(steps.age_us, {{ window_us }} + 1)
        end as watched_us
    from steps
    where
        steps.began_on >= (
            select min(quarters.benchmark_start)
            from {{ ref('int_benchmark_quarters') }} as quarters
        )
)

select
    watched.step,
    watched.source,
    watched.quarter_start,
    watched.age_days,
    watched.is_made,
    watched.watched_us,
    count(*) as cycles
from watched
group by
    watched.step,
    watched.source,
    watched.quarter_start,
    watched.age_days,
    watched.is_made,
    watched.watched_us
