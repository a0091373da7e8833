-- Which criteria a lead met and which not, with its own values: words made when read. Job titles
-- and e-mail domains are not told; what the criteria found of them is.
with cycles as (
    select
        cycles.cycle_id,
        cycles.is_fit,
        coalesce(cycles.failed_criteria, '') as failed_criteria,
        {{ local_date('cycles.mql_at') }} as mql_date,
        cycles.industry,
        {{ plain_number('cycles.employees') }} as employees,
        cycles.country,
        case when cycles.source <> 'unmapped' then cycles.source end as source,
        {{ plain_number('cycles.score') }} as score
    from {{ ref('fct_lead_cycles') }} as cycles
)

select
    cycles.cycle_id,
    cycles.is_fit,
    {{ told_criteria('cycles', 'outcomes', 'met') }} as criteria_met,
    {{ told_criteria('cycles', 'outcomes', 'failed') }} as criteria_failed
from cycles
left join {{ ref('dim_fit_outcome') }} as outcomes
    on
        cycles.failed_criteria = outcomes.failed_criteria
        and cycles.mql_date >= outcomes.valid_from
        and (outcomes.valid_to is null or cycles.mql_date < outcomes.valid_to)
