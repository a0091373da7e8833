-- One obligation of every kind must be explained: of all of them, each night, only those who read
-- the view should have to wait for it.
with kinds as (
    select
        obligations.clause,
        min(obligations.cycle_id) as cycle_id
    from {{ ref('fct_sla_obligations') }} as obligations
    group by
        obligations.clause,
        obligations.status,
        obligations.exempt_reason,
        obligations.fulfilled_at is null
)

select
    kinds.cycle_id,
    kinds.clause
from kinds
left join {{ ref('sla_explanations') }} as explanations
    on
        kinds.cycle_id = explanations.cycle_id
        and kinds.clause = explanations.clause
where
    explanations.explanation is null
    or trim(explanations.explanation) = ''
