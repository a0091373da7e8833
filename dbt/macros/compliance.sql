{#- What compliance is cut by: the dimension's name and the column of the ledger; `all` has none. -#}
{% macro compliance_dimensions() -%}
    {{ return([
        ('all', none),
        ('source', 'source'),
        ('segment', 'segment'),
        ('region', 'region'),
        ('team', 'team'),
        ('owner', 'owner_key'),
    ]) }}
{%- endmacro %}

{% macro reporting_periods() -%}
    {{ return(['week', 'month', 'quarter']) }}
{%- endmacro %}

{#- Every period with every dimension as grouping sets; `columns` belong to all of them. The relation
    has week_start, month_start and quarter_start, and no null in a column of a dimension: a null
    says then that the set is not cut by it. One pass over the rows instead of one for each set.
    sqlfluff's DuckDB dialect cannot parse grouping sets: the line that calls this says `noqa: PRS`. -#}
{% macro by_period_and_dimension(relation, columns, dimensions=[('all', none)]) -%}
    {%- set sets = [] -%}
    {%- for period in reporting_periods() -%}
        {%- for name, column in dimensions -%}
            {%- set keys = [period ~ '_start'] + columns + ([column] if column else []) -%}
            {%- do sets.append('(' ~ relation ~ '.' ~ keys | join(', ' ~ relation ~ '.') ~ ')') -%}
        {%- endfor -%}
    {%- endfor -%}
    grouping sets (
        {{ sets | join(',\n        ') }}
    )
{%- endmacro %}

{#- The same without periods. -#}
{% macro by_dimension(relation, dimensions) -%}
    {%- set sets = [] -%}
    {%- for name, column in dimensions -%}
    {%- do sets.append('(' ~ (relation ~ '.' ~ column if column else '') ~ ')') -%}
    {%- endfor -%}
    grouping sets ({{ sets | join(', ') }})
{%- endmacro %}

{#- The period of a row of by_period_and_dimension(). -#}
{% macro grouped_period(relation) -%}
    case
        {%- for period in reporting_periods() %}
        when {{ relation }}.{{ period }}_start is not null then '{{ period }}'
        {%- endfor %}
    end as period,
    coalesce(
        {%- for period in reporting_periods() %}
        {{ relation }}.{{ period }}_start{{ ',' if not loop.last }}
        {%- endfor %}
    ) as period_start
{%- endmacro %}

{#- The dimension and value of a row of by_period_and_dimension(). -#}
{% macro grouped_dimension(relation, dimensions) -%}
    case
        {%- for name, column in dimensions if column %}
        when {{ relation }}.{{ column }} is not null then '{{ name }}'
        {%- endfor %}
        else 'all'
    end as dimension,
    coalesce(
        {%- for name, column in dimensions if column %}
        {{ relation }}.{{ column }},
        {%- endfor %}
        'all'
    ) as dimension_value
{%- endmacro %}

{#- Obligations by status, and how many of the judged ones lack the data to be judged. -#}
{% macro count_statuses(obligations) -%}
    count(*) filter (where {{ obligations }}.status = 'met') as met,
    count(*) filter (where {{ obligations }}.status = 'missed') as missed,
    count(*) filter (where {{ obligations }}.status = 'exempt') as exempt,
    count(*) filter (where {{ obligations }}.status = 'pending') as pending_due,
    count(*) filter (
        where {{ obligations }}.status in ('met', 'missed') and not {{ obligations }}.is_assessable
    ) as not_assessable
{%- endmacro %}

{#- A share in whole billionths. Sums of whole numbers are exact and the same in every order, so that
    9 of 10 at a target of 0.9 is met on every machine. -#}
{% macro billionths(share) -%}
    cast(round({{ share }} * 1000000000) as bigint)
{%- endmacro %}

{#- A difference of shares in whole trillionths, for sums that are the same in every order. -#}
{% macro trillionths(share) -%}
    cast(round(({{ share }}) * 1000000000000) as bigint)
{%- endmacro %}

{#- Rows of periods with how many complete ones were missed in a row, as it stands with each: every
    complete period that met its target begins a new run. A period without data, and one that is not
    over, leaves the run as it stands. `relation` has verdict, is_complete, period, period_start and
    the columns of `series`. -#}
{% macro with_missed_runs(relation, series) -%}
    {%- set same = ['period'] + series -%}
    select
        numbered.*,
        sum(case when numbered.is_complete and numbered.verdict = 'missed' then 1 else 0 end) over (
            partition by numbered.{{ same | join(', numbered.') }}, numbered.run_number
            order by numbered.period_start
            rows between unbounded preceding and current row
        ) as consecutive_missed
    from (
        select
            {{ relation }}.*,
            sum(
                case when {{ relation }}.is_complete and {{ relation }}.verdict = 'met' then 1 else 0 end
            ) over (
                partition by {{ relation }}.{{ same | join(', ' ~ relation ~ '.') }}
                order by {{ relation }}.period_start
                rows between unbounded preceding and current row
            ) as run_number
        from {{ relation }}
    ) as numbered
{%- endmacro %}
