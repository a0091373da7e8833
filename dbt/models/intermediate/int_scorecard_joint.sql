-- What both sides answer for together. Coverage and benchmarks are of the quarter as it stands, so
-- only the periods that are not over show them.
{%- set above_target = is_above_share('measured.part', 'measured.whole', 'measured.target') %}

with happened as (
    select
        periods.*,
        {{ period_end('periods.period', 'periods.period_start') }} <= {{ local_date(as_of()) }}
            as is_complete
    from {{ ref('int_joint_periods') }} as periods
),

running as (
    select distinct
        happened.period,
        happened.period_start
    from happened
    where not happened.is_complete
),

-- A source counts as below once, however many of its steps are.
benchmarks as (
    select
        benchmarks.source,
        bool_or(benchmarks.verdict = 'below') as is_below
    from {{ ref('rpt_source_benchmarks') }} as benchmarks
    where
        benchmarks.quarter_start = {{ quarter_start(local_date(as_of())) }}
        and benchmarks.verdict <> 'too_few'
    group by benchmarks.source
),

-- Where no rejection was ever exported, whatever sales decided on seems accepted.
exports as (
    select
        count(*) > 0
        and count(*) filter (where exported.datum = 'closings') = 0 as is_without_rejections
    from {{ ref('int_exported_data') }} as exported
),

measured as (
    select
        happened.period,
        happened.period_start,
        happened.metric,
        case
            when happened.metric = 'disqualification'
                then cast({{ var('joint_review_rejection_rate') }} as double)
        end as target,
        case
            when happened.unit <> 'rate' then cast(happened.part as double)
            when not exports.is_without_rejections
                then cast(happened.part as double) / nullif(happened.whole, 0)
        end as actual,
        happened.part,
        happened.whole,
        happened.squares,
        happened.unit = 'rate' and not exports.is_without_rejections as is_share,
        case
            when happened.unit = 'rate' and exports.is_without_rejections then 'not_assessable'
        end as given_verdict,
        happened.is_complete
    from happened
    cross join exports
    union all
    select
        running.period,
        running.period_start,
        'coverage' as metric,
        cast(null as double) as target,
        totals.coverage as actual,
        cast(null as decimal(38, 2)) as part,
        cast(null as bigint) as whole,
        cast(null as decimal(38, 4)) as squares,
        false as is_share,
        case when totals.coverage_status = 'quota_reached' then 'met' end as given_verdict,
        false as is_complete
    from running
    left join {{ ref('rpt_pipeline_coverage_totals') }} as totals
        on
            totals.dimension = 'all'
            and totals.quarter_start = {{ quarter_start(local_date(as_of())) }}
    union all
    select
        running.period,
        running.period_start,
        'sources_below' as metric,
        cast(0 as double) as target,
        -- Nothing is known before one source has enough cycles.
        case
            when count(benchmarks.source) > 0
                then cast(count(*) filter (where benchmarks.is_below) as double)
        end as actual,
        cast(count(*) filter (where benchmarks.is_below) as decimal(38, 2)) as part,
        count(benchmarks.source) as whole,
        cast(null as decimal(38, 4)) as squares,
        false as is_share,
        cast(null as string) as given_verdict,
        false as is_complete
    from running
    left join benchmarks
        on benchmarks.source is not null
    group by running.period, running.period_start
),

judged as (
    select
        measured.*,
        case when measured.is_share then {{ wilson_low('measured.part', 'measured.whole') }} end
            as actual_low,
        case when measured.is_share then {{ wilson_high('measured.part', 'measured.whole') }} end
            as actual_high,
        case
            when measured.given_verdict is not null then measured.given_verdict
            when measured.actual is null then 'no_data'
            when measured.target is null then 'no_target'
            when
                case
                    when measured.is_share then {{ above_target }}
                    else measured.actual > measured.target
                end
                then 'missed'
            else 'met'
        end as verdict
    from measured
),

runs as (
    {{ with_missed_runs('judged', ['metric']) }}
)

select
    runs.period,
    runs.period_start,
    runs.metric,
    runs.target,
    runs.actual,
    runs.actual_low,
    runs.actual_high,
    runs.part,
    runs.whole,
    runs.squares,
    runs.verdict,
    runs.verdict = 'missed' and coalesce(runs.actual_low > runs.target, false) as is_conclusive,
    runs.is_complete,
    case when runs.verdict <> 'not_assessable' then cast(runs.consecutive_missed as integer) end
        as consecutive_missed
from runs
