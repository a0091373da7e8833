{#- Words for people. concat_ws() is used throughout because it leaves nulls out on both engines: a
    value nobody knows must never swallow its sentence. -#}

{#- A wall clock's time, `Fri 14 Mar 16:40`; with the year unless it is that of a time which the
    sentence has told before. -#}
{% macro time_words(local, told_before=none) -%}
    {%- if told_before -%}
    case
        when extract(year from {{ local }}) = extract(year from {{ told_before }})
            then {{ clock_words(local, with_year=false) }}
        else {{ clock_words(local) }}
    end
    {%- else -%}
    {{ clock_words(local) }}
    {%- endif -%}
{%- endmacro %}

{% macro clock_words(local, with_year=true) -%}
    {{ return(adapter.dispatch('clock_words', 'leadpact')(local, with_year)) }}
{%- endmacro %}

{% macro default__clock_words(local, with_year) -%}
    strftime({{ local }}, '%a %-d %b {{ "%Y " if with_year }}%H:%M')
{%- endmacro %}

{% macro spark__clock_words(local, with_year) -%}
    date_format({{ local }}, 'EEE d MMM {{ "yyyy " if with_year }}HH:mm')
{%- endmacro %}

{#- A number as people write it: 60, not 60.0. -#}
{% macro plain_number(number) -%}
    case
        when {{ number }} = floor({{ number }})
            then cast(cast({{ number }} as bigint) as string)
        else cast({{ number }} as string)
    end
{%- endmacro %}

{#- `1 minute`, `85 business minutes`; kind is an SQL text such as 'business ' or ''. -#}
{% macro counted(number, unit, kind="''", plural='s') -%}
    concat_ws(
        '',
        {{ plain_number(number) }},
        ' ',
        {{ kind }},
        case when {{ number }} = 1 then '{{ unit }}' else '{{ unit }}{{ plural }}' end
    )
{%- endmacro %}

{#- A duration in the unit people would choose, cut off, not rounded: 85 minutes, 20 hours
    5 minutes, 5 days 3 hours. Business time has no days: how long one is differs by calendar.
    `seconds` is a column. -#}
{% macro duration_words(seconds, clock) -%}
    {%- set kind = "case when " ~ clock ~ " = 'business' then 'business ' else '' end" -%}
    {%- set hours = "floor(" ~ seconds ~ " / 3600)" -%}
    {%- set days = "floor(" ~ seconds ~ " / 86400)" -%}
    {%- set odd_minutes = "floor((" ~ seconds ~ " - " ~ hours ~ " * 3600) / 60)" -%}
    {%- set odd_hours = "floor((" ~ seconds ~ " - " ~ days ~ " * 86400) / 3600)" -%}
    case {{ duration_unit(seconds, clock) }}
        when 'seconds' then {{ counted('floor(' ~ seconds ~ ')', 'second', kind) }}
        when 'minutes' then {{ counted('floor(' ~ seconds ~ ' / 60)', 'minute', kind) }}
        when 'hours' then {{ counted(hours, 'hour', kind) }}
        when 'days' then {{ counted(days, 'day') }}
        when 'hours and minutes'
            then concat_ws(
                ' ', {{ counted(hours, 'hour', kind) }}, {{ counted(odd_minutes, 'minute') }}
            )
        when 'days and hours'
            then concat_ws(' ', {{ counted(days, 'day') }}, {{ counted(odd_hours, 'hour') }})
    end
{%- endmacro %}

{#- The unit, or the two, in which duration_words() tells a number of seconds. -#}
{% macro duration_unit(seconds, clock) -%}
    case
        when {{ seconds }} < 120 then 'seconds'
        when {{ seconds }} < 10800 then 'minutes'
        when {{ seconds }} < 345600 and {{ seconds }} % 3600 >= 60 then 'hours and minutes'
        when {{ seconds }} < 345600 or {{ clock }} = 'business' then 'hours'
        when {{ seconds }} % 86400 >= 3600 then 'days and hours'
        else 'days'
    end
{%- endmacro %}

{#- A term's limit: 60 business minutes, 7 days. -#}
{% macro limit_words(limit_value, limit_unit, clock) -%}
    concat_ws(
        '',
        {{ plain_number(limit_value) }},
        ' ',
        case when {{ clock }} = 'business' then 'business ' else '' end,
        case
            when {{ limit_value }} = 1 then left({{ limit_unit }}, length({{ limit_unit }}) - 1)
            else {{ limit_unit }}
        end
    )
{%- endmacro %}

{#- The texts of several rows as one, in an order; null where no row meets the condition. -#}
{% macro joined_texts(text, separator, order_by, condition='true') -%}
    {{ return(adapter.dispatch('joined_texts', 'leadpact')(text, separator, order_by, condition)) }}
{%- endmacro %}

{% macro default__joined_texts(text, separator, order_by, condition) -%}
    string_agg({{ text }}, '{{ separator }}' order by {{ order_by }}) filter (where {{ condition }})
{%- endmacro %}

{% macro spark__joined_texts(text, separator, order_by, condition) -%}
    listagg(case when {{ condition }} then {{ text }} end, '{{ separator }}') within group (
        order by {{ order_by }}
    )
{%- endmacro %}

{#- The different texts of several rows as one, in alphabetical order; null where there is none. -#}
{% macro joined_distinct(text) -%}
    {{ return(adapter.dispatch('joined_distinct', 'leadpact')(text)) }}
{%- endmacro %}

{% macro default__joined_distinct(text) -%}
    string_agg(distinct {{ text }}, ' / ' order by {{ text }})
{%- endmacro %}

{% macro spark__joined_distinct(text) -%}
    listagg(distinct {{ text }}, ' / ') within group (order by {{ text }})
{%- endmacro %}

{#- The elements of a list that is separated by `|`, in words; a long one by its beginning. -#}
{% macro listed_words(list) -%}
    {%- set tidy = "replace(replace(trim(" ~ list ~ "), ' |', '|'), '| ', '|')" -%}
    case
        when {{ list_length(list) }} > 6
            then concat_ws(
                ', ',
                {%- for nth in range(1, 6) %}
                split_part({{ tidy }}, '|', {{ nth }}){{ ',' if not loop.last }}
                {%- endfor %}
            ) || ' or ' || cast({{ list_length(list) }} - 5 as string) || ' others'
        else replace({{ tidy }}, '|', ', ')
    end
{%- endmacro %}

{% macro list_length(list) -%}
    (length({{ list }}) - length(replace({{ list }}, '|', '')) + 1)
{%- endmacro %}

{#- The two ends of `low|high`. -#}
{% macro range_words(ends) -%}
    trim(split_part({{ ends }}, '|', 1)) || ' and ' || trim(split_part({{ ends }}, '|', 2))
{%- endmacro %}

{#- `once`, or `12 times`. -#}
{% macro times(count) -%}
    case when {{ count }} = 1 then 'once' else cast({{ count }} as string) || ' times' end
{%- endmacro %}

{#- A share as people write it, to a tenth: 2.8 %, 41 %. -#}
{% macro percent_words(share) -%}
    {{ plain_number('round(100 * ' ~ share ~ ', 1)') }} || ' %'
{%- endmacro %}
