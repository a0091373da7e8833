-- A source's quarter against its own past at equal age: what the benchmark's curve lets expect of
-- cycles of these ages, and what came.
with quarters as (
    select * from {{ ref('int_benchmark_quarters') }}
),

curves as (
    select * from {{ ref('rpt_conversion_curves') }}
),

current_ages as (
    select
        steps.quarter_start,
        steps.source,
        steps.step,
        steps.age_days,
        cast(sum(steps.cycles) as bigint) as cycles,
        cast(sum(case when steps.is_made then steps.cycles else 0 end) as bigint) as observed
    from {{ ref('int_conversion_steps') }} as steps
    inner join quarters on steps.quarter_start = quarters.quarter_start
    group by steps.quarter_start, steps.source, steps.step, steps.age_days
),

-- Shares as decimals: their sums are the same in every order.
current_cohorts as (
    select
        ages.quarter_start,
        ages.source,
        ages.step,
        sum(ages.cycles) as cycles,
        sum(ages.observed) as observed,
        -- Rounded, because 13 cycles at 20 of 52 are 5 and not just under it.
        round(cast(sum(ages.cycles * cast(curves.share as decimal(13, 12))) as double), 9)
            as expected,
        cast(
            sum(ages.cycles * cast(curves.share * (1 - curves.share) as decimal(13, 12))) as double
        ) as variance
    from current_ages as ages
    left join curves
        on
            ages.quarter_start = curves.quarter_start
            and ages.source = curves.source
            and ages.step = curves.step
            and ages.age_days = curves.age_days
    group by ages.quarter_start, ages.source, ages.step
),

benchmark_cohorts as (
    select curves.*
    from curves
    where curves.age_days = {{ var('conversion_window_days') }}
),

compared as (
    select
        coalesce(cohorts.quarter_start, benchmarks.quarter_start) as quarter_start,
        coalesce(cohorts.source, benchmarks.source) as source,
        coalesce(cohorts.step, benchmarks.step) as step,
        coalesce(benchmarks.cycles, 0) as benchmark_cycles,
        benchmarks.share as benchmark_rate,
        benchmarks.share_low as benchmark_low,
        benchmarks.share_high as benchmark_high,
        cast(coalesce(cohorts.cycles, 0) as bigint) as current_cycles,
        cast(coalesce(cohorts.observed, 0) as bigint) as observed,
        case
            when cohorts.source is null then cast(0 as double) else cohorts.expected
        end as expected,
        case
            when cohorts.source is null then cast(0 as double) else cohorts.variance
        end as variance
    from current_cohorts as cohorts
    full outer join benchmark_cohorts as benchmarks
        on
            cohorts.quarter_start = benchmarks.quarter_start
            and cohorts.source = benchmarks.source
            and cohorts.step = benchmarks.step
),

ranged as (
    select
        compared.*,
        {{ expected_low('compared.expected', 'compared.variance') }} as expected_low,
        {{ expected_high('compared.expected', 'compared.variance', 'compared.current_cycles') }}
            as expected_high
    from compared
)

select
    ranged.quarter_start,
    ranged.source,
    ranged.step,
    ranged.benchmark_cycles,
    ranged.benchmark_rate,
    ranged.benchmark_low,
    ranged.benchmark_high,
    ranged.current_cycles,
    ranged.observed,
    ranged.expected,
    ranged.expected_low,
    ranged.expected_high,
    case
        when
            ranged.benchmark_cycles < {{ var('benchmark_min_cycles') }}
            or coalesce(ranged.expected, 0) < {{ var('benchmark_min_expected') }}
            then 'too_few'
        when ranged.observed < ranged.expected_low then 'below'
        when ranged.observed > ranged.expected_high then 'above'
        else 'within'
    end as verdict
from ranged
