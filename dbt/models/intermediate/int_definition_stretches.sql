-- Stretches of time in which the lead definition does not change.
with boundaries as (
    select coalesce(criteria.effective_from, {{ beginning_of_time() }}) as valid_from
    from {{ ref('lead_definition') }} as criteria
    union
    select criteria.effective_to as valid_from
    from {{ ref('lead_definition') }} as criteria
    where criteria.effective_to is not null
)

select
    boundaries.valid_from,
    lead(boundaries.valid_from) over (order by boundaries.valid_from) as valid_to
from boundaries
