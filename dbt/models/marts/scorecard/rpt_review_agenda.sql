-- The three meetings as lists to work through, escalated clauses first.
with topics as (
    {%- for topic in agenda_topics() %}
    select
        {{ loop.index }} as section,
        '{{ topic }}' as topic
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

items as (
    {%- for part in ['clauses', 'protocol', 'sources', 'leads'] %}
    select
        {{ part }}.meeting,
        {{ part }}.topic,
        {{ part }}.side,
        {{ part }}.subject,
        {{ part }}.weight,
        {{ part }}.statement,
        {{ part }}.rows_in,
        {{ part }}.row_filter
    from {{ ref('int_agenda_' ~ part) }} as {{ part }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    items.meeting,
    cast(
        row_number() over (
            partition by items.meeting
            order by
                topics.section asc, items.weight desc, items.subject asc, items.row_filter asc
        ) as integer
    ) as position,
    items.topic,
    items.side,
    items.subject,
    items.statement,
    items.rows_in,
    items.row_filter,
    meetings.minutes,
    meetings.period_start
from items
inner join topics
    on items.topic = topics.topic
inner join {{ ref('int_agenda_meetings') }} as meetings
    on items.meeting = meetings.meeting
