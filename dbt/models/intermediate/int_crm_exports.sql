-- One row per CRM that delivered anything: what it can say about the past of a lead. A history
-- without a single change of status does not record statuses, whatever else it holds.
with crms as (
    select distinct deliveries.crm
    from {{ ref('stg_deliveries') }} as deliveries
),

histories as (
    select distinct tracked.crm
    from {{ ref('int_tracked_fields') }} as tracked
    where tracked.field in ('status', 'lifecycle_stage', 'lead_status')
),

stage_dates as (
    select 'hubspot' as crm
    from {{ ref('stg_hubspot__contact_versions') }} as versions
    where
        coalesce(
            {% for column, value, stage in hubspot_stage_dates() -%}
            versions.{{ column }}{{ ', ' if not loop.last }}
            {%- endfor %}
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
    histories.crm is not null as has_stage_history,
    stage_dates.crm is not null as has_stage_dates
from crms
left join histories on crms.crm = histories.crm
left join stage_dates on crms.crm = stage_dates.crm
