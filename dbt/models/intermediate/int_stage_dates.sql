-- Dates of stages written on the lead itself. For HubSpot they stand in for a property history
-- that says nothing of the contact; a mapped CRM's dates always count.
with hubspot_recorded as (
    select distinct history.contact_id
    from {{ ref('stg_hubspot__property_history') }} as history
    where history.property = 'lifecyclestage'
),

hubspot_contacts as (
    select versions.*
    from {{ ref('stg_hubspot__contact_versions') }} as versions
    left join hubspot_recorded on versions.contact_id = hubspot_recorded.contact_id
    where
        versions.is_newest
        and hubspot_recorded.contact_id is null
),

generic_leads as (
    select versions.*
    from {{ ref('stg_generic__lead_versions') }} as versions
    where versions.is_newest
),

dates as (
    {% for column, value, stage in hubspot_stage_dates() -%}
    select
        'hubspot' as crm,
        hubspot_contacts.contact_id as record_id,
        'lifecycle_stage' as field,
        '{{ value }}' as raw_stage,
        '{{ stage }}' as stage,
        {{ loop.index }} as stage_order,
        hubspot_contacts.{{ column }} as reached_at
    from hubspot_contacts
    union all
    {% endfor -%}
    {% for stage in lead_stage_dates() -%}
    select
        generic_leads.crm,
        generic_leads.lead_id as record_id,
        'status' as field,
        cast(null as varchar) as raw_stage,
        '{{ stage }}' as stage,
        {{ loop.index }} as stage_order,
        generic_leads.{{ stage }}_at as reached_at
    from generic_leads
    {% if not loop.last %}union all{% endif %}
    {% endfor -%}
)

select
    dates.crm,
    dates.record_id,
    dates.field,
    coalesce(stage_map.stage, dates.stage) as stage,
    dates.reached_at,
    row_number() over (
        partition by dates.crm, dates.record_id, dates.field
        order by dates.reached_at, dates.stage_order
    ) as nth_date
from dates
left join {{ ref('stage_map') }} as stage_map
    on
        dates.crm = {{ match_key('stage_map.crm') }}
        and dates.raw_stage = {{ match_key('stage_map.raw_stage') }}
where dates.reached_at is not null
