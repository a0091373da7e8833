-- The touches by which speed_to_lead was met, and whether each was entered into the CRM only after
-- the deadline it met, by more than logging_grace_minutes. Without an entry time nothing is known.
select
    obligations.cycle_id,
    touches.touch_key,
    touches.owner_key,
    {{ quarter_start('obligations.counts_on') }} as quarter_start,
    obligations.due_at,
    touches.occurred_at,
    touches.logged_at,
    touches.activity_id as record_id,
    touches.logged_at
    > obligations.due_at + interval '{{ var("logging_grace_minutes") }}' minute as is_late
from {{ ref('fct_sla_obligations') }} as obligations
inner join {{ ref('int_touches') }} as touches
    on
        obligations.cycle_id = touches.cycle_id
        and obligations.fulfilled_at = touches.occurred_at
        and obligations.evidence_record_id = touches.activity_id
        and touches.is_touch
where
    obligations.clause = 'speed_to_lead'
    and obligations.status = 'met'
    and touches.logged_at is not null
