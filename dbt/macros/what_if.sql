{#- The other agreements that rpt_sla_what_if tries: for each clause with a deadline the limits, in
    seconds, and the clocks. `agreed` is tried besides: each term's own limit and own clock. -#}
{% macro what_if_limits() -%}
    {{ return({
        'handoff': [60, 300, 900, 1800, 3600, 14400],
        'speed_to_lead': [300, 900, 1800, 3600, 7200, 14400, 28800],
        'disposition': [86400, 172800, 259200, 345600, 604800],
    }) }}
{%- endmacro %}

{% macro is_tried(clause) -%}
    {{ clause }} in ('{{ what_if_limits() | join("', '") }}')
{%- endmacro %}

{#- `around_the_clock`: every hour counts, weekends too. `own_hours`: the business hours of the rep's
    calendar. `extended_hours`: the days of the rep's calendar, in its time zone, from one time to
    another. `calendar`: everybody works by one calendar of the agreement, each of them in turn. -#}
{% macro what_if_clocks() -%}
    {{ return({
        'handoff': ['around_the_clock', 'own_hours'],
        'speed_to_lead': ['around_the_clock', 'own_hours', 'extended_hours', 'calendar'],
        'disposition': ['around_the_clock', 'own_hours'],
    }) }}
{%- endmacro %}

{% macro extended_hours() -%}
    {{ return(['08:00', '20:00']) }}
{%- endmacro %}

{#- What obligations are counted by. -#}
{% macro what_if_cell() -%}
    {{ return([
        'clause', 'side', 'term_id', 'quarter_start', 'segment', 'region', 'team', 'is_assessable',
    ]) }}
{%- endmacro %}

{#- Clauses and the clocks that are tried for them by calendars. -#}
{% macro what_if_trials() -%}
    {%- set trials = [] -%}
    {%- for clause, clocks in what_if_clocks().items() -%}
        {%- for clock in clocks if clock != 'around_the_clock' -%}
            {%- do trials.append((clause, clock)) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(trials) }}
{%- endmacro %}

{#- Whether an obligation is timed by a calendar under a clock. -#}
{% macro is_tried_by(obligations, clock, calendars) -%}
    {%- if clock == 'calendar' -%}
    {{ calendars }}.kind = 'agreed'
    {%- elif clock == 'extended_hours' -%}
    {{ calendars }}.calendar_id = {{ obligations }}.extended_calendar
    {%- else -%}
    {{ calendars }}.calendar_id = {{ obligations }}.own_calendar
    {%- endif -%}
{%- endmacro %}

{#- Of microseconds of waiting, how many of a clause's limits are shorter: 0 is within all of them.
    Null, what never came, is within none. -#}
{% macro limits_passed(clause, waited) -%}
    case {{ clause }}
        {%- for name, limits in what_if_limits().items() %}
        when '{{ name }}'
            then
                case
                    {%- for limit in limits %}
                    when {{ waited }} <= cast({{ limit }} as bigint) * 1000000 then {{ loop.index0 }}
                    {%- endfor %}
                    else {{ limits | length }}
                end
        {%- endfor %}
    end
{%- endmacro %}

{#- What the ledger says of an obligation by three questions: what was owed, the closing of the cycle
    and as_of, was each of them in time? -#}
{% macro status_in_time(is_done_in_time, is_closed_in_time, is_now_in_time, is_fulfilled) -%}
    case
        when {{ is_done_in_time }} then 'met'
        when {{ is_closed_in_time }} then 'exempt'
        when {{ is_fulfilled }} or not {{ is_now_in_time }} then 'missed'
        else 'pending'
    end
{%- endmacro %}

{#- Microseconds waited from the start up to an instant, such that it is in time exactly if they are at
    most the limit; null if there is no such instant. What is read is the open time up to a microsecond
    before it (`before_<name>_us`), of int_what_if_clock joined as `at_start` and `at_<name>`. -#}
{% macro waited_on_clock(obligations, name) -%}
    case
        when {{ obligations }}.before_{{ name }}_us < {{ obligations }}.starts_us then 0
        else
            {{ open_time_within('at_' ~ name, obligations ~ '.before_' ~ name ~ '_us') }}
            - ({{ open_time_within('at_start', obligations ~ '.starts_us') }})
            + 1
    end
{%- endmacro %}

{% macro waited_on_wall(obligations, name) -%}
    greatest(
        {{ obligations }}.before_{{ name }}_us - {{ obligations }}.starts_us + 1,
        case when {{ obligations }}.before_{{ name }}_us is not null then 0 end
    )
{%- endmacro %}

{#- Joins what the clock of each row's calendar says at the start of the segments named. -#}
{% macro read_clocks(rows, names) -%}
    {% for name in names -%}
    left join {{ ref('int_what_if_clock') }} as at_{{ name }}
        on
            {{ rows }}.{{ name }}_segment = at_{{ name }}.segment_number
            and {{ rows }}.calendar_id = at_{{ name }}.calendar_id
    {% endfor -%}
{%- endmacro %}

{#- Open time of a calendar up to an instant: what int_what_if_clock says of the start of its segment,
    and the time since, if it is open. -#}
{% macro open_time_within(read, instant) -%}
    {{ read }}.open_us
    + case when {{ read }}.is_open then {{ instant }} - {{ read }}.starts_us else 0 end
{%- endmacro %}

{#- Every dimension as grouping sets, by quarter and over the whole time; `keys` belong to all. -#}
{% macro what_if_cuts(relation, keys, dimensions) -%}
    {%- set sets = [] -%}
    {%- for period in [['quarter_start'], []] -%}
        {%- for name, column in dimensions -%}
            {%- set columns = period + keys + ([column] if column else []) -%}
            {%- do sets.append('(' ~ relation ~ '.' ~ columns | join(', ' ~ relation ~ '.') ~ ')') -%}
        {%- endfor -%}
    {%- endfor -%}
    grouping sets (
        {{ sets | join(',\n        ') }}
    )
{%- endmacro %}
