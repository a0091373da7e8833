-- What the disqualification protocol waits for: a disposition by sales, a ruling by marketing, or
-- the end of a contest. The first two are what the ledger says is owed and not done.
with waiting as (
    select
        case obligations.clause
            when 'disposition' then 'disposition'
            else 'ruling'
        end as queue,
        obligations.cycle_id,
        obligations.term_id,
        obligations.status,
        obligations.starts_at as waiting_since,
        obligations.due_at,
        obligations.is_assessable
    from {{ ref('fct_sla_obligations') }} as obligations
    where
        obligations.clause in ('disposition', 'contest_review')
        and obligations.status in ('pending', 'missed')
        and obligations.fulfilled_at is null
),

queued as (
    select * from waiting
    union all
    select
        'contested' as queue,
        rejections.cycle_id,
        cast(null as string) as term_id,
        cast(null as string) as status,
        rejections.ruled_at as waiting_since,
        cast(null as timestamp) as due_at,
        cast(null as boolean) as is_assessable
    from {{ ref('fct_rejections') }} as rejections
    where rejections.ruling = 'contested'
),

described as (
    select
        queued.queue,
        queued.cycle_id,
        cycles.lead_key,
        cycles.crm,
        cycles.routed_to as owner_key,
        cycles.team,
        cycles.source,
        cycles.segment,
        cycles.region,
        queued.term_id,
        queued.status,
        queued.waiting_since,
        queued.due_at,
        ({{ microseconds('queued.due_at') }} - {{ microseconds(as_of()) }}) / 3600000000.0
            as hours_left,
        queued.due_at < {{ as_of() }} as is_overdue,
        cycles.mql_at,
        cycles.routed_at,
        cycles.first_touch_at,
        cycles.touches,
        rejections.rejected_at,
        rejections.reason_kind,
        rejections.reason_code,
        rejections.ruling,
        rejections.contested_at,
        rejections.contest_outcome,
        -- Nobody can act on a deleted record, and a lead that came back no longer waits.
        not cycles.is_deleted and rejections.next_mql_at is null as is_open,
        cycles.is_deleted,
        queued.is_assessable
    from queued
    inner join {{ ref('fct_lead_cycles') }} as cycles
        on queued.cycle_id = cycles.cycle_id
    left join {{ ref('fct_rejections') }} as rejections
        on queued.cycle_id = rejections.cycle_id
    -- Closed without a disposition of its own: by an opportunity that belongs to another cycle.
    where queued.queue <> 'disposition' or cycles.closed_at is null
)

select
    described.queue,
    cast(
        row_number() over (
            partition by described.queue
            order by
                case when described.is_open then 0 else 1 end,
                described.waiting_since,
                described.cycle_id
        ) as integer
    ) as place,
    described.cycle_id,
    described.lead_key,
    described.crm,
    described.owner_key,
    described.team,
    described.source,
    described.segment,
    described.region,
    described.term_id,
    described.status,
    described.waiting_since,
    described.due_at,
    described.hours_left,
    described.is_overdue,
    described.mql_at,
    described.routed_at,
    described.first_touch_at,
    described.touches,
    described.rejected_at,
    described.reason_kind,
    described.reason_code,
    described.ruling,
    described.contested_at,
    described.contest_outcome,
    described.is_open,
    described.is_deleted,
    described.is_assessable
from described
