-- Gaps and islands: closing events cut a lead's story into segments, and each segment opens at most
-- one cycle, at its first MQL or at a later stage reached without one.
with events as (
    select
        events.lead_key,
        events.crm,
        events.event_at,
        events.stage,
        events.is_closing,
        events.record_id,
        events.event_number,
        sum(case when events.is_closing then 1 else 0 end) over (
            partition by events.lead_key
            order by events.event_number
            rows between unbounded preceding and 1 preceding
        ) as closings_before,
        events.stage in ('mql', 'sal', 'sql')
        -- An opportunity opens a cycle only for a lead that never had one.
        or (
            events.stage = 'opportunity'
            and events.event_number = min(
                case
                    when events.stage in ('mql', 'sal', 'sql', 'opportunity')
                        then events.event_number
                end
            ) over (partition by events.lead_key)
        ) as is_opener
    from {{ ref('int_stage_events') }} as events
    where events.event_at <= {{ as_of() }}
),

segments as (
    select
        events.lead_key,
        events.crm,
        coalesce(events.closings_before, 0) as segment,
        min(events.event_number) filter (where events.is_opener) as opener_number,
        min(events.event_at) filter (where events.is_closing) as closed_at
    from events
    group by events.lead_key, events.crm, coalesce(events.closings_before, 0)
),

cycles as (
    select
        segments.lead_key,
        segments.crm,
        events.event_at as mql_at,
        events.stage as entry_stage,
        events.record_id as entry_record_id,
        segments.closed_at,
        row_number() over (
            partition by segments.lead_key order by segments.segment
        ) as cycle_number
    from segments
    inner join events
        on
            segments.lead_key = events.lead_key
            and segments.opener_number = events.event_number
)

select
    cycles.lead_key || '#' || cast(cycles.cycle_number as string) as cycle_id,
    cycles.lead_key,
    cycles.crm,
    cast(cycles.cycle_number as integer) as cycle_number,
    cycles.mql_at,
    {{ local_date('cycles.mql_at') }} as mql_date,
    lead(cycles.mql_at) over (
        partition by cycles.lead_key order by cycles.cycle_number
    ) as next_mql_at,
    cycles.closed_at,
    lag(cycles.closed_at) over (
        partition by cycles.lead_key order by cycles.cycle_number
    ) as previous_closed_at,
    cycles.entry_stage,
    cycles.entry_stage <> 'mql' as is_mql_inferred,
    cycles.entry_record_id
from cycles
