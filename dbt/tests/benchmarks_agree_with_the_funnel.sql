-- A source's cohorts of MQLs are those of the funnel, its rate is the end of its curve, and the
-- verdict follows from its figures. Every row is a disagreement.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_source_benchmarks'}}}) }}
with mqls as (
    select
        quarters.quarter_start,
        funnel.dimension_value as source,
        sum(case when funnel.period_start = quarters.quarter_start then funnel.mql else 0 end)
            as current_cycles,
        sum(case when funnel.period_start < quarters.quarter_start then funnel.mql else 0 end)
            as benchmark_cycles
    from {{ ref('rpt_funnel') }} as funnel
    inner join {{ ref('int_benchmark_quarters') }} as quarters
        on
            funnel.period_start >= quarters.benchmark_start
            and funnel.period_start <= quarters.quarter_start
    where
        funnel.period = 'quarter'
        and funnel.dimension = 'source'
        and funnel.mql > 0
    group by quarters.quarter_start, funnel.dimension_value
),

benchmarks as (
    select * from {{ ref('rpt_source_benchmarks') }}
)

select
    'cohorts' as disagreement,
    coalesce(mqls.quarter_start, benchmarks.quarter_start) as quarter_start,
    coalesce(mqls.source, benchmarks.source) as source,
    'mql_to_sql' as step
from mqls
full outer join (
    select benchmarks.*
    from benchmarks
    where benchmarks.step = 'mql_to_sql'
) as benchmarks
    on
        mqls.quarter_start = benchmarks.quarter_start
        and mqls.source = benchmarks.source
where
    mqls.source is null
    or benchmarks.source is null
    or mqls.current_cycles <> benchmarks.current_cycles
    or mqls.benchmark_cycles <> benchmarks.benchmark_cycles
union all
select
    'rate' as disagreement,
    benchmarks.quarter_start,
    benchmarks.source,
    benchmarks.step
from benchmarks
left join {{ ref('rpt_conversion_curves') }} as curves
    on
        benchmarks.quarter_start = curves.quarter_start
        and benchmarks.source = curves.source
        and benchmarks.step = curves.step
        and curves.age_days = {{ var('conversion_window_days') }}
where
    (benchmarks.benchmark_cycles > 0) <> (curves.source is not null)
    or benchmarks.benchmark_rate <> curves.share
    or benchmarks.benchmark_cycles <> curves.cycles
union all
select
    'verdict' as disagreement,
    benchmarks.quarter_start,
    benchmarks.source,
    benchmarks.step
from benchmarks
where
    benchmarks.observed > benchmarks.current_cycles
    or (
        benchmarks.verdict <> 'too_few'
        and (benchmarks.verdict = 'within')
        <> (benchmarks.observed between benchmarks.expected_low and benchmarks.expected_high)
    )
    or (benchmarks.diagnosis is not null) <> (benchmarks.verdict = 'below')
