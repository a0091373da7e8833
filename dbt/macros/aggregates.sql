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

{#- Several quantiles of one set of values, held once; item() reads them. Over no rows null. -#}
{% macro quantiles(value, fractions) -%}
    {{ return(adapter.dispatch('quantiles', 'leadpact')(value, fractions)) }}
{%- endmacro %}

{% macro default__quantiles(value, fractions) -%}
    quantile_cont({{ value }}, [{{ fractions | join(', ') }}])
{%- endmacro %}

{% macro spark__quantiles(value, fractions) -%}
    percentile({{ value }}, array({{ fractions | join(', ') }}))
{%- endmacro %}

{#- The sum of whole numbers as a double, exact also where a bigint would overflow. -#}
{% macro exact_sum(number) -%}
    {{ return(adapter.dispatch('exact_sum', 'leadpact')(number)) }}
{%- endmacro %}

{% macro default__exact_sum(number) -%}
    cast(sum({{ number }}) as double)
{%- endmacro %}

{% macro spark__exact_sum(number) -%}
    cast(sum(cast({{ number }} as decimal(38, 0))) as double)
{%- endmacro %}

{#- The sum of fractions that add up to counts: days' parts of a month. Rounded to a billionth,
    because 22 parts of 1/22 are not quite 1 and 24 of 24 would be missed. Null over nulls. -#}
{% macro sum_of_parts(part) -%}
    round(sum({{ part }}), 9)
{%- endmacro %}
