with meetings as (
    select
        {{ salesforce_id('meetings.id') }} as event_id,
        {{ salesforce_id('meetings.who_id') }} as who_id,
        {{ salesforce_id('meetings.owner_id') }} as owner_id,
        coalesce({{ to_boolean('meetings.is_deleted') }}, false) as is_deleted,

        {{ to_instant('meetings.starts_at') }} as starts_at,
        {{ to_instant('meetings.created_at') }} as created_at,
        {{ cast_failures([
            ('starts_at', 'meetings.starts_at', to_instant('meetings.starts_at')),
            ('created_at', 'meetings.created_at', to_instant('meetings.created_at')),
            ('is_deleted', 'meetings.is_deleted', to_boolean('meetings.is_deleted')),
        ]) }} as cast_failures,

        meetings._exported_at as exported_at,
        meetings._load_id,
        meetings._file,
        meetings._line
    from {{ source('salesforce', 'event') }} as meetings
),

vanished as (
    {{ vanished_records('meetings', 'event_id') }}
)

select
    meetings.event_id,
    meetings.who_id,
    meetings.owner_id,
    meetings.is_deleted,
    meetings.starts_at,
    meetings.created_at,
    vanished.vanished_at,
    meetings.cast_failures
from meetings
left join vanished on meetings.event_id = vanished.record_id
qualify {{ is_newest('meetings.event_id') }}
