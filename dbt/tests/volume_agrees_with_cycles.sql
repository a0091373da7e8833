-- Every MQL that counts to volume is counted once a month, in the report of volume and, while a
-- term asks for any, in compliance; and a whole quarter is asked for what its months are.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_mql_volume'}}}) }}
with cycles as (
    select
        {{ month_start(local_date('cycles.mql_at')) }} as month_start,
        count(*) as mql
    from {{ ref('fct_lead_cycles') }} as cycles
    where
        cycles.counts_to_volume
        and not cycles.is_mql_inferred
    group by {{ month_start(local_date('cycles.mql_at')) }}
),

volume as (
    select
        volume.period_start as month_start,
        sum(volume.mql) as mql,
        sum(volume.target_count) as target_count
    from {{ ref('rpt_mql_volume') }} as volume
    where volume.period = 'month'
    group by volume.period_start
),

compliance as (
    select
        compliance.period,
        compliance.period_start,
        compliance.met,
        compliance.target_count,
        compliance.is_complete
    from {{ ref('rpt_sla_compliance') }} as compliance
    where
        compliance.clause = 'volume'
        and compliance.dimension = 'all'
),

months as (
    select
        {{ quarter_start('compliance.period_start') }} as quarter_start,
        sum(compliance.met) as met,
        sum(compliance.target_count) as target_count
    from compliance
    where compliance.period = 'month'
    group by {{ quarter_start('compliance.period_start') }}
)

select
    'cycles and report' as disagreeing,
    coalesce(cycles.month_start, volume.month_start) as period_start
from cycles
full outer join volume
    on cycles.month_start = volume.month_start
where coalesce(cycles.mql, 0) <> coalesce(volume.mql, 0)
union all
select
    'compliance and report' as disagreeing,
    compliance.period_start
from compliance
left join volume
    on compliance.period_start = volume.month_start
where
    compliance.period = 'month'
    and (
        compliance.met <> coalesce(volume.mql, 0)
        -- Each part is rounded to a billionth.
        or abs(compliance.target_count - coalesce(volume.target_count, 0)) > 0.000001
    )
union all
select
    'quarter and months' as disagreeing,
    compliance.period_start
from compliance
left join months
    on compliance.period_start = months.quarter_start
where
    compliance.period = 'quarter'
    and compliance.is_complete
    and (
        compliance.met <> coalesce(months.met, 0)
        or abs(compliance.target_count - coalesce(months.target_count, 0)) > 0.000001
    )
