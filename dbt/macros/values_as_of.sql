{#- The value of lead fields as of an instant, one row per subject.

    A field with history: the old value of the first change after the instant; for HubSpot, whose
    history records new values only, else the last value recorded at or before it; else the value
    of today. A field the CRM keeps no history of: its value in the earliest export of the record
    taken at or after the instant, else the value of today.

    subjects: a CTE with subject_id, lead_key, crm, instant. fields: names in int_lead_versions. -#}
{% macro values_as_of(subjects, fields) -%}
    changed as (
        select
            {{ subjects }}.subject_id,
            {% for field in fields -%}
            min_by(coalesce(changes.old_value, ''), changes.change_number) filter (
                where changes.field = '{{ field }}' and changes.changed_at > {{ subjects }}.instant
            ) as {{ field }}_after,
            max_by(coalesce(changes.new_value, ''), changes.change_number) filter (
                where
                    changes.field = '{{ field }}'
                    and changes.crm = 'hubspot'
                    and changes.changed_at <= {{ subjects }}.instant
            ) as {{ field }}_before{{ ',' if not loop.last }}
            {% endfor %}
        from {{ subjects }}
        inner join {{ ref('int_field_changes') }} as changes
            on
                {{ subjects }}.lead_key = changes.lead_key
                and changes.is_own
                and changes.field in (
                    {%- for field in fields %}'{{ field }}'{{ ', ' if not loop.last }}{% endfor -%}
                )
        group by {{ subjects }}.subject_id
    ),

    tracked as (
        select
            changes.crm,
            {% for field in fields -%}
            bool_or(changes.field = '{{ field }}') as {{ field }}{{ ',' if not loop.last }}
            {% endfor %}
        from {{ ref('int_tracked_fields') }} as changes
        group by changes.crm
    ),

    {#- Instants are compared after the join by keys: as a condition of the join it was answered
        first, by pairing every subject with every delivery. -#}
    first_exported as (
        select
            {{ subjects }}.subject_id,
            versions.crm,
            versions.load_id,
            versions.line_number
        from {{ subjects }}
        inner join {{ ref('int_leads') }} as leads
            on {{ subjects }}.lead_key = leads.lead_key
        inner join {{ ref('int_lead_versions') }} as versions
            on
                leads.crm = versions.crm
                and leads.record_id = versions.record_id
        -- The same file sent again says the same of a later day.
        inner join {{ ref('stg_load_deliveries') }} as deliveries
            on versions.load_id = deliveries.load_id
        qualify
            row_number() over (
                partition by {{ subjects }}.subject_id
                order by
                    case when {{ subjects }}.instant <= deliveries.exported_at then 0 else 1 end,
                    deliveries.exported_at,
                    versions.modified_at desc nulls last
            ) = 1
            and {{ subjects }}.instant <= deliveries.exported_at
    ),

    exported as (
        select
            {% for field in fields -%}
            cast(versions.{{ field }} as string) as {{ field }},
            {% endfor -%}
            first_exported.subject_id
        from first_exported
        inner join {{ ref('int_lead_versions') }} as versions
            on
                first_exported.crm = versions.crm
                and first_exported.load_id = versions.load_id
                and first_exported.line_number = versions.line_number
    ),

    valued as (
        select
            {{ subjects }}.subject_id,
            {{ subjects }}.lead_key,
            {{ subjects }}.crm,
            {{ subjects }}.instant,
            {% for field in fields -%}
            nullif(
                coalesce(
                    changed.{{ field }}_after,
                    changed.{{ field }}_before,
                    case
                        when tracked.{{ field }} or exported.subject_id is null
                            then cast(leads.{{ field }} as string)
                        else exported.{{ field }}
                    end,
                    ''
                ),
                ''
            ) as {{ field }}{{ ',' if not loop.last }}
            {% endfor %}
        from {{ subjects }}
        inner join {{ ref('int_leads') }} as leads
            on {{ subjects }}.lead_key = leads.lead_key
        left join changed on {{ subjects }}.subject_id = changed.subject_id
        left join exported on {{ subjects }}.subject_id = exported.subject_id
        left join tracked on {{ subjects }}.crm = tracked.crm
    )
{%- endmacro %}
