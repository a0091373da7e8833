-- The obligations with a deadline whose clock started, with the segments of time that hold their
-- instants. An instant is in time exactly if the clock had run for less than the limit up to a
-- microsecond before it; so that is what is looked up.
{%- set cell = what_if_cell() %}
{%- set segments = ref('int_what_if_segments') %}

with obligations as (
    select
        obligations.cycle_id,
        obligations.clause,
        obligations.side,
        obligations.term_id,
        {{ quarter_start(local_date('obligations.starts_at')) }} as quarter_start,
        obligations.segment,
        obligations.region,
        coalesce(obligations.team, 'not_routed') as team,
        obligations.is_assessable,
        coalesce(cycles.calendar_id, {{ text_variable('default_calendar') }}) as own_calendar,
        obligations.fulfilled_at is not null as is_fulfilled,
        {{ microseconds('obligations.starts_at') }} as starts_us,
        {{ microseconds('obligations.fulfilled_at') }} - 1 as before_done_us,
        -- What was done by the closing is not excused by it.
        case
            when
                obligations.fulfilled_at is null
                or cycles.closed_at < obligations.fulfilled_at
                then {{ microseconds('cycles.closed_at') }} - 1
        end as before_closed_us
    from {{ ref('fct_sla_obligations') }} as obligations
    inner join {{ ref('fct_lead_cycles') }} as cycles
        on obligations.cycle_id = cycles.cycle_id
    where
        {{ is_tried('obligations.clause') }}
        and obligations.starts_at is not null
        and not cycles.is_mql_inferred
),

-- What an obligation is counted by, as one number: a million leads are then narrow rows.
cells as (
    select
        obligations.{{ cell | join(', obligations.') }},
        row_number() over (
            order by obligations.{{ cell | join(', obligations.') }}
        ) as cell_number
    from obligations
    group by obligations.{{ cell | join(', obligations.') }}
),

numbered as (
    select
        obligations.cycle_id,
        cells.cell_number,
        calendars.calendar_id as own_calendar,
        extended.calendar_id as extended_calendar,
        obligations.is_fulfilled,
        obligations.starts_us,
        obligations.before_done_us,
        obligations.before_closed_us
    from obligations
    inner join cells
        on
            {%- for column in cell if column != 'clause' %}
            obligations.{{ column }} = cells.{{ column }} and
            {%- endfor %}
            obligations.clause = cells.clause
    inner join {{ ref('int_what_if_calendars') }} as calendars
        on
            obligations.own_calendar = calendars.of_calendar
            and calendars.kind = 'agreed'
    inner join {{ ref('int_what_if_calendars') }} as extended
        on
            obligations.own_calendar = extended.of_calendar
            and extended.kind = 'extended'
),

from_start as (
    {{ with_segment('numbered', 'starts_us', 'start_segment', segments) }}
),

to_done as (
    {{ with_segment('from_start', 'before_done_us', 'done_segment', segments) }}
),

located as (
    {{ with_segment('to_done', 'before_closed_us', 'closed_segment', segments) }}
)

select
    located.cycle_id,
    cells.{{ cell | join(',\n    cells.') }},
    located.cell_number,
    located.own_calendar,
    located.extended_calendar,
    located.is_fulfilled,
    located.starts_us,
    located.before_done_us,
    located.before_closed_us,
    located.start_segment,
    located.done_segment,
    located.closed_segment
from located
inner join cells
    on located.cell_number = cells.cell_number
