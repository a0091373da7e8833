-- Clauses: escalated ones in every meeting, as the scorecard shows them after the last complete
-- week; missed ones in the meeting that looks back on the period. What nobody can judge is no miss,
-- it is a gap in the exports.
with blind as (
    select
        assessability.clause,
        assessability.side,
        {{ joined_texts('assessability.to_export', '; ', 'assessability.crm') }} as to_export
    from {{ ref('rpt_sla_assessability') }} as assessability
    group by assessability.clause, assessability.side
    having not bool_or(assessability.is_assessable)
),

missed as (
    select
        compliance.*,
        {{ period_end('compliance.period', 'compliance.period_start') }} as period_end,
        {{ reached_words('compliance') }} as reached
    from {{ ref('rpt_sla_compliance') }} as compliance
    left join blind
        on compliance.clause = blind.clause
    where
        compliance.dimension = 'all'
        and compliance.is_complete
        and compliance.verdict = 'missed'
        and blind.clause is null
        and coalesce(compliance.not_assessable < compliance.met + compliance.missed, true)
),

-- A week without data leaves a clause escalated: the last week missed may lie further back.
weeks as (
    select
        missed.*,
        missed.period_start = scorecard.period_start as is_last_week,
        row_number() over (partition by missed.clause order by missed.period_start desc)
            as weeks_back
    from missed
    inner join {{ ref('int_agenda_meetings') }} as meetings
        on
            meetings.meeting = 'weekly'
            and missed.period = meetings.period
            and missed.period_start <= meetings.period_start
    inner join {{ ref('int_scorecard_clauses') }} as scorecard
        on
            missed.clause = scorecard.metric
            and meetings.period = scorecard.period
            and meetings.period_start = scorecard.period_start
            and scorecard.is_escalated
),

escalated as (
    select weeks.*
    from weeks
    where weeks.weeks_back = 1
),

found as (
    select
        meetings.meeting,
        'escalation' as topic,
        escalated.clause,
        escalated.side,
        escalated.period,
        escalated.period_start,
        escalated.period_end,
        escalated.consecutive_missed as weight,
        concat_ws(
            '',
            escalated.clause, ': missed ', cast(escalated.consecutive_missed as string),
            ' weeks in a row; in the last one ',
            case
                when not escalated.is_last_week
                    then concat_ws('', '(', cast(escalated.period_start as string), ') ')
            end,
            escalated.reached, ', ', {{ percent_words('escalated.target_rate') }}, ' promised.'
        ) as statement
    from escalated
    cross join {{ ref('int_agenda_meetings') }} as meetings
    union all
    select
        meetings.meeting,
        'missed_clause' as topic,
        missed.clause,
        missed.side,
        missed.period,
        missed.period_start,
        missed.period_end,
        missed.target_rate - missed.rate as weight,
        concat_ws(
            '',
            missed.clause, ': ', missed.reached, ', ', {{ percent_words('missed.target_rate') }},
            ' promised',
            case
                when missed.clause = 'volume' then '.'
                when missed.is_conclusive then '; more than chance explains.'
                else '; so few that it may be chance.'
            end
        ) as statement
    from missed
    inner join {{ ref('int_agenda_meetings') }} as meetings
        on
            missed.period = meetings.period
            and missed.period_start = meetings.period_start
    left join escalated
        on missed.clause = escalated.clause
    where escalated.clause is null
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
    {{ rows_of_clause('found') }} as row_filter
from found
union all
select
    meetings.meeting,
    'not_assessable' as topic,
    blind.side,
    blind.clause as subject,
    cast(0 as double) as weight,
    concat_ws('', blind.clause, ' cannot be judged; to export: ', blind.to_export, '.')
        as statement,
    'marts.rpt_sla_assessability' as rows_in,
    concat_ws('', 'clause = ''', blind.clause, '''') as row_filter
from blind
cross join {{ ref('int_agenda_meetings') }} as meetings
