-- Every obligation with a deadline, timed by every clock that is tried, and counted by how many of
-- the clause's limits its instants passed: 0 is within all of them.
{%- set cell = what_if_cell() %}

with obligations as (
    select
        obligations.*,
        {{ microseconds(as_of()) }} - 1 as before_now_us,
        (
            select max(segments.segment_number)
            from {{ ref('int_what_if_segments') }} as segments
            where segments.starts_us < {{ microseconds(as_of()) }}
        ) as now_segment
    from {{ ref('int_what_if_obligations') }} as obligations
),

tried as (
    {%- for clause, clock in what_if_trials() %}
    select
        obligations.*,
        '{{ clock }}' as clock,
        calendars.calendar_id
    from obligations
    inner join {{ ref('int_what_if_calendars') }} as calendars
        on {{ is_tried_by('obligations', clock, 'calendars') }}
    where obligations.clause = '{{ clause }}'
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- Few cycles were closed without or before what was owed; the others are not asked for it.
timed as (
    {%- for is_closed in [false, true] %}
    select
        {{ waited_on_clock('tried', 'done') }} as done_us,
        {{ waited_on_clock('tried', 'now') }} as now_us,
        {{ waited_on_clock('tried', 'closed') if is_closed else 'cast(null as bigint)' }}
            as closed_us,
        tried.cell_number,
        tried.clause,
        tried.clock,
        tried.calendar_id,
        tried.is_fulfilled
    from tried
    {{ read_clocks('tried', ['start', 'done', 'now'] + (['closed'] if is_closed else [])) }}
    where tried.before_closed_us is {{ 'not ' if is_closed }}null
    union all
    {%- endfor %}
    select
        {%- for name in ['done', 'now', 'closed'] %}
        {{ waited_on_wall('obligations', name) }} as {{ name }}_us,
        {%- endfor %}
        obligations.cell_number,
        obligations.clause,
        'around_the_clock' as clock,
        cast(null as integer) as calendar_id,
        obligations.is_fulfilled
    from obligations
),

cells as (
    select distinct
        obligations.cell_number,
        obligations.{{ cell | join(', obligations.') }},
        terms.clock = 'business' as is_business,
        {{ limit_microseconds('terms') }} as limit_us
    from obligations
    inner join {{ ref('dim_sla_term') }} as terms
        on obligations.term_id = terms.term_id
),

counted as (
    select
        timed.cell_number,
        timed.clock,
        case when timed.clock = 'calendar' then timed.calendar_id end as calendar_id,
        timed.is_fulfilled,
        {%- for name in ['done', 'closed', 'now'] %}
        {{ limits_passed('timed.clause', 'timed.' ~ name ~ '_us') }} as {{ name }}_passes,
        {%- endfor %}
        {{ status_in_time(
            'timed.done_us <= cells.limit_us',
            'timed.closed_us <= cells.limit_us',
            '(timed.now_us <= cells.limit_us)',
            'timed.is_fulfilled',
        ) }} as status_at_agreed_limit,
        count(*) as obligations
    from timed
    inner join cells
        on timed.cell_number = cells.cell_number
    group by all
)

select
    cells.{{ cell | join(',\n    cells.') }},
    cells.is_business,
    counted.clock,
    calendars.of_calendar as calendar_id,
    counted.is_fulfilled,
    counted.done_passes,
    counted.closed_passes,
    counted.now_passes,
    counted.status_at_agreed_limit,
    counted.obligations
from counted
inner join cells
    on counted.cell_number = cells.cell_number
left join {{ ref('int_what_if_calendars') }} as calendars
    on counted.calendar_id = calendars.calendar_id
