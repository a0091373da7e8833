-- What happened to a lead itself: every stage it entered, every owner it had and its deletion, in
-- cycles and outside. Touches and replies are in fct_touches.
with stages as (
    select
        events.lead_key,
        events.crm,
        'stage' as kind,
        events.event_at,
        cast(events.event_number as bigint) as event_number,
        events.stage,
        cast(null as string) as owner_key,
        events.opportunity_key,
        events.record_id,
        events.is_closing,
        events.is_observed
    from {{ ref('int_stage_events') }} as events
    where events.event_at <= {{ as_of() }}
),

-- The first owner has owned the lead for as long as it exists.
owners as (
    select
        intervals.lead_key,
        leads.crm,
        'owner' as kind,
        case
            when intervals.valid_from = {{ beginning_of_ownership() }} then leads.created_at
            else intervals.valid_from
        end as event_at,
        cast(0 as bigint) as event_number,
        cast(null as string) as stage,
        intervals.owner_key,
        cast(null as string) as opportunity_key,
        intervals.change_id as record_id,
        false as is_closing,
        false as is_observed
    from {{ ref('int_owner_intervals') }} as intervals
    inner join {{ ref('int_leads') }} as leads
        on intervals.lead_key = leads.lead_key
    where
        intervals.valid_from <= {{ as_of() }}
        and coalesce(intervals.valid_to > leads.created_at, true)
),

deletions as (
    select
        leads.lead_key,
        leads.crm,
        'deletion' as kind,
        leads.deleted_at as event_at,
        cast(0 as bigint) as event_number,
        cast(null as string) as stage,
        cast(null as string) as owner_key,
        cast(null as string) as opportunity_key,
        leads.record_id,
        false as is_closing,
        false as is_observed
    from {{ ref('int_leads') }} as leads
    where
        leads.deleted_at <= {{ as_of() }}
        and not leads.is_test
),

events as (
    select * from stages
    union all
    select * from owners
    union all
    select * from deletions
)

select
    events.lead_key,
    events.crm,
    cycles.cycle_id,
    events.kind,
    events.event_at,
    events.event_number,
    events.stage,
    events.owner_key,
    events.opportunity_key,
    events.record_id,
    events.is_closing,
    events.is_observed
from events
left join {{ ref('int_cycles') }} as cycles
    on
        events.lead_key = cycles.lead_key
        and {{ in_window('cycles', 'events.event_at') }}
