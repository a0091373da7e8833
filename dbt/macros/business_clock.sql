{#- Minutes from midnight to a wall clock time HH:MM; 24:00 is 1440. -#}
{% macro minute_of_day(time) -%}
    (cast(split_part({{ time }}, ':', 1) as integer) * 60 + cast(split_part({{ time }}, ':', 2) as integer))
{%- endmacro %}

{#- B(t): how long a calendar had been open up to an instant, in microseconds. `rows` is a narrow
    relation with calendar_id and the instant in microseconds; the result adds `{{ name }}`. A row
    before the calendar's first interval gets null, which the build's coverage test turns into a
    failure: a clock that is asked outside its calendar must not clamp. -#}
{% macro with_open_time(rows, instant, name) -%}
    {{ return(adapter.dispatch('with_open_time', 'leadpact')(rows, instant, name)) }}
{%- endmacro %}

{% macro default__with_open_time(rows, instant, name) -%}
    select
        {{ rows }}.*,
        intervals.open_before_us
        + least({{ rows }}.{{ instant }}, intervals.closes_us)
        - intervals.opens_us as {{ name }}
    from {{ rows }}
    asof left join {{ ref('int_open_intervals') }} as intervals
        on
            {{ rows }}.calendar_id = intervals.calendar_id
            and {{ rows }}.{{ instant }} >= intervals.opens_us
{%- endmacro %}

{% macro spark__with_open_time(rows, instant, name) -%}
    select
        {{ rows }}.*,
        intervals.open_before_us
        + least({{ rows }}.{{ instant }}, intervals.closes_us)
        - intervals.opens_us as {{ name }}
    from {{ rows }}
    left join (
        select
            intervals.*,
            lead(intervals.opens_us) over (
                partition by intervals.calendar_id order by intervals.opens_us
            ) as next_opens_us
        from {{ ref('int_open_intervals') }} as intervals
    ) as intervals
        on
            {{ rows }}.calendar_id = intervals.calendar_id
            and {{ rows }}.{{ instant }} >= intervals.opens_us
            and {{ rows }}.{{ instant }} < coalesce(intervals.next_opens_us, 9223372036854775807)
{%- endmacro %}

{#- The earliest instant at which B reaches a value, in microseconds: the end of an interval that
    just holds it, never the start of the next. The result adds `{{ name }}`. -#}
{% macro with_instant_of_open_time(rows, open_time, name) -%}
    {{ return(adapter.dispatch('with_instant_of_open_time', 'leadpact')(rows, open_time, name)) }}
{%- endmacro %}

{% macro default__with_instant_of_open_time(rows, open_time, name) -%}
    select
        {{ rows }}.*,
        case
            when {{ rows }}.{{ open_time }} - intervals.open_before_us
                <= intervals.closes_us - intervals.opens_us
                then intervals.opens_us + {{ rows }}.{{ open_time }} - intervals.open_before_us
        end as {{ name }}
    from {{ rows }}
    asof left join {{ ref('int_open_intervals') }} as intervals
        on
            {{ rows }}.calendar_id = intervals.calendar_id
            and {{ rows }}.{{ open_time }} > intervals.open_before_us
{%- endmacro %}

{% macro spark__with_instant_of_open_time(rows, open_time, name) -%}
    select
        {{ rows }}.*,
        intervals.opens_us + {{ rows }}.{{ open_time }} - intervals.open_before_us as {{ name }}
    from {{ rows }}
    left join {{ ref('int_open_intervals') }} as intervals
        on
            {{ rows }}.calendar_id = intervals.calendar_id
            and {{ rows }}.{{ open_time }} > intervals.open_before_us
            and {{ rows }}.{{ open_time }}
            <= intervals.open_before_us + intervals.closes_us - intervals.opens_us
{%- endmacro %}
