{#- Every key of a relation that is null in one of its columns or stands more than once, and how
    often. A composite key may hold nulls where the grain says so; then only repetition counts. -#}
{% macro primary_key_violations(relation, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as occurrences
from {{ relation }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- if columns | length == 1 %}
    or {{ columns[0] }} is null
    {%- endif %}
{% endmacro %}


{#- The columns of this model's `primary_key` test; empty where it has none. -#}
{% macro primary_key_columns(unique_id) %}
    {%- set tests = graph.nodes.values() | selectattr('attached_node', 'equalto', unique_id) -%}
    {%- for test in tests if test.test_metadata.name == 'primary_key' -%}
        {{ return(test.test_metadata.kwargs.columns) }}
    {%- endfor -%}
    {{ return([]) }}
{% endmacro %}
