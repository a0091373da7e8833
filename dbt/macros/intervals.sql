{#- The ends of the Wilson 95 % score interval of a share: Wilson, E. B. (1927), Probable inference,
    the law of succession, and statistical inference, JASA 22, 209-212; as in statsmodels,
    proportion_confint(method='wilson'). At 0 of n and n of n the end is 0 and 1 exactly, which the
    formula misses by a rounding error. Null over no trials. -#}
{% macro wilson_low(successes, trials) -%}
    case
        when {{ successes }} = 0 and {{ trials }} > 0 then cast(0 as double)
        else {{ wilson_end(successes, trials, '-') }}
    end
{%- endmacro %}

{% macro wilson_high(successes, trials) -%}
    case
        when {{ successes }} = {{ trials }} and {{ trials }} > 0 then cast(1 as double)
        else {{ wilson_end(successes, trials, '+') }}
    end
{%- endmacro %}

{#- 1.96 to full precision: the 97.5th percentile of the normal distribution. -#}
{% macro wilson_end(successes, trials, sign) -%}
    {%- set z = 'cast(1.959963984540054 as double)' -%}
    (
        {{ successes }} + {{ z }} * {{ z }} / 2
        {{ sign }} {{ z }} * sqrt(
            cast({{ successes }} as double) * ({{ trials }} - {{ successes }})
            / nullif({{ trials }}, 0)
            + {{ z }} * {{ z }} / 4
        )
    ) / ({{ trials }} + {{ z }} * {{ z }})
{%- endmacro %}

{#- The ends of the 95 % interval of a ratio of two shares, by the normal approximation of its
    logarithm: Katz, D., Baptista, J., Azen, S. P., Pike, M. C. (1978), Obtaining confidence intervals
    for the risk ratio in cohort studies, Biometrics 34, 469-474; as in scipy,
    contingency.relative_risk. Where a share is 0, half a success is added to each: Walter, S. D.
    (1975), The distribution of Levin's measure of attributable risk, Biometrika 62, 371-372. The ends
    are then 0 below a share of 0, and null, for no bound, above a share divided by 0. Null where
    either has no trials. The four counts are columns. -#}
{% macro ratio_low(successes, trials, other_successes, other_trials) -%}
    case
        when {{ trials }} > 0 and {{ other_trials }} > 0 and {{ successes }} = 0
            then cast(0 as double)
        when {{ trials }} > 0 and {{ other_trials }} > 0
            then {{ ratio_end(successes, trials, other_successes, other_trials, '-') }}
    end
{%- endmacro %}

{% macro ratio_high(successes, trials, other_successes, other_trials) -%}
    case
        when {{ trials }} > 0 and {{ other_trials }} > 0 and {{ other_successes }} > 0
            then {{ ratio_end(successes, trials, other_successes, other_trials, '+') }}
    end
{%- endmacro %}

{% macro ratio_end(successes, trials, other_successes, other_trials, sign) -%}
    {%- set z = 'cast(1.959963984540054 as double)' -%}
    {%- set added = "case when " ~ successes ~ " = 0 or " ~ other_successes ~ " = 0"
        ~ " then cast(0.5 as double) else cast(0 as double) end" -%}
    round(
        exp(
            ln(({{ successes }} + {{ added }}) / ({{ trials }} + {{ added }}))
            - ln(({{ other_successes }} + {{ added }}) / ({{ other_trials }} + {{ added }}))
            {{ sign }} {{ z }} * sqrt(
                1 / ({{ successes }} + {{ added }}) - 1 / ({{ trials }} + {{ added }})
                + 1 / ({{ other_successes }} + {{ added }}) - 1 / ({{ other_trials }} + {{ added }})
            )
        ),
        9
    )
{%- endmacro %}

{#- The ends of the 95 % interval of the difference of two shares, from their Wilson intervals:
    Newcombe, R. G. (1998), Interval estimation for the difference between independent proportions,
    Statistics in Medicine 17, 873-890, method 10. Null where either has no trials. -#}
{% macro difference_low(successes, trials, other_successes, other_trials) -%}
    {{ difference_end(successes, trials, other_successes, other_trials, '-') }}
{%- endmacro %}

{% macro difference_high(successes, trials, other_successes, other_trials) -%}
    {{ difference_end(successes, trials, other_successes, other_trials, '+') }}
{%- endmacro %}

{% macro difference_end(successes, trials, other_successes, other_trials, sign) -%}
    {%- set share = successes ~ ' / cast(nullif(' ~ trials ~ ', 0) as double)' -%}
    {%- set other = other_successes ~ ' / cast(nullif(' ~ other_trials ~ ', 0) as double)' -%}
    {%- if sign == '-' -%}
    {%- set far = wilson_low(successes, trials) -%}
    {%- set other_far = wilson_high(other_successes, other_trials) -%}
    {%- else -%}
    {%- set far = wilson_high(successes, trials) -%}
    {%- set other_far = wilson_low(other_successes, other_trials) -%}
    {%- endif -%}
    round(
        {{ share }} - {{ other }} {{ sign }} sqrt(
            power({{ share }} - {{ far }}, 2) + power({{ other }} - {{ other_far }}, 2)
        ),
        9
    )
{%- endmacro %}

{#- The ends of the 95 % interval of a Kaplan-Meier share made (one minus the share still waiting),
    from Greenwood's sum on the scale of log(-log): it stays within 0 and 1 and holds its level at
    small numbers, which the plain one does not. Kalbfleisch, J. D. and Prentice, R. L. (1980), The
    statistical analysis of failure time data; as in lifelines' KaplanMeierFitter. Where nobody
    or everybody made it, Greenwood's variance is 0 though little is known: Wilson's interval
    of those at risk instead. -#}
{% macro greenwood_low(share, greenwood_sum, made) -%}
    case
        when {{ share }} = 0 then cast(0 as double)
        when {{ share }} = 1 then {{ wilson_low(made, made) }}
        else round({{ greenwood_end(share, greenwood_sum, '+') }}, 12)
    end
{%- endmacro %}

{% macro greenwood_high(share, greenwood_sum, at_risk) -%}
    case
        when {{ share }} = 1 then cast(1 as double)
        when {{ share }} = 0 then coalesce({{ wilson_high('0', at_risk) }}, cast(1 as double))
        else round({{ greenwood_end(share, greenwood_sum, '-') }}, 12)
    end
{%- endmacro %}

{% macro greenwood_end(share, greenwood_sum, sign) -%}
    {%- set waiting = '(1 - ' ~ share ~ ')' -%}
    1 - power(
        {{ waiting }},
        exp(
            {{ sign }} cast(1.959963984540054 as double) * sqrt({{ greenwood_sum }})
            / ln({{ waiting }})
        )
    )
{%- endmacro %}

{#- The ends of the 95 % interval of a mean, by the normal approximation, from the sum of the values
    and of their squares; null below two values. -#}
{% macro mean_low(total, squares, count) -%}
    {{ mean_end(total, squares, count, '-') }}
{%- endmacro %}

{% macro mean_high(total, squares, count) -%}
    {{ mean_end(total, squares, count, '+') }}
{%- endmacro %}

{% macro mean_end(total, squares, count, sign) -%}
    round(
        {{ total }} / cast(nullif({{ count }}, 0) as double)
        {{ sign }} cast(1.959963984540054 as double) * sqrt(
            greatest(
                {{ squares }} - {{ total }} / cast(nullif({{ count }}, 0) as double) * {{ total }},
                0
            )
            / nullif({{ count }} - 1, 0)
            / nullif({{ count }}, 0)
        ),
        2
    )
{%- endmacro %}
