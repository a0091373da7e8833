with changes as (
    select
        lead_history.crm,
        {{ clean('lead_history.lead_id') }} as lead_id,
        {{ match_key('lead_history.field') }} as field,
        {{ clean('lead_history.old_value') }} as old_value,
        {{ clean('lead_history.new_value') }} as new_value,
        {{ to_instant('lead_history.changed_at') }} as changed_at,
        {{ cast_failures([
            ('changed_at', 'lead_history.changed_at', to_instant('lead_history.changed_at')),
        ]) }} as cast_failures,
        lead_history._exported_at as exported_at,
        lead_history._file,
        lead_history._line
    from {{ source('generic', 'lead_history') }} as lead_history
)

select
    changes.crm,
    changes.lead_id,
    changes.field,
    changes.old_value,
    changes.new_value,
    changes.changed_at,
    changes.cast_failures,
    changes.exported_at,
    changes._file,
    changes._line
from changes
qualify
    -- The history has no id: a change delivered again by a later drop is the same change.
    row_number() over (
        partition by
            changes.crm,
            changes.lead_id,
            changes.field,
            changes.old_value,
            changes.new_value,
            changes.changed_at,
            changes.cast_failures
        order by changes.exported_at, changes._file, changes._line
    ) = 1
