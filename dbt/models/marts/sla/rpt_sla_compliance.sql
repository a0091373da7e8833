with verdicts as (
    select * from {{ ref('int_compliance_verdicts') }}
),

runs as (
    {{ with_missed_runs('verdicts', ['clause', 'dimension', 'dimension_value']) }}
)

select
    runs.period,
    runs.period_start,
    runs.clause,
    runs.side,
    runs.dimension,
    runs.dimension_value,
    runs.met,
    runs.missed,
    runs.exempt,
    runs.pending_due,
    runs.not_assessable,
    runs.target_count,
    runs.rate,
    runs.target_rate,
    runs.rate_low,
    runs.rate_high,
    elapsed.mean_s as elapsed_mean_s,
    elapsed.median_s as elapsed_median_s,
    elapsed.p90_s as elapsed_p90_s,
    runs.verdict,
    runs.verdict = 'missed' and coalesce(runs.rate_high < runs.target_rate, false)
        as is_conclusive,
    runs.is_complete,
    cast(runs.consecutive_missed as integer) as consecutive_missed,
    runs.period = 'week' and runs.dimension = 'all' and runs.consecutive_missed >= 2
        as is_escalated
from runs
left join {{ ref('int_compliance_elapsed') }} as elapsed
    on
        runs.period = elapsed.period
        and runs.period_start = elapsed.period_start
        and runs.clause = elapsed.clause
        and runs.dimension = elapsed.dimension
        and runs.dimension_value = elapsed.dimension_value
