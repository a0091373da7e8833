with queues as (
    select
        {{ salesforce_id('queues.id') }} as group_id,
        {{ clean('queues.name') }} as name,
        {{ clean('queues.type') }} as type,
        queues._exported_at as exported_at,
        queues._file,
        queues._line
    from {{ source('salesforce', 'group') }} as queues
)

select
    queues.group_id,
    queues.name,
    queues.type
from queues
qualify {{ is_newest('queues.group_id') }}
