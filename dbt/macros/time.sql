{#- Instants are timestamps without zone in UTC; dates are dates in the reporting zone. These four
    macros are the only place where one becomes the other. -#}

{% macro local_date(instant) -%}
    cast({{ in_zone(instant, text_variable('reporting_timezone')) }} as date)
{%- endmacro %}

{#- The wall clock of a zone at an instant, as timestamp without zone. -#}
{% macro in_zone(instant, zone) -%}
    {{ return(adapter.dispatch('in_zone', 'leadpact')(instant, zone)) }}
{%- endmacro %}

{% macro default__in_zone(instant, zone) -%}
    timezone({{ zone }}, timezone('UTC', {{ instant }}))
{%- endmacro %}

{% macro spark__in_zone(instant, zone) -%}
    convert_timezone('UTC', {{ zone }}, {{ instant }})
{%- endmacro %}

{#- The instant at which a wall clock of a zone shows a time; the inverse of in_zone(). -#}
{% macro from_zone(wall_clock, zone) -%}
    {{ return(adapter.dispatch('from_zone', 'leadpact')(wall_clock, zone)) }}
{%- endmacro %}

{% macro default__from_zone(wall_clock, zone) -%}
    timezone('UTC', timezone({{ zone }}, {{ wall_clock }}))
{%- endmacro %}

{% macro spark__from_zone(wall_clock, zone) -%}
    convert_timezone({{ zone }}, 'UTC', {{ wall_clock }})
{%- endmacro %}

{#- The instant at which a date begins in the reporting zone. -#}
{% macro start_of_day(day) -%}
    {{ from_zone('cast(' ~ day ~ ' as timestamp)', text_variable('reporting_timezone')) }}
{%- endmacro %}

{#- Weeks are ISO weeks: they start on Monday. -#}
{% macro week_start(day) -%}
    cast(date_trunc('week', {{ day }}) as date)
{%- endmacro %}

{% macro month_start(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}

{#- Quarters of the fiscal year: shift the fiscal year onto the calendar year, truncate, shift
    back. -#}
{% macro quarter_start(day) -%}
    {%- set shift = (var('fiscal_year_start_month') - 1) % 3 -%}
    {%- if shift == 0 -%}
    cast(date_trunc('quarter', {{ day }}) as date)
    {%- else -%}
    cast(
        date_trunc('quarter', {{ day }} - interval '{{ shift }}' month) + interval '{{ shift }}' month
        as date
    )
    {%- endif -%}
{%- endmacro %}

{#- Seconds from one instant to another, fractions kept; negative when the second is earlier. -#}
{% macro seconds_between(earlier, later) -%}
    {{ return(adapter.dispatch('seconds_between', 'leadpact')(earlier, later)) }}
{%- endmacro %}

{% macro default__seconds_between(earlier, later) -%}
    (epoch({{ later }}) - epoch({{ earlier }}))
{%- endmacro %}

{% macro spark__seconds_between(earlier, later) -%}
    (
        (unix_micros(cast({{ later }} as timestamp)) - unix_micros(cast({{ earlier }} as timestamp)))
        / 1000000.0
    )
{%- endmacro %}

{#- The instant up to which the data speaks, as a scalar. Never the wall clock. -#}
{% macro as_of() -%}
    (select run_context.as_of from {{ ref('stg_run_context') }} as run_context)
{%- endmacro %}

{#- One row per day from one column of a one-row relation up to, not including, another. -#}
{% macro days_between(relation, first, after_last) -%}
    {{ return(adapter.dispatch('days_between', 'leadpact')(relation, first, after_last)) }}
{%- endmacro %}

{% macro default__days_between(relation, first, after_last) -%}
    select cast(
        unnest(generate_series({{ first }}, {{ after_last }} - interval '1' day, interval '1' day))
        as date
    ) as date_day
    from {{ relation }}
{%- endmacro %}

{% macro spark__days_between(relation, first, after_last) -%}
    select explode(
        sequence({{ first }}, cast({{ after_last }} as date) - interval '1' day, interval '1' day)
    ) as date_day
    from {{ relation }}
{%- endmacro %}

{#- Microseconds since 1970: whole numbers, so that "exactly at the deadline" is exact. -#}
{% macro microseconds(instant) -%}
    {{ return(adapter.dispatch('microseconds', 'leadpact')(instant)) }}
{%- endmacro %}

{% macro default__microseconds(instant) -%}
    epoch_us({{ instant }})
{%- endmacro %}

{% macro spark__microseconds(instant) -%}
    unix_micros(cast({{ instant }} as timestamp))
{%- endmacro %}

{#- The instant a number of microseconds after 1970; the inverse of microseconds(). -#}
{% macro from_microseconds(number) -%}
    {{ return(adapter.dispatch('from_microseconds', 'leadpact')(number)) }}
{%- endmacro %}

{% macro default__from_microseconds(number) -%}
    make_timestamp({{ number }})
{%- endmacro %}

{% macro spark__from_microseconds(number) -%}
    cast(timestamp_micros({{ number }}) as timestamp_ntz)
{%- endmacro %}

{#- The first instant at which a zone's wall clock shows a time. Where the clock is set back the time
    comes twice and the first counts; where it is set forward the time is skipped and the clock is
    read as it went before, so a shift lasts as long as it says. `columns` are columns of a small
    relation; the engines' own conversions disagree about both cases. -#}
{% macro first_instant_of(wall_clock, zone) -%}
    {%- set before = offset_at(wall_clock ~ " - interval '24' hour", zone) -%}
    {%- set after = offset_at(wall_clock ~ " + interval '24' hour", zone) -%}
    case
        when {{ in_zone(wall_clock ~ ' - ' ~ before, zone) }} = {{ wall_clock }}
            then {{ wall_clock }} - {{ before }}
        when {{ in_zone(wall_clock ~ ' - ' ~ after, zone) }} = {{ wall_clock }}
            then {{ wall_clock }} - {{ after }}
        else {{ wall_clock }} - {{ before }}
    end
{%- endmacro %}

{#- How far a zone's wall clock is ahead of UTC at an instant, as an interval. -#}
{% macro offset_at(instant, zone) -%}
    ({{ in_zone(instant, zone) }} - ({{ instant }}))
{%- endmacro %}

{#- 1 Monday to 7 Sunday. -#}
{% macro iso_weekday(day) -%}
    {{ return(adapter.dispatch('iso_weekday', 'leadpact')(day)) }}
{%- endmacro %}

{% macro default__iso_weekday(day) -%}
    cast(extract(isodow from {{ day }}) as integer)
{%- endmacro %}

{% macro spark__iso_weekday(day) -%}
    (weekday({{ day }}) + 1)
{%- endmacro %}

{#- The first day of the period of a name that holds a day. -#}
{% macro period_start(period, day) -%}
    {%- if period == 'week' -%}{{ week_start(day) }}
    {%- elif period == 'month' -%}{{ month_start(day) }}
    {%- elif period == 'quarter' -%}{{ quarter_start(day) }}
    {%- else -%}{{ exceptions.raise_compiler_error('no such period: ' ~ period) }}
    {%- endif -%}
{%- endmacro %}

{#- The day after the last of a period; `period` is a column with its name. -#}
{% macro period_end(period, period_start) -%}
    cast(
        case {{ period }}
            when 'week' then {{ period_start }} + interval '7' day
            when 'month' then {{ period_start }} + interval '1' month
            when 'quarter' then {{ period_start }} + interval '3' month
        end as date
    )
{%- endmacro %}

{#- The first day of the quarter that many quarters before the one of a day; a negative number looks
    ahead. -#}
{% macro quarters_before(day, quarters) -%}
    cast({{ quarter_start(day) }} - interval '{{ 3 * quarters }}' month as date)
{%- endmacro %}

{#- The first day of the last quarter that is over by as_of. -#}
{% macro last_complete_quarter() -%}
    {{ quarters_before(local_date(as_of()), 1) }}
{%- endmacro %}

{#- Days from one date to another. -#}
{% macro whole_days_between(first, last) -%}
    {{ return(adapter.dispatch('whole_days_between', 'leadpact')(first, last)) }}
{%- endmacro %}

{% macro default__whole_days_between(first, last) -%}
    date_diff('day', {{ first }}, {{ last }})
{%- endmacro %}

{% macro spark__whole_days_between(first, last) -%}
    datediff({{ last }}, {{ first }})
{%- endmacro %}
