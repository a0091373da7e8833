-- What waits for somebody, and rejections above the share at which both sides meet.
with queues as (
    select
        queue.queue,
        count(*) as leads,
        count(*) filter (where queue.is_overdue) as overdue,
        max({{ seconds_between('queue.waiting_since', as_of()) }}) as longest
    from {{ ref('rpt_disqualification_queue') }} as queue
    where queue.is_open
    group by queue.queue
),

rates as (
    select
        rates.*,
        case when rates.dimension = 'all' then 'all sources' else rates.dimension_value end
            as subject
    from {{ ref('rpt_disqualification_rates') }} as rates
    inner join {{ ref('int_agenda_meetings') }} as meetings
        on
            meetings.meeting = 'weekly'
            and rates.week_start = meetings.period_start
    where
        rates.period = 'trailing_four_weeks'
        and rates.dimension in ('all', 'source')
        and rates.trigger is not null
)

select
    meetings.meeting,
    'waiting' as topic,
    case queues.queue
        when 'disposition' then 'sales'
        when 'ruling' then 'marketing'
        else 'joint'
    end as side,
    queues.queue as subject,
    cast(queues.overdue as double) as weight,
    concat_ws(
        '',
        {{ counted('queues.leads', 'lead') }},
        case queues.queue
            when 'disposition' then ' without a disposition, '
            when 'ruling' then ' rejected without a ruling, '
            else ' contested, '
        end,
        case
            when queues.queue <> 'contested'
                then cast(queues.overdue as string) || ' of them overdue, '
            else ''
        end,
        'the oldest for ', {{ duration_words('queues.longest', "'wall'") }}, '.'
    ) as statement,
    'marts.rpt_disqualification_queue' as rows_in,
    concat_ws('', 'queue = ''', queues.queue, ''' and is_open') as row_filter
from queues
cross join {{ ref('int_agenda_meetings') }} as meetings
where meetings.meeting <> 'quarterly'
union all
select
    meetings.meeting,
    'joint_review' as topic,
    'joint' as side,
    rates.subject,
    rates.rate as weight,
    concat_ws(
        '',
        rates.subject, ': ', cast(rates.rejected as string), ' of ',
        cast(rates.dispositioned as string), ' rejected in four weeks (',
        {{ percent_words('rates.rate') }}, '), above ',
        {{ percent_words('rates.joint_review_above') }},
        case when rates.is_conclusive then '.' else '; so few that it may be chance.' end
    ) as statement,
    'marts.rpt_disqualification_rates' as rows_in,
    concat_ws(
        '',
        'period = ''trailing_four_weeks'' and week_start = ', {{ sql_date('rates.week_start') }},
        ' and dimension = ''', rates.dimension, ''' and dimension_value = ',
        {{ sql_literal('rates.dimension_value') }}
    ) as row_filter
from rates
cross join {{ ref('int_agenda_meetings') }} as meetings
