-- Both sides as equals, joint metrics first.
with metrics as (
    {%- for side, metric, unit, is_better in scorecard_metrics() %}
    select
        {{ loop.index }} as position,
        '{{ side }}' as side,
        '{{ metric }}' as metric,
        '{{ unit }}' as unit,
        '{{ is_better }}' as is_better
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

shown as (
    select
        clauses.period,
        clauses.period_start,
        clauses.metric,
        clauses.target,
        clauses.actual,
        clauses.actual_low,
        clauses.actual_high,
        clauses.part,
        clauses.whole,
        cast(null as decimal(38, 4)) as squares,
        clauses.pending_due,
        clauses.assessable_share,
        clauses.verdict,
        clauses.is_conclusive,
        clauses.is_complete,
        clauses.consecutive_missed,
        clauses.is_escalated
    from {{ ref('int_scorecard_clauses') }} as clauses
    union all
    select
        joint.period,
        joint.period_start,
        joint.metric,
        joint.target,
        joint.actual,
        joint.actual_low,
        joint.actual_high,
        joint.part,
        joint.whole,
        joint.squares,
        cast(null as bigint) as pending_due,
        cast(null as double) as assessable_share,
        joint.verdict,
        joint.is_conclusive,
        joint.is_complete,
        joint.consecutive_missed,
        false as is_escalated
    from {{ ref('int_scorecard_joint') }} as joint
),

preceded as (
    select
        shown.*,
        lag(shown.period_start) over series as preceding_start,
        lag(shown.actual) over series as preceding_actual,
        lag(shown.part) over series as previous_part,
        lag(shown.whole) over series as previous_whole,
        lag(shown.squares) over series as previous_squares
    from shown
    window series as (partition by shown.period, shown.metric order by shown.period_start)
),

compared as (
    select
        preceded.*,
        metrics.position,
        metrics.side,
        metrics.unit,
        metrics.is_better,
        -- Of the period just before; a gap is no predecessor.
        case
            when
                {{ period_end('preceded.period', 'preceded.preceding_start') }}
                = preceded.period_start
                then preceded.preceding_actual
        end as previous
    from preceded
    inner join metrics
        on preceded.metric = metrics.metric
)

select
    compared.period,
    compared.period_start,
    cast(compared.position as integer) as position,
    compared.side,
    compared.metric,
    compared.unit,
    compared.is_better,
    compared.target,
    compared.actual,
    compared.actual_low,
    compared.actual_high,
    compared.part,
    compared.whole,
    compared.pending_due,
    compared.previous,
    case
        -- Half a week against a whole one is always less.
        when compared.is_complete or compared.unit = 'rate' then {{ trend_words('compared') }}
    end as trend,
    compared.verdict,
    compared.is_conclusive,
    compared.is_complete,
    compared.consecutive_missed,
    compared.is_escalated,
    compared.assessable_share
from compared
