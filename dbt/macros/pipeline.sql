{#- Who can have brought an opportunity; `unknown` holds what the agreement does not say. -#}
{% macro sourcing_sides() -%}
    {{ return(['marketing', 'sales', 'partner', 'unknown']) }}
{%- endmacro %}

{#- The columns of int_pipeline_cells, each of which adds up over rows. -#}
{% macro additive_pipeline_columns() -%}
    {%- set columns = [] -%}
    {%- for state in ['open', 'won'] -%}
    {%- for side in sourcing_sides() -%}
    {%- do columns.append((state ~ '_' ~ side, 'decimal(38, 2)')) -%}
    {%- endfor -%}
    {%- for count in ['opportunities', 'without_amount', 'without_rate'] -%}
    {%- do columns.append((state ~ '_' ~ count, 'bigint')) -%}
    {%- endfor -%}
    {%- endfor -%}
    {%- do columns.append(('overdue_pipeline', 'decimal(38, 2)')) -%}
    {%- do columns.append(('overdue_opportunities', 'bigint')) -%}
    {%- do columns.append(('lost_opportunities', 'bigint')) -%}
    {{ return(columns) }}
{%- endmacro %}

{#- What is left of a quota, and how often the open pipeline covers it. Without a quota there is
    nothing to cover; once it is reached nothing is left to cover: both are null, and
    `coverage_status` says which. `cells` has quota and the additive columns. -#}
{% macro coverage_columns(cells) -%}
    {%- set open, won = [], [] -%}
    {%- for side in sourcing_sides() -%}
    {%- do open.append(cells ~ '.open_' ~ side) -%}
    {%- do won.append(cells ~ '.won_' ~ side) -%}
    {%- endfor -%}
    {%- set pipeline = '(' ~ open | join(' + ') ~ ')' -%}
    {%- set closed_won = '(' ~ won | join(' + ') ~ ')' -%}
    {%- set remaining = 'greatest(' ~ cells ~ '.quota - ' ~ closed_won ~ ', 0)' -%}
    cast({{ cells }}.quota as decimal(38, 2)) as quota,
    cast({{ closed_won }} as decimal(38, 2)) as closed_won,
    -- greatest() passes over nulls.
    cast(case when {{ cells }}.quota is not null then {{ remaining }} end as decimal(38, 2))
        as remaining_quota,
    cast({{ pipeline }} as decimal(38, 2)) as open_pipeline,
    {{ covering(cells, pipeline, remaining) }} as coverage,
    {{ covering(cells, pipeline, cells ~ '.quota') }} as coverage_of_quota,
    case
        when {{ cells }}.quota is null then 'no_quota'
        when {{ cells }}.quota <= {{ closed_won }} then 'quota_reached'
        else 'quota_open'
    end as coverage_status,
    {%- for side in sourcing_sides() %}
    {{ covering(cells, cells ~ '.open_' ~ side, remaining) }} as coverage_{{ side }},
    {%- endfor %}
    {%- for column, type in additive_pipeline_columns() %}
    cast({{ cells }}.{{ column }} as {{ type }}) as {{ column }},
    {%- endfor %}
    {{ period_end("'quarter'", cells ~ '.quarter_start') }} <= {{ local_date(as_of()) }}
        as is_complete
{%- endmacro %}

{#- A part of the pipeline divided by what it is to cover; null where that is nothing. -#}
{% macro covering(cells, pipeline, covered) -%}
    case
        when {{ cells }}.quota is not null and {{ covered }} > 0
            then cast({{ pipeline }} as double) / cast({{ covered }} as double)
    end
{%- endmacro %}
