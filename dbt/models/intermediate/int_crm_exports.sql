-- One row per CRM that delivered anything: what it can say about the past of a lead.
with crms as (
    select distinct deliveries.crm
    from {{ ref('stg_deliveries') }} as deliveries
),

histories as (
    select distinct deliveries.crm
    from {{ ref('stg_deliveries') }} as deliveries
    where deliveries.object in ('LeadHistory', 'contacts_property_history')
    union
    select distinct history.crm
    from {{ ref('stg_generic__lead_history') }} as history
),

stage_dates as (
    select 'hubspot' as crm
    from {{ ref('stg_hubspot__contact_versions') }} as versions
    where
        coalesce(
            versions.became_lead_at,
            versions.became_mql_at,
            versions.became_sql_at,
            versions.became_opportunity_at,
            versions.became_customer_at
        ) is not null
    union
    select versions.crm
    from {{ ref('stg_generic__lead_versions') }} as versions
    where
        coalesce(
            {% for stage in lead_stage_dates() -%}
            versions.{{ stage }}_at{{ ', ' if not loop.last }}
            {%- endfor %}
        ) is not null
)

select
    crms.crm,
    histories.crm is not null as has_history,
    stage_dates.crm is not null as has_stage_dates
from crms
left join histories on crms.crm = histories.crm
left join stage_dates on crms.crm = stage_dates.crm
