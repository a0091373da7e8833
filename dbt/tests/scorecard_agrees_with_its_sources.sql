-- What the leaders see is what compliance and the disqualification rates say.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_scorecard'}}}) }}

with clauses as (
    select
        compliance.period,
        compliance.period_start,
        compliance.clause as metric,
        case when compliance.clause = 'volume' then compliance.met else compliance.rate end
            as actual,
        compliance.is_complete
    from {{ ref('rpt_sla_compliance') }} as compliance
    where
        compliance.dimension = 'all'
        and compliance.period in {{ in_scorecard_periods() }}
        and compliance.period_start <= {{ local_date(as_of()) }}
),

rejections as (
    select
        rates.period,
        rates.week_start as period_start,
        'disqualification' as metric,
        rates.rate as actual,
        rates.is_complete
    from {{ ref('rpt_disqualification_rates') }} as rates
    where
        rates.period = 'week'
        and rates.dimension = 'all'
        -- The scorecard begins with the quarter of the first MQL.
        and rates.week_start >= (select min(dates.week_start) from {{ ref('dim_date') }} as dates)
),

expected as (
    select * from clauses
    union all
    select * from rejections
)

select
    expected.period,
    expected.period_start,
    expected.metric,
    expected.actual as expected,
    scorecard.actual
from expected
left join {{ ref('rpt_scorecard') }} as scorecard
    on
        expected.period = scorecard.period
        and expected.period_start = scorecard.period_start
        and expected.metric = scorecard.metric
where
    scorecard.metric is null
    or (
        scorecard.actual is distinct from expected.actual
        -- What nobody can judge has no figure.
        and (scorecard.verdict <> 'not_assessable' or scorecard.actual is not null)
    )
    or scorecard.is_complete <> expected.is_complete
