-- What marketing handed over: the required fields of each MQL as they stood at that moment, with
-- the rule in force for each.
select
    cycles.cycle_id,
    cycles.lead_key,
    cycles.crm,
    cycles.is_mql_inferred,
    cycles.mql_at,
    {{ week_start('cycles.mql_date') }} as mql_week,
    terms.target_rate,
    {{ required_field_columns('cycle_values') }}
from {{ ref('int_cycles') }} as cycles
inner join {{ ref('int_cycle_values') }} as cycle_values
    on cycles.cycle_id = cycle_values.cycle_id
left join {{ ref('int_terms_in_force') }} as terms
    on {{ term_in_force(
        'terms', "'completeness'", 'cycles.mql_date', 'cycle_values.segment', 'cycle_values.region'
    ) }}
{% for field in required_field_names() -%}
left join {{ ref('required_fields') }} as {{ field }}_rules
    on
        {{ field }}_rules.field = '{{ field }}'
        and {{ in_force(field ~ '_rules', 'cycles.mql_date') }}
{% endfor %}
