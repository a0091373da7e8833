-- Clauses: escalated ones in every meeting, as they stand after the last complete week; missed
-- ones in the meeting that looks back on the period. What nobody can judge is no miss, it is a gap
-- in the exports.
with blind as (
    select
        assessability.clause,
        assessability.side,
        {{ joined_texts('assessability.to_export', '; ', 'assessability.crm') }} as to_export
    from {{ ref('rpt_sla_assessability') }} as assessability
    group by assessability.clause, assessability.side
    having not bool_or(assessability.is_assessable)
),

judged as (
    select
        compliance.*,
        {{ period_end('compliance.period', 'compliance.period_start') }} as period_end,
        case
            when compliance.clause = 'volume'
                then concat_ws(
                    '',
                    cast(compliance.met as string), ' MQLs of ',
                    {{ plain_number('round(compliance.target_count, 1)') }}
                )
            else concat_ws(
                '',
                cast(compliance.met as string), ' of ',
                cast(compliance.met + compliance.missed as string), ' met (',
                {{ percent_words('compliance.rate') }}, ')'
            )
        end as reached
    from {{ ref('rpt_sla_compliance') }} as compliance
    left join blind
        on compliance.clause = blind.clause
    where
        compliance.dimension = 'all'
        and compliance.is_complete
        and blind.clause is null
        and coalesce(compliance.not_assessable < compliance.met + compliance.missed, true)
),

weeks as (
    select judged.*
    from judged
    inner join {{ ref('int_agenda_meetings') }} as meetings
        on
            meetings.meeting = 'weekly'
            and judged.period = meetings.period
            and judged.period_start = meetings.period_start
    where judged.is_escalated
),

found as (
    select
        meetings.meeting,
        'escalation' as topic,
        weeks.clause,
        weeks.side,
        weeks.period,
        weeks.period_start,
        weeks.period_end,
        weeks.consecutive_missed as weight,
        concat_ws(
            '',
            weeks.clause, ': missed ', cast(weeks.consecutive_missed as string),
            ' weeks in a row; in the last one ', weeks.reached, ', ',
            {{ percent_words('weeks.target_rate') }}, ' promised.'
        ) as statement
    from weeks
    cross join {{ ref('int_agenda_meetings') }} as meetings
    union all
    select
        meetings.meeting,
        'missed_clause' as topic,
        judged.clause,
        judged.side,
        judged.period,
        judged.period_start,
        judged.period_end,
        judged.target_rate - judged.rate as weight,
        concat_ws(
            '',
            judged.clause, ': ', judged.reached, ', ', {{ percent_words('judged.target_rate') }},
            ' promised',
            case
                when judged.clause = 'volume' then '.'
                when judged.is_conclusive then '; more than chance explains.'
                else '; so few that it may be chance.'
            end
        ) as statement
    from judged
    inner join {{ ref('int_agenda_meetings') }} as meetings
        on
            judged.period = meetings.period
            and judged.period_start = meetings.period_start
    left join weeks
        on judged.clause = weeks.clause
    where
        judged.verdict = 'missed'
        and weeks.clause is null
)

select
    found.meeting,
    found.topic,
    found.side,
    found.clause as subject,
    cast(found.weight as double) as weight,
    found.statement,
    case
        when found.clause = 'volume' then 'marts.rpt_mql_volume'
        else 'marts.fct_sla_obligations'
    end as rows_in,
    case
        when found.clause = 'volume'
            then concat_ws(
                '',
                'period = ''', case found.period when 'quarter' then 'month' else found.period end,
                ''' and period_start >= ', {{ sql_date('found.period_start') }},
                ' and period_start < ', {{ sql_date('found.period_end') }}
            )
        else concat_ws(
            '',
            'clause = ''', found.clause, ''' and status = ''missed'' and counts_on >= ',
            {{ sql_date('found.period_start') }}, ' and counts_on < ',
            {{ sql_date('found.period_end') }}
        )
    end as row_filter
from found
union all
select
    meetings.meeting,
    'not_assessable' as topic,
    blind.side,
    blind.clause as subject,
    cast(0 as double) as weight,
    concat_ws('', blind.clause, ' cannot be judged: ', blind.to_export) as statement,
    'marts.rpt_sla_assessability' as rows_in,
    concat_ws('', 'clause = ''', blind.clause, '''') as row_filter
from blind
cross join {{ ref('int_agenda_meetings') }} as meetings
