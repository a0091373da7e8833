-- Whether a lead passed the definition in force when it became an MQL, on its values of then.
select
    cycles.cycle_id,
    {{ passes_definition() }} as is_fit,
    {{ failed_criteria() }} as failed_criteria
from {{ ref('int_cycles') }} as cycles
inner join {{ ref('int_cycle_values') }} as cycle_values
    on cycles.cycle_id = cycle_values.cycle_id
{{ join_definition_verdicts('cycle_values', 'cycles.mql_date', definition_column) }}
