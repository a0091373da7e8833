{#- Of the rows where `base` holds, the share where `reached` holds too; null where none does. Both
    are asked of the same rows, so a share never exceeds 1. -#}
{% macro share(base, reached) -%}
    count(*) filter (where {{ base }} and {{ reached }})
    / cast(nullif(count(*) filter (where {{ base }}), 0) as double)
{%- endmacro %}

{#- A quantile by linear interpolation over the rows where `condition` holds; null over none. -#}
{% macro quantile(value, fraction, condition='true') -%}
    {{ return(adapter.dispatch('quantile', 'leadpact')(value, fraction, condition)) }}
{%- endmacro %}

{% macro default__quantile(value, fraction, condition) -%}
    quantile_cont({{ value }}, {{ fraction }}) filter (where {{ condition }})
{%- endmacro %}

{% macro spark__quantile(value, fraction, condition) -%}
    percentile_cont({{ fraction }}) within group (
        order by case when {{ condition }} then {{ value }} end
    )
{%- endmacro %}
