{#- What the leaders see, in this order: the joint metrics first, then what each side owes. `unit` is
    rate (0 to 1), count, amount (reporting currency) or ratio; `is_better` says which way is. -#}
{% macro scorecard_metrics() -%}
    {{ return([
        ('joint', 'acceptance', 'rate', 'higher'),
        ('joint', 'disqualification', 'rate', 'lower'),
        ('joint', 'sql', 'count', 'higher'),
        ('joint', 'pipeline_created', 'amount', 'higher'),
        ('joint', 'won', 'amount', 'higher'),
        ('joint', 'coverage', 'ratio', 'higher'),
        ('joint', 'sources_below', 'count', 'lower'),
        ('marketing', 'volume', 'count', 'higher'),
        ('marketing', 'fit', 'rate', 'higher'),
        ('marketing', 'completeness', 'rate', 'higher'),
        ('marketing', 'handoff', 'rate', 'higher'),
        ('marketing', 'contest_review', 'rate', 'higher'),
        ('sales', 'speed_to_lead', 'rate', 'higher'),
        ('sales', 'disposition', 'rate', 'higher'),
        ('sales', 'cadence', 'rate', 'higher'),
        ('sales', 'feedback', 'rate', 'higher'),
    ]) }}
{%- endmacro %}

{#- Those of them that are added up from days, and their unit. -#}
{% macro joint_metrics_of_days() -%}
    {%- set found = [] -%}
    {%- for side, metric, unit, is_better in scorecard_metrics()
        if side == 'joint' and metric not in ('coverage', 'sources_below') -%}
        {%- do found.append((metric, unit)) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{#- The scorecard is made for the weekly and the monthly meeting. -#}
{% macro scorecard_periods() -%}
    {{ return(['week', 'month']) }}
{%- endmacro %}

{% macro in_scorecard_periods() -%}
    ('{{ scorecard_periods() | join("', '") }}')
{%- endmacro %}

{#- Whether a figure moved by more than chance moves it: a rate when the 95 % interval of the
    difference of the two leaves out 0, counts and amounts when they differ by more than 1.96 standard
    deviations. Each MQL or deal comes or does not (Poisson), so the variance of a count is the count
    and that of an amount the sum of its deals' squares. `metrics` has part, whole and squares of the
    period and, as `previous_…`, of the one before. `is_better` turns the direction. Null where
    either figure is missing. -#}
{% macro trend_words(metrics) -%}
    {%- set change = metrics ~ '.actual - ' ~ metrics ~ '.previous' -%}
    {%- set both = [metrics ~ '.part', metrics ~ '.whole', metrics ~ '.previous_part',
        metrics ~ '.previous_whole'] -%}
    case
        when {{ change }} is null then null
        when
            case {{ metrics }}.unit
                when 'rate'
                    then 0 between {{ difference_low(*both) }} and {{ difference_high(*both) }}
                else abs({{ change }}) <= 1.959963984540054 * sqrt(
                    case {{ metrics }}.unit
                        when 'count' then {{ metrics }}.actual + {{ metrics }}.previous
                        else cast({{ metrics }}.squares + {{ metrics }}.previous_squares as double)
                    end
                )
            end
            then 'steady'
        when ({{ change }} > 0) = ({{ metrics }}.is_better = 'higher') then 'improving'
        else 'worsening'
    end
{%- endmacro %}
