-- Asked of the cycles whose ids end in two sevens: the sentences of all of them, each night, only
-- those who read the view should have to wait for.
{{ config(meta={'dagster': {'ref': {'name': 'sla_explanations'}}}) }}
{% set sample = "cycle_id like '%77#%'" %}

with obligations as (
    select
        obligations.cycle_id,
        obligations.clause
    from {{ ref('fct_sla_obligations') }} as obligations
    where obligations.{{ sample }}
),

explanations as (
    select
        explanations.cycle_id,
        explanations.clause,
        explanations.explanation
    from {{ ref('sla_explanations') }} as explanations
    where explanations.{{ sample }}
)

select
    obligations.cycle_id,
    obligations.clause
from obligations
left join explanations
    on
        obligations.cycle_id = explanations.cycle_id
        and obligations.clause = explanations.clause
where coalesce(trim(explanations.explanation), '') = ''
