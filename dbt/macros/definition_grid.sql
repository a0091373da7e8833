{#- The small grid of what might be agreed instead: what the definition's score threshold and bounds
    of employees are multiplied by. 1 is the definition in force. Factors, because scores have
    whatever scale a company gives them. -#}
{% macro grid_factors(bound) -%}
    {{ return({
        'score_min': [0.8, 0.9, 1, 1.1, 1.2],
        'employees_min': [0.5, 1, 2],
        'employees_max': [0.5, 1, 2],
    }[bound]) }}
{%- endmacro %}

{#- Whether a value lies within bounds, of which null is none; a null value fails any bound, as it
    fails a criterion. -#}
{% macro within(value, low, high) -%}
    ({{ low }} is null or coalesce({{ value }} >= {{ low }}, false))
    and ({{ high }} is null or coalesce({{ value }} <= {{ high }}, false))
{%- endmacro %}
