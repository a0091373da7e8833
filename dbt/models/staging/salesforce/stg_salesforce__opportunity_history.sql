with stages as (
    select
        {{ salesforce_id('stages.id') }} as change_id,
        {{ salesforce_id('stages.opportunity_id') }} as opportunity_id,
        {{ clean('stages.stage_name') }} as stage,
        {{ to_instant('stages.created_at') }} as entered_at,
        {{ cast_failures([
            ('created_at', 'stages.created_at', to_instant('stages.created_at')),
        ]) }} as cast_failures,
        stages._exported_at as exported_at,
        stages._file,
        stages._line
    from {{ source('salesforce', 'opportunity_history') }} as stages
)

select
    stages.change_id,
    stages.opportunity_id,
    stages.stage,
    stages.entered_at,
    stages.cast_failures
from stages
qualify {{ is_newest('stages.change_id') }}
