{#- Minutes from midnight to a wall clock time HH:MM; 24:00 is 1440. -#}
{% macro minute_of_day(time) -%}
    (cast(split_part({{ time }}, ':', 1) as integer) * 60 + cast(split_part({{ time }}, ':', 2) as integer))
{%- endmacro %}

{#- B(t): how long a calendar had been open up to an instant, in microseconds. `rows` is a narrow
    relation with calendar_id and the instant in microseconds; the result adds `{{ name }}`, and on
    request whether the calendar is open at the instant (at its opening it is, at its closing it is
    not). A row before the calendar's first interval gets null, which the build's coverage test turns
    into a failure: a clock that is asked outside its calendar must not clamp. `intervals` are those
    of other calendars than the agreement's. -#}
{% macro with_open_time(rows, instant, name, is_open=none, intervals=none) -%}
    {{ return(adapter.dispatch('with_open_time', 'leadpact')(
        rows, instant, name, is_open, intervals or ref('int_open_intervals')
    )) }}
{%- endmacro %}

{% macro open_time_columns(rows, instant, name, is_open) -%}
    {%- if is_open %}
        coalesce({{ rows }}.{{ instant }} < intervals.closes_us, false) as {{ is_open }},
    {%- endif %}
        intervals.open_before_us
        + least({{ rows }}.{{ instant }}, intervals.closes_us)
        - intervals.opens_us as {{ name }}
{%- endmacro %}

{% macro default__with_open_time(rows, instant, name, is_open, intervals) -%}
    select
        {{ rows }}.*,
        {{- open_time_columns(rows, instant, name, is_open) }}
    from {{ rows }}
    asof left join {{ intervals }} as intervals
        on
            {{ rows }}.calendar_id = intervals.calendar_id
            and {{ rows }}.{{ instant }} >= intervals.opens_us
{%- endmacro %}

{% macro spark__with_open_time(rows, instant, name, is_open, intervals) -%}
    select
        {{ rows }}.*,
        {{- open_time_columns(rows, instant, name, is_open) }}
    from {{ rows }}
    left join (
        select
            intervals.*,
            lead(intervals.opens_us) over (
                partition by intervals.calendar_id order by intervals.opens_us
            ) as next_opens_us
        from {{ intervals }} as intervals
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

{#- The open intervals of calendars as a prefix sum: common table expressions and a final select over
    `{{ hours }}`, which has for each day and calendar its hours as wall clocks (calendar_id, timezone,
    opens, closes). Each day's hours are converted by themselves, so a change of the clocks on a
    working day is right. -#}
{% macro open_intervals(hours) -%}
converted as (
    select
        {{ hours }}.calendar_id,
        {{ first_instant_of(hours ~ '.opens', hours ~ '.timezone') }} as opens_at,
        {{ first_instant_of(hours ~ '.closes', hours ~ '.timezone') }} as closes_at
    from {{ hours }}
),

-- Hours that touch the skipped hour of a spring night may run into the next ones.
apart as (
    select
        converted.calendar_id,
        greatest(
            converted.opens_at,
            max(converted.closes_at) over (
                partition by converted.calendar_id
                order by converted.opens_at, converted.closes_at
                rows between unbounded preceding and 1 preceding
            )
        ) as opens_at,
        converted.closes_at
    from converted
),

measured as (
    select
        apart.calendar_id,
        {{ microseconds('apart.opens_at') }} as opens_us,
        {{ microseconds('apart.closes_at') }} as closes_us
    from apart
    where apart.opens_at < apart.closes_at
)

select
    measured.calendar_id,
    measured.opens_us,
    measured.closes_us,
    coalesce(
        cast(
            sum(measured.closes_us - measured.opens_us) over (
                partition by measured.calendar_id
                order by measured.opens_us
                rows between unbounded preceding and 1 preceding
            ) as bigint
        ),
        0
    ) as open_before_us
from measured
{%- endmacro %}

{#- The latest row of a small relation at or before an instant, by its number: `segments` has
    segment_number and starts_us. The result adds `{{ name }}`, null for a null instant. -#}
{% macro with_segment(rows, instant, name, segments) -%}
    {{ return(adapter.dispatch('with_segment', 'leadpact')(rows, instant, name, segments)) }}
{%- endmacro %}

{% macro default__with_segment(rows, instant, name, segments) -%}
    select
        {{ rows }}.*,
        segments.segment_number as {{ name }}
    from {{ rows }}
    asof left join {{ segments }} as segments
        on {{ rows }}.{{ instant }} >= segments.starts_us
{%- endmacro %}

{% macro spark__with_segment(rows, instant, name, segments) -%}
    select
        {{ rows }}.*,
        segments.segment_number as {{ name }}
    from {{ rows }}
    left join (
        select
            segments.*,
            lead(segments.starts_us) over (order by segments.starts_us) as next_starts_us
        from {{ segments }} as segments
    ) as segments
        on
            {{ rows }}.{{ instant }} >= segments.starts_us
            and {{ rows }}.{{ instant }} < coalesce(segments.next_starts_us, 9223372036854775807)
{%- endmacro %}
