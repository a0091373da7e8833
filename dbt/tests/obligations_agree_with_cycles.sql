-- The ledger and the cycles tell one story: fit and completeness, routing, the first touch.
{{ config(meta={'dagster': {'ref': {'name': 'fct_sla_obligations'}}}) }}
select
    obligations.cycle_id,
    obligations.clause
from {{ ref('fct_sla_obligations') }} as obligations
inner join {{ ref('fct_lead_cycles') }} as cycles
    on obligations.cycle_id = cycles.cycle_id
where
    (
        obligations.clause = 'fit'
        and (obligations.status = 'met') <> (cycles.is_fit and not cycles.is_mql_inferred)
    )
    or (
        obligations.clause = 'completeness'
        and (obligations.status = 'met') <> (cycles.is_complete and not cycles.is_mql_inferred)
    )
    or (
        obligations.clause = 'handoff'
        and obligations.fulfilled_at is distinct from cycles.routed_at
    )
    or (
        obligations.clause = 'speed_to_lead'
        and cycles.routed_at is not null
        and obligations.fulfilled_at is distinct from cycles.first_touch_at
    )
    or (
        obligations.status in ('met', 'missed')
        and (obligations.decided_at is null or obligations.exempt_reason is not null)
    )
    or (obligations.status = 'pending' and obligations.decided_at is not null)
