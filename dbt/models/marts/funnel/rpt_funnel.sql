-- Counts of cycles by when they began; an inferred MQL counts from the stage it really reached.
with cycles as (
    select
        cycles.lead_key,
        cycles.source,
        cycles.segment,
        cycles.region,
        {{ local_date('cycles.mql_at') }} as mql_date,
        not cycles.is_mql_inferred as is_mql,
        cycles.sal_at is not null and cycles.entry_stage in ('mql', 'sal') as is_sal,
        {{ is_sales_qualified('cycles') }} as is_sql,
        cycles.opportunity_at is not null as is_opportunity,
        cycles.won_at is not null as is_won,
        cycles.closed_at is null as is_open,
        {{ seconds_between('cycles.mql_at', 'cycles.sal_at') }} / 86400.0 as mql_to_sal_days,
        {{ seconds_between('cycles.mql_at', 'cycles.sql_at') }} / 86400.0 as mql_to_sql_days,
        {{ seconds_between('cycles.sal_at', 'cycles.sql_at') }} / 86400.0 as sal_to_sql_days,
        {{ seconds_between('cycles.sql_at', 'cycles.opportunity_at') }} / 86400.0
            as sql_to_opportunity_days,
        {{ seconds_between('cycles.opportunity_at', 'cycles.won_at') }} / 86400.0
            as opportunity_to_won_days
    from {{ ref('fct_lead_cycles') }} as cycles
),

cohorts as (
    {% for dimension in ['all', 'source', 'segment', 'region'] -%}
    {% for period in ['month', 'quarter'] -%}
    select
        '{{ period }}' as period,
        {{ period_start(period, 'cycles.mql_date') }} as period_start,
        '{{ dimension }}' as dimension,
        {{ "'all'" if dimension == 'all' else 'cycles.' ~ dimension }} as dimension_value,
        cycles.*
    from cycles
    {{ 'union all' if not (loop.last and dimension == 'region') }}
    {% endfor -%}
    {% endfor %}
)

select
    cohorts.period,
    cohorts.period_start,
    cohorts.dimension,
    cohorts.dimension_value,
    count(distinct cohorts.lead_key) as leads,
    count(*) as cycles,
    count(*) filter (where cohorts.is_mql) as mql,
    count(*) filter (where cohorts.is_sal) as sal,
    count(*) filter (where cohorts.is_sql) as sql,
    count(*) filter (where cohorts.is_opportunity) as opportunity,
    count(*) filter (where cohorts.is_won) as won,
    {{ share('cohorts.is_mql', 'cohorts.is_sal') }} as mql_to_sal_rate,
    {{ share('cohorts.is_sal', 'cohorts.is_sql') }} as sal_to_sql_rate,
    {{ share('cohorts.is_mql', 'cohorts.is_sql') }} as mql_to_sql_rate,
    {{ share('cohorts.is_sql', 'cohorts.is_opportunity') }} as sql_to_opportunity_rate,
    {{ share('cohorts.is_opportunity', 'cohorts.is_won') }} as opportunity_to_won_rate,
    {{ share('cohorts.is_mql', 'cohorts.is_won') }} as mql_to_won_rate,
    {% for step, reached in [
        ('mql_to_sal', 'is_mql'),
        ('sal_to_sql', 'is_sal'),
        ('mql_to_sql', 'is_mql'),
        ('sql_to_opportunity', 'is_sql'),
        ('opportunity_to_won', 'is_opportunity'),
    ] -%}
    {{ quantile('cohorts.' ~ step ~ '_days', 0.5, 'cohorts.' ~ reached) }}
        as {{ step }}_days_median,
    {{ quantile('cohorts.' ~ step ~ '_days', 0.9, 'cohorts.' ~ reached) }}
        as {{ step }}_days_p90,
    {% endfor -%}
    count(*) filter (where cohorts.is_open) as open_cycles
from cohorts
group by cohorts.period, cohorts.period_start, cohorts.dimension, cohorts.dimension_value
