{#- Calls, e-mails and meetings come in one shape; `object` is the export's name. -#}
{% macro hubspot_activities(object) -%}
with activities as (
    select
        {{ clean('deliveries.id') }} as activity_id,
        {{ clean('deliveries.contact_ids') }} as contact_ids,
        {{ clean('deliveries.owner') }} as owner,
        {{ match_key('deliveries.direction') }} as direction,
        {{ match_key('deliveries.outcome') }} as outcome,
        {{ to_instant('deliveries.occurred_at') }} as occurred_at,
        {{ to_instant('deliveries.created_at') }} as created_at,
        {{ cast_failures([
            ('occurred_at', 'deliveries.occurred_at', to_instant('deliveries.occurred_at')),
            ('created_at', 'deliveries.created_at', to_instant('deliveries.created_at')),
        ]) }} as cast_failures,
        deliveries._exported_at as exported_at,
        deliveries._load_id,
        deliveries._file,
        deliveries._line
    from {{ source('hubspot', object) }} as deliveries
),

vanished as (
    {{ vanished_records('activities', 'activity_id') }}
)

select
    activities.activity_id,
    activities.contact_ids,
    activities.owner,
    activities.direction,
    activities.outcome,
    activities.occurred_at,
    activities.created_at,
    vanished.vanished_at,
    activities.cast_failures
from activities
left join vanished on activities.activity_id = vanished.record_id
qualify {{ is_newest('activities.activity_id') }}
{%- endmacro %}
