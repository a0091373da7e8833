with entered as (
    select
        {{ clean('stages.deal_id') }} as deal_id,
        {{ clean('stages.stage') }} as stage,
        {{ clean('stages.pipeline') }} as pipeline,
        {{ to_instant('stages.entered_at') }} as entered_at,
        {{ cast_failures([
            ('entered_at', 'stages.entered_at', to_instant('stages.entered_at')),
        ]) }} as cast_failures,
        stages._exported_at as exported_at,
        stages._file,
        stages._line
    from {{ source('hubspot', 'deal_stage_dates') }} as stages
)

select
    entered.deal_id,
    entered.stage,
    entered.pipeline,
    entered.entered_at,
    entered.cast_failures
from entered
qualify {{ is_newest('entered.deal_id, entered.stage, entered.pipeline') }}
