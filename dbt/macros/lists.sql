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

{#- A list of two texts. -#}
{% macro two_forms(one, other) -%}
    {{ return(adapter.dispatch('two_forms', 'leadpact')(one, other)) }}
{%- endmacro %}

{% macro default__two_forms(one, other) -%}
    [{{ one }}, {{ other }}]
{%- endmacro %}

{% macro spark__two_forms(one, other) -%}
    array({{ one }}, {{ other }})
{%- endmacro %}
