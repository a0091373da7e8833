-- Every obligation of the ledger is counted once in a week, once in a month and once in a quarter,
-- under its status and in the period that holds its day.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_sla_compliance'}}}) }}
with ledger as (
    {%- for period in reporting_periods() %}
    select
        '{{ period }}' as period,
        {{ period_start(period, 'obligations.counts_on') }} as period_start,
        obligations.clause,
        count(*) filter (where obligations.status = 'met') as met,
        count(*) filter (where obligations.status = 'missed') as missed,
        count(*) filter (where obligations.status = 'exempt') as exempt,
        count(*) filter (where obligations.status = 'pending') as pending_due,
        count(*) filter (
            where obligations.status in ('met', 'missed') and not obligations.is_assessable
        ) as not_assessable
    from {{ ref('fct_sla_obligations') }} as obligations
    group by {{ period_start(period, 'obligations.counts_on') }}, obligations.clause
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

compliance as (
    select
        compliance.period,
        compliance.period_start,
        compliance.clause,
        compliance.met,
        compliance.missed,
        compliance.exempt,
        compliance.pending_due,
        compliance.not_assessable
    from {{ ref('rpt_sla_compliance') }} as compliance
    where
        compliance.dimension = 'all'
        and compliance.clause <> 'volume'
)

select
    coalesce(ledger.period, compliance.period) as period,
    coalesce(ledger.period_start, compliance.period_start) as period_start,
    coalesce(ledger.clause, compliance.clause) as clause
from ledger
full outer join compliance
    on
        ledger.period = compliance.period
        and ledger.period_start = compliance.period_start
        and ledger.clause = compliance.clause
where
    coalesce(ledger.met, 0) <> coalesce(compliance.met, 0)
    or coalesce(ledger.missed, 0) <> coalesce(compliance.missed, 0)
    or coalesce(ledger.exempt, 0) <> coalesce(compliance.exempt, 0)
    or coalesce(ledger.pending_due, 0) <> coalesce(compliance.pending_due, 0)
    or coalesce(ledger.not_assessable, 0) <> coalesce(compliance.not_assessable, 0)
    or compliance.clause is null
