{#- Whether a row of the agreement with effective dates is in force on a date; the end is
    exclusive, blank is open. -#}
{% macro in_force(row, day) -%}
    {{ day }} >= {{ row }}.effective_from
    and ({{ row }}.effective_to is null or {{ day }} < {{ row }}.effective_to)
{%- endmacro %}

{#- Joins the row of int_terms_in_force that governs a clause at an instant. -#}
{% macro term_in_force(terms, clause, day, segment, region) -%}
    {{ terms }}.clause = {{ clause }}
    and {{ terms }}.segment = {{ segment }}
    and {{ terms }}.region = {{ region }}
    and {{ day }} >= {{ terms }}.valid_from
    and ({{ terms }}.valid_to is null or {{ day }} < {{ terms }}.valid_to)
{%- endmacro %}
