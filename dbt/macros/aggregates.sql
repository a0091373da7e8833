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

{#- The value of the first row in an order of several columns, among the rows where `condition`
    holds. Both engines compare structs field by field. -#}
{% macro first_by(value, order_by, condition='true') -%}
    min_by({{ value }}, {{ row_order(order_by) }}) filter (where {{ condition }})
{%- endmacro %}

{% macro row_order(order_by) -%}
    {{ return(adapter.dispatch('row_order', 'leadpact')(order_by)) }}
{%- endmacro %}

{% macro default__row_order(order_by) -%}
    row({{ order_by | join(', ') }})
{%- endmacro %}

{% macro spark__row_order(order_by) -%}
    struct({{ order_by | join(', ') }})
{%- endmacro %}
