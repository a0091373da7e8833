with changes as (
    select
        {{ salesforce_id('lead_history.id') }} as change_id,
        {{ salesforce_id('lead_history.lead_id') }} as lead_id,

        lead_history.field,
        {{ clean('lead_history.old_value') }} as old_value,
        {{ clean('lead_history.new_value') }} as new_value,
        {{ salesforce_id('lead_history.created_by_id') }} as changed_by,

        {{ to_instant('lead_history.created_at') }} as changed_at,
        {{ cast_failures([
            ('created_at', 'lead_history.created_at', to_instant('lead_history.created_at')),
        ]) }} as cast_failures,

        lead_history._exported_at as exported_at,
        lead_history._file,
        lead_history._line
    from {{ source('salesforce', 'lead_history') }} as lead_history
)

select
    changes.change_id,
    changes.lead_id,
    changes.field,
    changes.old_value,
    changes.new_value,
    changes.changed_by,
    changes.changed_at,
    changes.cast_failures
from changes
qualify {{ is_newest('changes.change_id') }}
