with touches as (
    select
        touches.crm,
        {{ clean('touches.touch_id') }} as touch_id,
        {{ clean('touches.lead_id') }} as lead_ids,
        {{ clean('touches.user_id') }} as user_id,
        {{ clean('touches.type') }} as type,
        {{ match_key('touches.direction') }} as direction,
        {{ to_instant('touches.occurred_at') }} as occurred_at,
        {{ to_instant('touches.logged_at') }} as logged_at,
        {{ cast_failures([
            ('occurred_at', 'touches.occurred_at', to_instant('touches.occurred_at')),
            ('logged_at', 'touches.logged_at', to_instant('touches.logged_at')),
        ]) }} as cast_failures,
        touches._exported_at as exported_at,
        touches._load_id,
        touches._file,
        touches._line
    from {{ source('generic', 'touches') }} as touches
),

vanished as (
    {{ vanished_records('touches', 'touch_id') }}
)

select
    touches.crm,
    touches.touch_id,
    touches.lead_ids,
    touches.user_id,
    touches.type,
    touches.direction,
    touches.occurred_at,
    touches.logged_at,
    vanished.vanished_at,
    touches.cast_failures
from touches
left join vanished on touches.crm = vanished.crm and touches.touch_id = vanished.record_id
qualify {{ is_newest('touches.crm, touches.touch_id') }}
