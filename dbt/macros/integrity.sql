{#- The ends of the 95 % interval of a count: Byar's approximation of the exact Poisson limits, as in
    Breslow and Day (1987), Statistical Methods in Cancer Research II, IARC, p. 69. Right to a few
    per cent from a count of 1 on. -#}
{% macro byar_low(observed) -%}
    case
        when {{ observed }} = 0 then cast(0 as double)
        when {{ observed }} > 0
            then {{ observed }} * power(
                1 - 1 / (9.0 * {{ observed }})
                - {{ normal_975() }} / (3 * sqrt(cast({{ observed }} as double))),
                3
            )
    end
{%- endmacro %}

{% macro byar_high(observed) -%}
    ({{ observed }} + 1) * power(
        1 - 1 / (9.0 * ({{ observed }} + 1))
        + {{ normal_975() }} / (3 * sqrt(cast({{ observed }} + 1 as double))),
        3
    )
{%- endmacro %}

{#- How many standard deviations a count lies above what is tolerated: byar_low() solved for z, so
    that the interval and the question asked of it agree. -#}
{% macro byar_z(observed, tolerated) -%}
    3 * sqrt(cast({{ observed }} as double)) * (
        1 - 1 / (9.0 * nullif({{ observed }}, 0))
        - power({{ tolerated }} / nullif(cast({{ observed }} as double), 0), cast(1 as double) / 3)
    )
{%- endmacro %}

{#- 1.96 to full precision: the 97.5th percentile of the normal distribution. -#}
{% macro normal_975() -%}
    cast(1.959963984540054 as double)
{%- endmacro %}

{#- The chance that a standard normal number exceeds `z`, right to 7.5e-8: Zelen and Severo, formula
    26.2.17 in Abramowitz and Stegun (1964), Handbook of Mathematical Functions. Rounded to a
    billionth, so that ties stay ties. Null of null. -#}
{% macro normal_tail(z) -%}
    round(
        case when {{ z }} < 0 then 1 - {{ _upper_tail('abs(' ~ z ~ ')') }}
            else {{ _upper_tail('abs(' ~ z ~ ')') }}
        end,
        9
    )
{%- endmacro %}

{% macro _upper_tail(z) -%}
    {%- set t = '(1 / (1 + cast(0.2316419 as double) * ' ~ z ~ '))' -%}
    (
        cast(0.3989422804014327 as double) * exp(-{{ z }} * {{ z }} / 2) * {{ t }} * (
            cast(0.319381530 as double) + {{ t }} * (
                cast(-0.356563782 as double) + {{ t }} * (
                    cast(1.781477937 as double) + {{ t }} * (
                        cast(-1.821255978 as double) + {{ t }} * cast(1.330274429 as double)
                    )
                )
            )
        )
    )
{%- endmacro %}

{#- The rows of a relation, and when they were (at_us, microseconds since 1970), of people who did
    at least `many` things within two minutes, of which some may lie within one: any minute lies
    wholly in one of the stretches of two minutes that begin at even minutes, or of those that begin
    at odd ones. Few are left of millions, for exact counting. The relation has owner_key; `instant`
    and `condition` are SQL over it as `acts`. -#}
{% macro acts_of_busy_minutes(relation, instant, condition, many) -%}
    {%- set at_us = microseconds(instant) -%}
    select
        acts.*,
        {{ at_us }} as at_us
    from {{ relation }} as acts
    {%- for shift in [0, 60000000] %}
    left join (
        select
            acts.owner_key,
            floor(({{ at_us }} + {{ shift }}) / 120000000) as stretch
        from {{ relation }} as acts
        where {{ condition }}
        group by acts.owner_key, floor(({{ at_us }} + {{ shift }}) / 120000000)
        having count(*) >= {{ many }}
    ) as busy_{{ loop.index }}
        on
            acts.owner_key = busy_{{ loop.index }}.owner_key
            and floor(({{ at_us }} + {{ shift }}) / 120000000) = busy_{{ loop.index }}.stretch
    {%- endfor %}
    where
        {{ condition }}
        and (busy_1.owner_key is not null or busy_2.owner_key is not null)
{%- endmacro %}

{#- For each act the most acts of its person in any minute (60 seconds, both ends included) that holds
    it, as most_in_a_minute. Two windows: what follows each act, then the best of those that began up
    to a minute before it. -#}
{% macro with_most_in_a_minute(acts) -%}
    select
        followed.*,
        cast(
            max(followed.in_the_minute_from_here) over (
                partition by followed.owner_key
                order by followed.at_us
                range between 60000000 preceding and current row
            ) as integer
        ) as most_in_a_minute
    from (
        select
            {{ acts }}.*,
            count(*) over (
                partition by {{ acts }}.owner_key
                order by {{ acts }}.at_us
                range between current row and 60000000 following
            ) as in_the_minute_from_here
        from {{ acts }}
    ) as followed
{%- endmacro %}

{#- The CRMs whose instants are times and not merely days: more than two times of day occur (a day
    begins at two in UTC where the clocks change), counted to the minute. `instant` and `condition`
    are SQL over the relation as `acts`. -#}
{% macro crms_with_times(relation, instant, condition) -%}
    select acts.crm
    from {{ relation }} as acts
    where {{ condition }}
    group by acts.crm
    having count(distinct floor({{ microseconds(instant) }} / 60000000) % 1440) > 2
{%- endmacro %}

{#- A signal told to a stranger. `tests` are rows of int_integrity_tests. -#}
{% macro integrity_words(tests) -%}
    {%- set observed = plain_number(tests ~ '.observed') -%}
    {%- set out_of = plain_number(tests ~ '.out_of') -%}
    {%- set expected = one_decimal(tests ~ '.expected') -%}
    {%- set tolerated = one_decimal(tests ~ '.tolerated') -%}
    case
        when {{ tests }}.signal = 'over_disqualifying' then concat_ws(
            '',
            'Rejected ', {{ observed }}, ' of ', {{ out_of }},
            ' leads disposed of; the averages of their sources predict ', {{ expected }},
            ', and up to ', {{ tolerated }}, ' is taken as a difference between people.'
        )
        when {{ tests }}.signal = 'ignored_leads' then concat_ws(
            '',
            {{ observed }}, ' of ', {{ out_of }},
            ' leads were neither touched nor disposed of when the last deadline had passed; ',
            {{ expected }}, ' would be usual here, ', {{ tolerated }}, ' are tolerated.',
            ' By the history of their sources they are worth '
            || cast({{ tests }}.amount_at_stake as string)
            || ' {{ var("reporting_currency") }}.'
        )
        when {{ tests }}.signal = 'late_logging' then concat_ws(
            '',
            {{ observed }}, ' of ', {{ out_of }},
            ' first touches that met speed to lead were logged more than ',
            '{{ var("logging_grace_minutes") }} minutes after the deadline; ',
            {{ expected }}, ' would be usual here, ', {{ tolerated }}, ' are tolerated.'
        )
        when {{ tests }}.signal = 'bulk_dispositions' then concat_ws(
            '',
            {{ observed }}, ' of ', {{ out_of }},
            ' dispositions were made {{ var("integrity_bulk_dispositions") }} or more within',
            ' a minute.'
        )
        when {{ tests }}.measure = 'one_lead' then concat_ws(
            '',
            {{ observed }}, ' of ', {{ out_of }},
            ' touches came within {{ var("touch_spacing_minutes") }} minutes after another of',
            ' the same lead; ',
            {{ expected }}, ' would be usual here, ', {{ tolerated }}, ' are tolerated.'
        )
        when {{ tests }}.measure = 'many_leads' then concat_ws(
            '',
            {{ observed }}, ' of ', {{ out_of }},
            ' touches were on {{ var("integrity_burst_touches") }} or more leads within a minute; ',
            {{ expected }}, ' would be usual here, ', {{ tolerated }}, ' are tolerated.'
        )
        when {{ tests }}.signal = 'deleted_while_pending' then concat_ws(
            '',
            {{ observed }}, ' of ', {{ out_of }},
            ' leads were deleted while something was still owed on them; ',
            {{ expected }}, ' would be usual here, ', {{ tolerated }}, ' are tolerated.'
        )
        else concat_ws(
            '',
            'MQLs a day at ', {{ one_decimal(tests ~ '.volume_ratio * 100') }},
            '% of the {{ var("benchmark_quarters") }} quarters before; ',
            case {{ tests }}.measure
                when 'fit' then 'fitting the definition: '
                when 'mql_to_sql'
                    then 'SQL within {{ var("integrity_conversion_days") }} days: '
                when 'bunching' then 'scores just above the threshold: '
                else 'mean score: '
            end,
            case
                when {{ tests }}.measure = 'score' then {{ one_decimal(tests ~ '.observed') }}
                else concat_ws('', {{ observed }}, ' of ', {{ out_of }})
            end,
            ', where those quarters predict ', {{ expected }}, ' and ', {{ tolerated }},
            ' is tolerated.'
        )
    end
{%- endmacro %}

{#- A number with one decimal, as text. -#}
{% macro one_decimal(number) -%}
    cast(cast(round({{ number }}, 1) as decimal(18, 1)) as string)
{%- endmacro %}
