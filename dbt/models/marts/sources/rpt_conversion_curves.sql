-- Kaplan-Meier on exact times, read at whole days: the share of the benchmark cohort that made a
-- step within d days. Cycles are added up before anything is laid out by day.
{%- set window = var('conversion_window_days') %}

with exits as (
    select
        quarters.quarter_start,
        steps.source,
        steps.step,
        steps.watched_us,
        sum(steps.cycles) as cycles,
        sum(case when steps.is_made then steps.cycles else 0 end) as events
    from {{ ref('int_conversion_steps') }} as steps
    inner join {{ ref('int_benchmark_quarters') }} as quarters
        on
            steps.quarter_start >= quarters.benchmark_start
            and steps.quarter_start < quarters.quarter_start
    group by quarters.quarter_start, steps.source, steps.step, steps.watched_us
),

instants as (
    select
        exits.*,
        -- Whoever is watched until the very instant of an event is at risk of it.
        sum(exits.cycles) over (
            partition by exits.quarter_start, exits.source, exits.step
            order by exits.watched_us desc
            rows between unbounded preceding and current row
        ) as at_risk
    from exits
),

by_day as (
    select
        instants.quarter_start,
        instants.source,
        instants.step,
        cast(ceil(instants.watched_us / {{ microseconds_of_a_day() }}) as integer) as age_days,
        sum(instants.cycles) as cycles,
        sum(instants.events) as events,
        sum({{ log_share_left('instants.events', 'instants.at_risk') }}) as log_share_left,
        sum({{ greenwood_term('instants.events', 'instants.at_risk') }}) as greenwood_sum,
        max(case when instants.events = instants.at_risk then 1 else 0 end) as is_exhausted
    from instants
    group by
        instants.quarter_start,
        instants.source,
        instants.step,
        cast(ceil(instants.watched_us / {{ microseconds_of_a_day() }}) as integer)
),

cohorts as (
    select
        by_day.quarter_start,
        by_day.source,
        by_day.step,
        sum(by_day.cycles) as cycles
    from by_day
    group by by_day.quarter_start, by_day.source, by_day.step
),

days as (
    select
        cohorts.*,
        {{ explode(whole_numbers(0, window)) }} as age_days
    from cohorts
),

so_far as (
    select
        days.quarter_start,
        days.source,
        days.step,
        days.age_days,
        days.cycles,
        coalesce(by_day.events, 0) as events,
        days.cycles - coalesce(sum(by_day.cycles) over before_today, 0) as at_risk,
        coalesce(sum(by_day.events) over until_today, 0) as made,
        cast(coalesce(sum(by_day.log_share_left) over until_today, 0) as double) as log_share_left,
        cast(coalesce(sum(by_day.greenwood_sum) over until_today, 0) as double) as greenwood_sum,
        coalesce(max(by_day.is_exhausted) over until_today, 0) = 1 as is_exhausted
    from days
    left join by_day
        on
            days.quarter_start = by_day.quarter_start
            and days.source = by_day.source
            and days.step = by_day.step
            and days.age_days = by_day.age_days
    window
        until_today as (
            partition by days.quarter_start, days.source, days.step order by days.age_days
            rows between unbounded preceding and current row
        ),
        before_today as (
            partition by days.quarter_start, days.source, days.step order by days.age_days
            rows between unbounded preceding and 1 preceding
        )
),

curves as (
    select
        so_far.*,
        case
            when so_far.is_exhausted then cast(1 as double)
            -- The same to the last digit on every engine.
            else round(1 - exp(so_far.log_share_left), 12)
        end as share
    from so_far
)

select
    curves.quarter_start,
    curves.source,
    curves.step,
    cast(curves.age_days as integer) as age_days,
    cast(curves.cycles as bigint) as cycles,
    cast(curves.at_risk as bigint) as at_risk,
    cast(curves.events as bigint) as events,
    curves.share,
    {{ greenwood_low('curves.share', 'curves.greenwood_sum', 'curves.made') }} as share_low,
    {{ greenwood_high('curves.share', 'curves.greenwood_sum', 'curves.at_risk') }} as share_high
from curves
