-- Marketing's rulings on rejections, each on the cycle whose rejection it names. Grouped: a
-- lead may be ruled on under the ids of two records that were merged.
select
    cycles.cycle_id,
    stages.rejected_at,
    rulings.ruling,
    rulings.ruled_at,
    {{ joined_distinct('rulings.ruled_by') }} as ruled_by,
    {{ joined_distinct('rulings.evidence') }} as evidence
from {{ ref('int_rulings') }} as rulings
inner join {{ ref('int_lead_identity') }} as identity
    on
        rulings.crm = identity.crm
        and rulings.lead_id = identity.record_id
inner join {{ ref('int_cycles') }} as cycles
    on
        identity.lead_key = cycles.lead_key
        and {{ in_window('cycles', 'rulings.ruled_at') }}
inner join {{ ref('int_cycle_stages') }} as stages
    on
        cycles.cycle_id = stages.cycle_id
        and date_trunc('second', rulings.rejected_at) = date_trunc('second', stages.rejected_at)
where
    rulings.ruling in ('accepted', 'contested')
    and rulings.ruled_at <= {{ as_of() }}
group by cycles.cycle_id, stages.rejected_at, rulings.ruling, rulings.ruled_at
