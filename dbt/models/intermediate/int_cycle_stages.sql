-- The first time each stage was reached in a cycle, with the record that shows it, before a later
-- stage implies an earlier one. An event belongs to the cycle whose window holds its instant, an
-- opportunity's only to the cycle that the opportunity belongs to.
with events as (
    select
        cycles.cycle_id,
        events.stage,
        events.event_at,
        events.event_number,
        events.record_id,
        events.is_observed
    from {{ ref('int_cycles') }} as cycles
    inner join {{ ref('int_stage_events') }} as events
        on
            cycles.lead_key = events.lead_key
            and {{ in_window('cycles', 'events.event_at') }}
    where
        events.opportunity_key is null
        and events.event_at <= {{ as_of() }}
    union all
    {%- for column, stage in opportunity_stages() %}
    select
        cycles.cycle_id,
        '{{ stage }}' as stage,
        opportunities.{{ column }} as event_at,
        -- After the stage history of the same instant.
        1000000000000 as event_number,
        opportunities.opportunity_id as record_id,
        false as is_observed
    from {{ ref('int_opportunity_cycles') }} as opportunity_cycles
    inner join {{ ref('int_cycles') }} as cycles
        on opportunity_cycles.cycle_id = cycles.cycle_id
    inner join {{ ref('int_opportunities') }} as opportunities
        on opportunity_cycles.opportunity_key = opportunities.opportunity_key
    where
        not opportunities.is_deleted
        and {{ in_window('cycles', 'opportunities.' ~ column) }}
        and opportunities.{{ column }} <= {{ as_of() }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    events.cycle_id,
    {% for stage in cycle_stages() -%}
    min(events.event_at) filter (where events.stage = '{{ stage }}') as {{ stage }}_at,
    {{ first_by(
        'events.record_id',
        ['events.event_at', 'events.event_number'],
        "events.stage = '" ~ stage ~ "'",
    ) }} as {{ stage }}_record_id,
    {% endfor -%}
    bool_or(events.is_observed) as is_observed
from events
group by events.cycle_id
