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
