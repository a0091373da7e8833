-- At the agreed limits on the agreed clocks nothing changes: the counterfactual is the ledger, cut
-- by the quarter in which the clocks started. Under every other agreement it judges the same leads.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_sla_what_if'}}}) }}
with ledger as (
    select
        obligations.clause,
        {{ quarter_start(local_date('obligations.starts_at')) }} as quarter_start,
        coalesce(obligations.team, 'not_routed') as team,
        count(*) filter (where obligations.status = 'met') as met,
        count(*) filter (where obligations.status = 'missed') as missed,
        count(*) filter (where obligations.status = 'exempt') as exempt,
        count(*) filter (where obligations.status = 'pending') as pending
    from {{ ref('fct_sla_obligations') }} as obligations
    where
        {{ is_tried('obligations.clause') }}
        and obligations.starts_at is not null
        and coalesce(obligations.exempt_reason, '') <> 'no_mql'
    group by
        obligations.clause,
        {{ quarter_start(local_date('obligations.starts_at')) }},
        coalesce(obligations.team, 'not_routed')
),

tried as (
    select what_if.*
    from {{ ref('rpt_sla_what_if') }} as what_if
    where
        what_if.period = 'quarter'
        and what_if.dimension = 'team'
)

select
    coalesce(ledger.clause, tried.clause) as clause,
    coalesce(ledger.quarter_start, tried.period_start) as quarter_start,
    coalesce(ledger.team, tried.dimension_value) as team,
    tried.clock,
    tried.limit_seconds
from ledger
full outer join tried
    on
        ledger.clause = tried.clause
        and ledger.quarter_start = tried.period_start
        and ledger.team = tried.dimension_value
where
    ledger.clause is null
    or tried.clause is null
    or ledger.met + ledger.missed + ledger.exempt + ledger.pending
    <> tried.met + tried.missed + tried.exempt + tried.pending
    or (
        tried.is_agreed
        and (
            ledger.met <> tried.met
            or ledger.missed <> tried.missed
            or ledger.exempt <> tried.exempt
            or ledger.pending <> tried.pending
        )
    )
