-- Leads that were deleted while the clock of an obligation was running: due, not yet fulfilled, the
-- cycle not closed. A rejection closes the cycle and its review is still owed.
with deletions as (
    select
        leads.lead_key,
        leads.record_id,
        leads.deleted_at
    from {{ ref('int_leads') }} as leads
    where
        leads.deleted_at <= {{ as_of() }}
        and not leads.is_test
)

select
    cycles.cycle_id,
    coalesce(cycles.routed_to, 'not_routed') as owner_key,
    {{ quarter_start(local_date('coalesce(cycles.routed_at, cycles.mql_at)')) }} as quarter_start,
    deletions.deleted_at,
    min(obligations.due_at) as due_at,
    deletions.record_id
from deletions
inner join {{ ref('fct_lead_cycles') }} as cycles on deletions.lead_key = cycles.lead_key
inner join {{ ref('fct_sla_obligations') }} as obligations
    on
        cycles.cycle_id = obligations.cycle_id
        and obligations.clause in ('handoff', 'speed_to_lead', 'disposition', 'contest_review')
        and obligations.starts_at <= deletions.deleted_at
        and obligations.due_at >= deletions.deleted_at
        and coalesce(obligations.fulfilled_at > deletions.deleted_at, true)
        and (
            obligations.clause = 'contest_review'
            or coalesce(cycles.closed_at > deletions.deleted_at, true)
        )
where not cycles.is_mql_inferred
group by
    cycles.cycle_id,
    cycles.routed_to,
    {{ quarter_start(local_date('coalesce(cycles.routed_at, cycles.mql_at)')) }},
    deletions.deleted_at,
    deletions.record_id
