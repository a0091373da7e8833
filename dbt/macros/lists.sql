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

{#- One element of a list by its place, from 0. -#}
{% macro item(list, place) -%}
    {{ return(adapter.dispatch('item', 'leadpact')(list, place)) }}
{%- endmacro %}

{% macro default__item(list, place) -%}
    {{ list }}[{{ place + 1 }}]
{%- endmacro %}

{% macro spark__item(list, place) -%}
    {{ list }}[{{ place }}]
{%- endmacro %}

{#- The whole numbers from one to another, both included, as a list. -#}
{% macro whole_numbers(first, last) -%}
    {{ return(adapter.dispatch('whole_numbers', 'leadpact')(first, last)) }}
{%- endmacro %}

{% macro default__whole_numbers(first, last) -%}
    generate_series({{ first }}, {{ last }})
{%- endmacro %}

{% macro spark__whole_numbers(first, last) -%}
    sequence({{ first }}, {{ last }})
{%- endmacro %}
