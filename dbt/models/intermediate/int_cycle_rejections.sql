-- Why sales rejected a lead: reason and note as they stood when it was rejected.
with subjects as (
    select
        cycles.cycle_id as subject_id,
        cycles.lead_key,
        cycles.crm,
        stages.rejected_at as instant
    from {{ ref('int_cycles') }} as cycles
    inner join {{ ref('int_cycle_stages') }} as stages
        on cycles.cycle_id = stages.cycle_id
    where stages.rejected_at is not null
),

{{ values_as_of('subjects', ['reason', 'note']) }}

select
    valued.subject_id as cycle_id,
    valued.instant as rejected_at,
    valued.reason as raw_reason,
    reasons.reason_code,
    valued.note,
    valued.note is not null as has_note
from valued
left join {{ ref('disqualification_reasons') }} as reasons
    on
        valued.crm = {{ match_key('reasons.crm') }}
        and {{ match_key('valued.reason') }} = {{ match_key('reasons.raw_reason') }}
