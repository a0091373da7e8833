-- The clauses of both sides as the scorecard shows them. What nobody can judge gets neither colour
-- nor figure: a clause whose data was never exported would be red, or 100 %, for ever.
with assessable as (
    select
        assessability.clause,
        bool_or(assessability.is_assessable) as is_assessable
    from {{ ref('int_sla_assessability') }} as assessability
    group by assessability.clause
),

clauses as (
    select
        compliance.*,
        compliance.met + compliance.missed as judged,
        not coalesce(assessable.is_assessable, true)
        or coalesce(
            compliance.met + compliance.missed > 0
            and compliance.not_assessable = compliance.met + compliance.missed,
            false
        ) as is_blind
    from {{ ref('rpt_sla_compliance') }} as compliance
    left join assessable
        on compliance.clause = assessable.clause
    where
        compliance.dimension = 'all'
        -- What falls due in periods that have not begun is nobody's result yet.
        and compliance.period_start <= {{ local_date(as_of()) }}
        and compliance.period in {{ in_scorecard_periods() }}
)

select
    clauses.period,
    clauses.period_start,
    clauses.clause as metric,
    case
        when clauses.clause = 'volume' then clauses.target_count
        else clauses.target_rate
    end as target,
    case
        when clauses.is_blind then null
        when clauses.clause = 'volume' then cast(clauses.met as double)
        else clauses.rate
    end as actual,
    case when not clauses.is_blind then clauses.rate_low end as actual_low,
    case when not clauses.is_blind then clauses.rate_high end as actual_high,
    cast(clauses.met as decimal(38, 2)) as part,
    clauses.judged as whole,
    clauses.pending_due,
    case
        when clauses.is_blind then cast(0 as double)
        else (clauses.judged - clauses.not_assessable) / cast(nullif(clauses.judged, 0) as double)
    end as assessable_share,
    case when clauses.is_blind then 'not_assessable' else clauses.verdict end as verdict,
    clauses.is_conclusive and not clauses.is_blind as is_conclusive,
    clauses.is_complete,
    case when not clauses.is_blind then clauses.consecutive_missed end as consecutive_missed,
    clauses.is_escalated and not clauses.is_blind as is_escalated
from clauses
