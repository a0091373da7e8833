-- Who took each step of a lead through the funnel, from the field history.
{%- set is_status = "acts.field in ('status', 'lifecycle_stage', 'lead_status')" %}

with stages as (
    select
        {{ match_key('stage_map.crm') }} as crm,
        {{ match_key('stage_map.raw_stage') }} as raw_stage,
        stage_map.stage
    from {{ ref('stage_map') }} as stage_map
    where
        stage_map.stage in (
            {%- for stage in cycle_stages() %}
            '{{ stage }}'{{ ',' if not loop.last }}
            {%- endfor %}
        )
),

crms_with_times as (
    {{ crms_with_times(ref('int_field_changes'), 'acts.changed_at', is_status) }}
),

acts as (
    select
        acts.lead_key,
        acts.crm,
        acts.change_number,
        acts.change_id,
        acts.changed_by,
        acts.changed_at,
        stages.stage
    from {{ ref('int_field_changes') }} as acts
    inner join stages
        on
            acts.crm = stages.crm
            and {{ match_key('acts.new_value') }} = stages.raw_stage
    inner join crms_with_times on acts.crm = crms_with_times.crm
    where
        {{ is_status }}
        and acts.changed_at <= {{ as_of() }}
),

-- Where the history names nobody, the rep to whom the cycle was routed.
unnamed as (
    select
        acts.lead_key,
        acts.change_number,
        routing.routed_to
    from acts
    inner join {{ ref('int_cycles') }} as cycles
        on
            acts.lead_key = cycles.lead_key
            and {{ in_window('cycles', 'acts.changed_at') }}
    inner join {{ ref('int_cycle_routing') }} as routing on cycles.cycle_id = routing.cycle_id
    where acts.changed_by is null
),

test_leads as (
    select leads.lead_key
    from {{ ref('int_leads') }} as leads
    where leads.is_test
),

told as (
    select
        acts.lead_key,
        acts.change_number,
        case
            when acts.changed_by is null then unnamed.routed_to
            when acts.crm = 'salesforce' then 'salesforce:' || acts.changed_by
            else aliases.owner_key
        end as owner_key,
        acts.stage,
        acts.changed_at,
        acts.change_id as record_id
    from acts
    left join unnamed
        on
            acts.lead_key = unnamed.lead_key
            and acts.change_number = unnamed.change_number
    left join {{ ref('int_owner_aliases') }} as aliases
        on
            acts.crm = aliases.crm
            and acts.changed_by = aliases.alias
    left join test_leads on acts.lead_key = test_leads.lead_key
    where test_leads.lead_key is null
)

select
    told.lead_key,
    told.change_number,
    told.owner_key,
    told.stage,
    told.changed_at,
    told.record_id
from told
inner join {{ ref('int_owners') }} as owners
    on
        told.owner_key = owners.owner_key
        and owners.role_type not in ('integration', 'queue')
