-- Leads whose reps let every deadline of answering and disposing pass: neither touched nor disposed
-- of by as_of. One row per cycle of which a deadline was decided, ignored or not.
with due as (
    select
        obligations.cycle_id,
        max(obligations.counts_on) as counts_on,
        max(obligations.due_at) as due_at,
        bool_and(obligations.status = 'missed' and obligations.fulfilled_at is null) as is_missed
    from {{ ref('fct_sla_obligations') }} as obligations
    where
        obligations.clause in ('speed_to_lead', 'disposition')
        and obligations.status <> 'exempt'
    group by obligations.cycle_id
    having
        bool_or(obligations.status <> 'pending')
        and bool_and(obligations.is_assessable)
)

select
    due.cycle_id,
    cycles.routed_to as owner_key,
    cycles.source,
    {{ quarter_start('due.counts_on') }} as quarter_start,
    due.due_at,
    due.is_missed
    and not cycles.is_deleted
    and cycles.first_touch_at is null
    and {{ first_disposition_at('cycles') }} is null as is_ignored,
    averages.value_per_mql
from due
inner join {{ ref('fct_lead_cycles') }} as cycles on due.cycle_id = cycles.cycle_id
left join {{ ref('int_source_averages') }} as averages on cycles.source = averages.source
