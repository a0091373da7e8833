-- The first time each stage was reached in a cycle, with the record that shows it, before a later
-- stage implies an earlier one. An event belongs to the cycle whose window holds its instant.
with events as (
    select
        cycles.cycle_id,
        events.stage,
        events.event_at,
        events.event_number,
        events.record_id,
        events.opportunity_key,
        events.is_observed
    from {{ ref('int_cycles') }} as cycles
    inner join {{ ref('int_stage_events') }} as events
        on
            cycles.lead_key = events.lead_key
            and cycles.mql_at <= events.event_at
            and events.event_at <= {{ as_of() }}
            and (cycles.next_mql_at is null or events.event_at < cycles.next_mql_at)
    left join {{ ref('int_opportunity_cycles') }} as counted
        on
            events.opportunity_key = counted.opportunity_key
            and events.lead_key = counted.lead_key
    where
        -- An opportunity linked to several leads counts for one of them.
        events.opportunity_key is null
        or counted.lead_key is not null
)

select
    events.cycle_id,
    {% for stage in cycle_stages() -%}
    min(events.event_at) filter (where events.stage = '{{ stage }}') as {{ stage }}_at,
    min_by(events.record_id, events.event_number) filter (where events.stage = '{{ stage }}')
        as {{ stage }}_record_id,
    {% endfor -%}
    min_by(events.opportunity_key, events.event_number) filter (
        where events.stage = 'opportunity' and events.opportunity_key is not null
    ) as first_opportunity_key,
    min_by(events.opportunity_key, events.event_number) filter (
        where events.opportunity_key is not null
    ) as first_known_opportunity_key,
    bool_or(events.is_observed) as is_observed
from events
group by events.cycle_id
