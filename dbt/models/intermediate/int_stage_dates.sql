-- Dates of stages written on the lead itself: the history of a CRM that exports no other.
with dates as (
    {% for column, value, stage in hubspot_stage_dates() -%}
    select
        'hubspot' as crm,
        versions.contact_id as record_id,
        '{{ value }}' as raw_stage,
        '{{ stage }}' as stage,
        {{ loop.index }} as stage_order,
        versions.{{ column }} as reached_at
    from {{ ref('stg_hubspot__contact_versions') }} as versions
    where versions.is_newest
    union all
    {% endfor -%}
    {% for stage in lead_stage_dates() -%}
    select
        versions.crm,
        versions.lead_id as record_id,
        cast(null as string) as raw_stage,
        '{{ stage }}' as stage,
        {{ loop.index }} as stage_order,
        versions.{{ stage }}_at as reached_at
    from {{ ref('stg_generic__lead_versions') }} as versions
    where versions.is_newest
    {{ 'union all' if not loop.last }}
    {% endfor -%}
)

select
    dates.crm,
    dates.record_id,
    coalesce(stage_map.stage, dates.stage) as stage,
    dates.reached_at,
    row_number() over (
        partition by dates.crm, dates.record_id
        order by dates.reached_at, dates.stage_order
    ) as nth_date
from dates
inner join {{ ref('int_crm_exports') }} as exports
    on
        dates.crm = exports.crm
        and not exports.has_stage_history
left join {{ ref('stage_map') }} as stage_map
    on
        dates.crm = {{ match_key('stage_map.crm') }}
        and dates.raw_stage = {{ match_key('stage_map.raw_stage') }}
where dates.reached_at is not null
