with cycles as (
    select * from {{ ref('int_cycles') }}
),

stages as (
    select * from {{ ref('int_cycle_stages') }}
),

implied as (
    select
        stages.cycle_id,
        {{ implied_stages('stages') }},
        stages.won_at,
        stages.lost_at,
        stages.rejected_at,
        stages.dead_at,
        stages.recycled_at
    from stages
)

select
    cycles.cycle_id,
    cycles.lead_key,
    cycles.crm,
    cycles.cycle_number,
    cycle_values.source,
    cycle_values.sourced_by,
    cycle_values.segment,
    cycle_values.region,
    cycles.mql_at,
    cycles.mql_date as mql_on,
    cycles.is_mql_inferred,
    cycles.entry_stage,
    cycles.cycle_number = 1
    or cycles.mql_at
    >= cycles.previous_closed_at + interval '{{ var("requalification_gap_days") }}' day
        as counts_to_volume,
    implied.sal_at,
    implied.sql_at,
    implied.opportunity_at,
    implied.won_at,
    implied.lost_at,
    implied.rejected_at,
    implied.dead_at,
    implied.recycled_at,
    {{ local_date(first_disposition_at('implied')) }} as first_disposition_on,
    cycles.closed_at,
    routing.routed_at,
    routing.routed_to,
    owners.team,
    owners.calendar_id,
    touches.first_touch_at,
    cast(touches.touches as integer) as touches,
    cast(touches.counted_touches as integer) as counted_touches,
    cast(touches.prior_touches as integer) as prior_touches,
    touches.replied_at,
    cycle_values.industry,
    cycle_values.employees,
    cycle_values.country,
    fit.is_fit,
    fit.failed_criteria,
    handed_over.is_name_valid
    and handed_over.is_company_valid
    and handed_over.is_role_valid
    and handed_over.is_email_valid
    and handed_over.is_source_valid
    and handed_over.is_score_valid as is_complete,
    {{ incomplete_fields('handed_over') }} as incomplete_fields,
    rejections.reason_code,
    cycle_values.score,
    opportunity_cycles.opportunity_key,
    coalesce(leads.deleted_at <= {{ as_of() }}, false) as is_deleted
from cycles
inner join {{ ref('int_leads') }} as leads
    on cycles.lead_key = leads.lead_key
inner join {{ ref('int_cycle_values') }} as cycle_values
    on cycles.cycle_id = cycle_values.cycle_id
inner join {{ ref('int_cycle_fit') }} as fit
    on cycles.cycle_id = fit.cycle_id
inner join {{ ref('int_leads_as_handed_over') }} as handed_over
    on cycles.cycle_id = handed_over.cycle_id
inner join {{ ref('int_cycle_touches') }} as touches
    on cycles.cycle_id = touches.cycle_id
left join implied
    on cycles.cycle_id = implied.cycle_id
left join {{ ref('int_cycle_routing') }} as routing
    on cycles.cycle_id = routing.cycle_id
left join {{ ref('int_owners') }} as owners
    on routing.routed_to = owners.owner_key
left join {{ ref('int_cycle_rejections') }} as rejections
    on cycles.cycle_id = rejections.cycle_id
left join {{ ref('int_opportunity_cycles') }} as opportunity_cycles
    on
        cycles.cycle_id = opportunity_cycles.cycle_id
        and opportunity_cycles.nth_in_cycle = 1
