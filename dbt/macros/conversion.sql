{#- The steps that sources are compared in: name, the columns at whose instants a cycle enters the
    step and makes it, and the stages at which a cycle may have entered the funnel to count in it.
    An inferred MQL counts from the stage it really entered, as in rpt_funnel. -#}
{% macro conversion_steps() -%}
    {{ return([
        ('mql_to_sql', 'mql_at', 'sql_at', "'mql'"),
        ('sql_to_opportunity', 'sql_at', 'opportunity_at', "'mql', 'sal', 'sql'"),
        ('opportunity_to_won', 'opportunity_at', 'won_at', "'mql', 'sal', 'sql', 'opportunity'"),
    ]) }}
{%- endmacro %}

{#- Whether a cycle became sales qualified itself: one that entered the funnel as an opportunity has
    the instant by implication alone. -#}
{% macro is_sales_qualified(cycles) -%}
    ({{ cycles }}.sql_at is not null and {{ cycles }}.entry_stage in ('mql', 'sal', 'sql'))
{%- endmacro %}

{% macro microseconds_of_a_day() -%}
    86400000000
{%- endmacro %}

{% macro conversion_window_us() -%}
    {{ var('conversion_window_days') * 86400000000 }}
{%- endmacro %}

{#- What one instant with events adds to the logarithm of the share still waiting (Kaplan, E. L. and
    Meier, P. (1958), Nonparametric estimation from incomplete observations, JASA 53, 457-481), and
    what it adds to Greenwood's sum for its variance (Greenwood, M. (1926), The natural duration of
    cancer, Reports on Public Health and Medical Subjects 33). Decimals, because their sum is the
    same in every order. Nothing where all at risk made it: then nobody waits any more. -#}
{% macro log_share_left(events, at_risk) -%}
    cast(
        case
            when {{ events }} < {{ at_risk }}
                then ln(({{ at_risk }} - {{ events }}) / cast({{ at_risk }} as double))
        end as decimal(38, 18)
    )
{%- endmacro %}

{% macro greenwood_term(events, at_risk) -%}
    cast(
        case
            when {{ events }} < {{ at_risk }}
                then {{ events }}
                    / (cast({{ at_risk }} as double) * ({{ at_risk }} - {{ events }}))
        end as decimal(38, 18)
    )
{%- endmacro %}

{#- Half the width of the central 90 % of a normal distribution, in standard deviations. -#}
{% macro central_90() -%}
    cast(1.6448536269514722 as double)
{%- endmacro %}

{#- The ends between which 90 % of cohorts like the benchmark's come to lie, by the normal
    approximation with its correction for continuity: a cohort's count below the first or above the
    second lies outside. -#}
{% macro expected_low(expected, variance) -%}
    greatest({{ expected }} - {{ central_90() }} * sqrt({{ variance }}) - 0.5, 0)
{%- endmacro %}

{% macro expected_high(expected, variance, cycles) -%}
    least({{ expected }} + {{ central_90() }} * sqrt({{ variance }}) + 0.5, {{ cycles }})
{%- endmacro %}
