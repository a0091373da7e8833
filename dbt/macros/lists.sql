{#- One row per element of a list column; used in a select list only. -#}
{% macro explode(list) -%}
    {{ return(adapter.dispatch('explode', 'leadpact')(list)) }}
{%- endmacro %}

{% macro default__explode(list) -%}
    unnest({{ list }})
{%- endmacro %}

{% macro spark__explode(list) -%}
    explode({{ list }})
{%- endmacro %}
