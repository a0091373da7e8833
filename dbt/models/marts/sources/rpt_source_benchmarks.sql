-- Every source against its own past, and whose turn it is where it is below.
with comparisons as (
    select * from {{ ref('int_benchmark_comparisons') }}
),

quality as (
    select
        quarters.quarter_start,
        quality.source,
        {% for count in ['mql', 'fit', 'accepted', 'turned_down'] -%}
        sum(case when quality.quarter_start = quarters.quarter_start then quality.{{ count }} end)
            as {{ count }},
        sum(case when quality.quarter_start < quarters.quarter_start then quality.{{ count }} end)
            as benchmark_{{ count }},
        {% endfor -%}
        max(quarters.benchmark_start) as benchmark_start
    from {{ ref('int_source_quality') }} as quality
    inner join {{ ref('int_benchmark_quarters') }} as quarters
        on
            quality.quarter_start >= quarters.benchmark_start
            and quality.quarter_start <= quarters.quarter_start
    group by quarters.quarter_start, quality.source
),

rates as (
    select
        quality.quarter_start,
        quality.source,
        {{ fit_rate('quality.fit', 'quality.mql') }} as fit_rate,
        {{ fit_rate('quality.benchmark_fit', 'quality.benchmark_mql') }} as benchmark_fit_rate,
        {{ acceptance_rate('quality.accepted', 'quality.turned_down') }} as acceptance_rate,
        {{ acceptance_rate('quality.benchmark_accepted', 'quality.benchmark_turned_down') }}
            as benchmark_acceptance_rate
    from quality
),

-- What nobody can judge says nothing about sales.
execution as (
    select
        compliance.period_start as quarter_start,
        compliance.dimension_value as source,
        {{ joined_texts('compliance.clause', '|', 'compliance.clause') }} as missed_clauses
    from {{ ref('rpt_sla_compliance') }} as compliance
    where
        compliance.period = 'quarter'
        and compliance.dimension = 'source'
        and compliance.clause in ('speed_to_lead', 'cadence', 'disposition')
        and compliance.verdict = 'missed'
        and compliance.not_assessable < compliance.met + compliance.missed
    group by compliance.period_start, compliance.dimension_value
),

causes as (
    select
        comparisons.quarter_start,
        comparisons.source,
        comparisons.step,
        quarters.is_complete,
        rates.fit_rate,
        rates.benchmark_fit_rate,
        rates.acceptance_rate,
        rates.benchmark_acceptance_rate,
        execution.missed_clauses,
        -- Of the source as a whole: one diagnosis for all of its steps that are below.
        max(case when comparisons.step = 'mql_to_sql' then comparisons.verdict end) over (
            partition by comparisons.quarter_start, comparisons.source
        ) = 'below'
        and (
            coalesce(rates.fit_rate < rates.benchmark_fit_rate, false)
            or coalesce(rates.acceptance_rate < rates.benchmark_acceptance_rate, false)
        ) as is_upstream,
        execution.missed_clauses is not null as is_downstream
    from comparisons
    inner join {{ ref('int_benchmark_quarters') }} as quarters
        on comparisons.quarter_start = quarters.quarter_start
    left join rates
        on
            comparisons.quarter_start = rates.quarter_start
            and comparisons.source = rates.source
    left join execution
        on
            comparisons.quarter_start = execution.quarter_start
            and comparisons.source = execution.source
)

select
    comparisons.quarter_start,
    comparisons.source,
    comparisons.step,
    comparisons.benchmark_cycles,
    comparisons.benchmark_rate,
    comparisons.benchmark_low,
    comparisons.benchmark_high,
    comparisons.current_cycles,
    comparisons.observed,
    comparisons.expected,
    comparisons.observed / nullif(comparisons.expected, 0) as observed_to_expected,
    comparisons.verdict,
    case
        when comparisons.verdict <> 'below' then null
        when causes.is_upstream and causes.is_downstream then 'both'
        when causes.is_upstream then 'upstream'
        when causes.is_downstream then 'downstream'
        else 'joint_review'
    end as diagnosis,
    causes.is_complete,
    comparisons.expected_low,
    comparisons.expected_high,
    causes.fit_rate,
    causes.benchmark_fit_rate,
    causes.acceptance_rate,
    causes.benchmark_acceptance_rate,
    causes.missed_clauses
from comparisons
inner join causes
    on
        comparisons.quarter_start = causes.quarter_start
        and comparisons.source = causes.source
        and comparisons.step = causes.step
