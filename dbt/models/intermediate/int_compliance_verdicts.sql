-- Every period, clause, dimension and value judged: what was reached against what was promised.
with counted as (
    select
        counts.period,
        counts.period_start,
        counts.clause,
        counts.side,
        counts.dimension,
        counts.dimension_value,
        counts.met,
        counts.missed,
        counts.exempt,
        counts.pending_due,
        counts.not_assessable,
        cast(null as double) as target_count,
        nullif(counts.met + counts.missed, 0) as owed,
        counts.promised
    from {{ ref('int_compliance_counts') }} as counts
    union all
    select
        agreed.period,
        agreed.period_start,
        agreed.clause,
        agreed.side,
        'all' as dimension,
        'all' as dimension_value,
        0 as met,
        0 as missed,
        0 as exempt,
        0 as pending_due,
        0 as not_assessable,
        cast(null as double) as target_count,
        cast(null as double) as owed,
        cast(null as double) as promised
    from {{ ref('int_clause_periods') }} as agreed
    left join {{ ref('int_compliance_counts') }} as counts
        on
            agreed.period = counts.period
            and agreed.period_start = counts.period_start
            and agreed.clause = counts.clause
            and counts.dimension = 'all'
    where
        agreed.clause <> 'volume'
        and agreed.has_begun
        and counts.clause is null
    union all
    select
        volume.period,
        volume.period_start,
        'volume' as clause,
        volume.side,
        volume.dimension,
        volume.dimension_value,
        volume.mql as met,
        cast(null as bigint) as missed,
        0 as exempt,
        0 as pending_due,
        cast(null as bigint) as not_assessable,
        volume.target_count,
        nullif(volume.target_count, 0) as owed,
        volume.promised
    from {{ ref('int_compliance_volume') }} as volume
)

select
    counted.period,
    counted.period_start,
    counted.clause,
    counted.side,
    counted.dimension,
    counted.dimension_value,
    counted.met,
    counted.missed,
    counted.exempt,
    counted.pending_due,
    counted.not_assessable,
    counted.target_count,
    counted.met / cast(counted.owed as double) as rate,
    -- Rounded, because 2.85 of 3 is not quite 0.95.
    coalesce(round(counted.promised / counted.owed, 9), agreed.target_rate) as target_rate,
    {{ wilson_low('counted.met', '(counted.met + counted.missed)') }} as rate_low,
    {{ wilson_high('counted.met', '(counted.met + counted.missed)') }} as rate_high,
    case
        when counted.owed is null then 'no_data'
        when counted.met >= counted.promised then 'met'
        else 'missed'
    end as verdict,
    {{ period_end('counted.period', 'counted.period_start') }} <= {{ local_date(as_of()) }}
        as is_complete
from counted
left join {{ ref('int_clause_periods') }} as agreed
    on
        counted.period = agreed.period
        and counted.period_start = agreed.period_start
        and counted.clause = agreed.clause
