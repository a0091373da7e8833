with recorded as (
    select
        {{ clean('history.contact_id') }} as contact_id,
        {{ match_key('history.property') }} as property,
        {{ clean('history.value') }} as value,
        -- What no person did names the machinery that did it.
        coalesce(
            {{ match_key('history.updated_by') }},
            case
                when
                    {{ match_key('history.source_type') }} not like 'crm_ui%'
                    and {{ match_key('history.source_type') }} not like 'mobile%'
                    then {{ match_key('history.source_type') }}
            end
        ) as changed_by,
        {{ to_instant('history.changed_at') }} as changed_at,
        {{ cast_failures([
            ('changed_at', 'history.changed_at', to_instant('history.changed_at')),
        ]) }} as cast_failures,
        history._exported_at as exported_at,
        history._file,
        history._line
    from {{ source('hubspot', 'contacts_property_history') }} as history
)

select
    recorded.contact_id,
    recorded.property,
    recorded.value,
    recorded.changed_by,
    recorded.changed_at,
    recorded.cast_failures,
    recorded.exported_at,
    recorded._file,
    recorded._line
from recorded
qualify
    -- The history has no id: a value recorded again by a later drop is the same record.
    row_number() over (
        partition by
            recorded.contact_id,
            recorded.property,
            recorded.value,
            recorded.changed_at,
            recorded.cast_failures
        order by recorded.exported_at, recorded._file, recorded._line
    ) = 1
