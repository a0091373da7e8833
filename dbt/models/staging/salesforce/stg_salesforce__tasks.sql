with tasks as (
    select
        {{ salesforce_id('tasks.id') }} as task_id,
        {{ salesforce_id('tasks.who_id') }} as who_id,
        {{ salesforce_id('tasks.owner_id') }} as owner_id,

        coalesce({{ clean('tasks.task_subtype') }}, 'Task') as task_subtype,
        {{ match_key('tasks.status') }} as status,
        {{ match_key('tasks.call_type') }} as call_type,
        coalesce({{ to_boolean('tasks.is_deleted') }}, false) as is_deleted,

        {{ to_instant('tasks.completed_at') }} as completed_at,
        {{ to_instant('tasks.created_at') }} as created_at,
        {{ cast_failures([
            ('completed_at', 'tasks.completed_at', to_instant('tasks.completed_at')),
            ('created_at', 'tasks.created_at', to_instant('tasks.created_at')),
            ('is_deleted', 'tasks.is_deleted', to_boolean('tasks.is_deleted')),
        ]) }} as cast_failures,

        tasks._exported_at as exported_at,
        tasks._load_id,
        tasks._file,
        tasks._line
    from {{ source('salesforce', 'task') }} as tasks
),

vanished as (
    {{ vanished_records('tasks', 'task_id') }}
)

select
    tasks.task_id,
    tasks.who_id,
    tasks.owner_id,
    tasks.task_subtype,
    tasks.status,
    tasks.call_type,
    tasks.is_deleted,
    tasks.completed_at,
    tasks.created_at,
    vanished.vanished_at,
    tasks.cast_failures
from tasks
left join vanished on tasks.task_id = vanished.record_id
qualify {{ is_newest('tasks.task_id') }}
