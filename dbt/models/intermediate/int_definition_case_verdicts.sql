-- Every case judged by the definition of today, whatever held when it became an MQL. A deal whose
-- lead never was an MQL is outside: no definition brought it.
{%- set moved = ['score', 'employees'] %}
{%- set others = definition_attributes() | reject('in', moved) | list %}

with cases as (
    select
        cases.*,
        {{ local_date(as_of()) }} as judged_on
    from {{ ref('int_definition_cases') }} as cases
),

-- What a score or a number of employees fails apart from the bounds that the grid moves.
failures as (
    select
        verdicts.attribute,
        verdicts.value,
        {{ explode_list('verdicts.failed_criteria', '|') }} as failure
    from {{ ref('int_definition_verdicts') }} as verdicts
    where
        verdicts.attribute in ('score', 'employees')
        and verdicts.failed_criteria is not null
        and {{ local_date(as_of()) }} >= verdicts.valid_from
        and (verdicts.valid_to is null or {{ local_date(as_of()) }} < verdicts.valid_to)
),

failed_anyhow as (
    select distinct
        failures.attribute,
        failures.value
    from failures
    left join {{ ref('int_definition_bounds') }} as bounds
        on
            failures.attribute = bounds.attribute
            and failures.failure in (
                {{ failed_criterion('bounds.criterion_id', 'false') }},
                {{ failed_criterion('bounds.criterion_id', 'true') }}
            )
    where bounds.criterion_id is null
)

select
    cases.kind,
    cases.case_key,
    cases.source,
    cases.segment,
    cases.region,
    cycle_values.industry,
    cycle_values.country,
    cycle_values.score,
    cycle_values.employees,
    coalesce(not cycles.is_mql_inferred, false) as is_mql,
    coalesce(not cycles.is_mql_inferred and ({{ passes_definition() }}), false) as is_inside,
    -- Whether moved bounds would decide.
    coalesce(
        not cycles.is_mql_inferred
        and ({{ passes_definition(others) }})
        {%- for attribute in moved %}
        and {{ attribute }}_anyhow.value is null
        {%- endfor %},
        false
    ) as is_decided_by_bounds
from cases
left join {{ ref('int_cycles') }} as cycles
    on cases.cycle_id = cycles.cycle_id
left join {{ ref('int_cycle_values') }} as cycle_values
    on cases.cycle_id = cycle_values.cycle_id
{{ join_definition_verdicts('cycle_values', 'cases.judged_on', definition_column) }}
{%- for attribute in moved %}
left join failed_anyhow as {{ attribute }}_anyhow
    on
        {{ attribute }}_anyhow.attribute = '{{ attribute }}'
        and coalesce(lower(cast(cycle_values.{{ definition_column(attribute) }} as string)), '')
        = {{ attribute }}_anyhow.value
{%- endfor %}
