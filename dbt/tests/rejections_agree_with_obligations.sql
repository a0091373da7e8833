-- What the ledger calls the fulfilment of a review is the rejection's first ruling; what it calls
-- owed and not done stands in the queue, and nothing else does.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_disqualification_queue'}}}) }}
with owed as (
    select
        obligations.cycle_id,
        case when obligations.clause = 'disposition' then 'disposition' else 'ruling' end as queue
    from {{ ref('fct_sla_obligations') }} as obligations
    inner join {{ ref('fct_lead_cycles') }} as cycles
        on obligations.cycle_id = cycles.cycle_id
    where
        obligations.fulfilled_at is null
        and obligations.status in ('pending', 'missed')
        and (
            obligations.clause = 'contest_review'
            or (obligations.clause = 'disposition' and cycles.closed_at is null)
        )
),

waiting as (
    select
        queue.cycle_id,
        queue.queue
    from {{ ref('rpt_disqualification_queue') }} as queue
    where queue.queue <> 'contested'
)

select
    'first ruling' as what,
    obligations.cycle_id
from {{ ref('fct_sla_obligations') }} as obligations
left join {{ ref('fct_rejections') }} as rejections
    on obligations.cycle_id = rejections.cycle_id
where
    obligations.clause = 'contest_review'
    and (
        rejections.cycle_id is null
        or coalesce(obligations.fulfilled_at <> rejections.first_ruled_at, false)
        or (obligations.fulfilled_at is null) <> (rejections.first_ruled_at is null)
    )
union all
select
    'queue' as what,
    coalesce(owed.cycle_id, waiting.cycle_id) as cycle_id
from owed
full outer join waiting
    on
        owed.cycle_id = waiting.cycle_id
        and owed.queue = waiting.queue
where
    owed.cycle_id is null
    or waiting.cycle_id is null
