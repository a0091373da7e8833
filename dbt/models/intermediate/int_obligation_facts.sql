-- One row per cycle with everything a clause asks for, so that eight clauses read one table.
with rulings as (
    select
        reviews.cycle_id,
        min(reviews.ruled_at) as ruled_at
    from {{ ref('int_reviews') }} as reviews
    group by reviews.cycle_id
)

select
    cycles.cycle_id,
    cycles.lead_key,
    cycles.crm,
    cycles.is_mql_inferred,
    cycles.mql_at,
    cycles.closed_at,
    cycles.source,
    cycles.segment,
    cycles.region,
    cycles.routed_at,
    cycles.routed_to,
    cycles.team,
    cycles.calendar_id,
    cycles.is_fit,
    cycles.is_complete,
    cycles.rejected_at,
    cycles.dead_at,
    cycles.reason_code,
    cycles.first_touch_at,
    leads.record_id,
    routing.routing_record_id,
    touches.first_touch_id,
    {{ first_disposition_at('stages') }} as disposed_at,
    {{ first_disposition_record('stages') }} as disposition_record_id,
    stages.rejected_record_id,
    stages.dead_record_id,
    coalesce(rejections.has_note, false) as has_note,
    rulings.ruled_at,
    cadence.counted_touches,
    cadence.business_days,
    coalesce(cadence.is_replied, false) as is_replied
from {{ ref('fct_lead_cycles') }} as cycles
inner join {{ ref('int_leads') }} as leads
    on cycles.lead_key = leads.lead_key
left join {{ ref('int_cycle_stages') }} as stages
    on cycles.cycle_id = stages.cycle_id
left join {{ ref('int_cycle_routing') }} as routing
    on cycles.cycle_id = routing.cycle_id
left join {{ ref('int_cycle_touches') }} as touches
    on cycles.cycle_id = touches.cycle_id
left join {{ ref('int_cycle_rejections') }} as rejections
    on cycles.cycle_id = rejections.cycle_id
left join {{ ref('int_cycle_cadence') }} as cadence
    on cycles.cycle_id = cadence.cycle_id
left join rulings
    on cycles.cycle_id = rulings.cycle_id
