-- Every MQL that counts to volume, with what says how high the bar was: its fit, its score, whether
-- that lies just above the threshold of the day, and whether it was qualified within
-- integrity_conversion_days, null while it is younger.
select
    cycles.cycle_id,
    cycles.source,
    cycles.mql_at,
    {{ local_date('cycles.mql_at') }} as mql_date,
    {{ quarter_start(local_date('cycles.mql_at')) }} as quarter_start,
    cycles.is_fit,
    cycles.score,
    cycles.score >= thresholds.threshold
    and cycles.score < thresholds.threshold + {{ var('integrity_bunching_width') }}
        as is_just_above,
    case
        when
            cycles.mql_at + interval '{{ var("integrity_conversion_days") }}' day <= {{ as_of() }}
            then coalesce(
                cycles.sql_at
                <= cycles.mql_at + interval '{{ var("integrity_conversion_days") }}' day,
                false
            )
    end as is_qualified
from {{ ref('fct_lead_cycles') }} as cycles
left join {{ ref('int_score_thresholds') }} as thresholds
    on
        {{ local_date('cycles.mql_at') }} >= thresholds.valid_from
        and (
            thresholds.valid_to is null
            or {{ local_date('cycles.mql_at') }} < thresholds.valid_to
        )
where
    cycles.counts_to_volume
    and not cycles.is_mql_inferred
