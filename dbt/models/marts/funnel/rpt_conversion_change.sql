-- Why conversion changed from one quarter to the next: because the sources' shares of MQLs changed
-- (mix), or because their rates did. Kitagawa, E. M. (1955), Components of a difference between two
-- rates, JASA 50, 1168-1194: each change weighed by the mean of the other factor in both quarters.
with cohorts as (
    select
        cohorts.*,
        cast(sum(cohorts.mql_before) over pair as bigint) as all_mql_before,
        cast(sum(cohorts.converted_before) over pair as bigint) as all_converted_before,
        cast(sum(cohorts.mql) over pair as bigint) as all_mql,
        cast(sum(cohorts.converted) over pair as bigint) as all_converted
    from {{ ref('int_conversion_cohorts') }} as cohorts
    window pair as (partition by cohorts.quarter_start, cohorts.step)
),

shares as (
    select
        cohorts.*,
        cohorts.mql_before / cast(cohorts.all_mql_before as double) as share_before,
        cohorts.mql / cast(cohorts.all_mql as double) as share,
        -- A source that was not there has the rate that it has in the other quarter: all that it
        -- brings is mix.
        coalesce(
            cohorts.converted_before / cast(nullif(cohorts.mql_before, 0) as double),
            cohorts.converted / cast(nullif(cohorts.mql, 0) as double)
        ) as rate_before,
        coalesce(
            cohorts.converted / cast(nullif(cohorts.mql, 0) as double),
            cohorts.converted_before / cast(nullif(cohorts.mql_before, 0) as double)
        ) as rate,
        (
            cohorts.all_converted_before / cast(cohorts.all_mql_before as double)
            + cohorts.all_converted / cast(cohorts.all_mql as double)
        ) / 2 as mean_rate
    from cohorts
    where cohorts.all_mql_before > 0 and cohorts.all_mql > 0
),

-- In whole trillionths, which add up to the same in every order. More of a source that converts
-- better than the whole raises conversion, so shares count from the whole's rate.
contributions as (
    select
        shares.*,
        {{ trillionths(
            '(shares.share - shares.share_before)'
            ~ ' * ((shares.rate + shares.rate_before) / 2 - shares.mean_rate)'
        ) }} as from_mix,
        {{ trillionths(
            '(shares.rate - shares.rate_before) * (shares.share + shares.share_before) / 2'
        ) }} as from_rates
    from shares
),

dimensions as (
    select
        contributions.quarter_start,
        contributions.step,
        'source' as dimension,
        contributions.source as dimension_value,
        contributions.horizon_days,
        contributions.mql_before,
        contributions.converted_before,
        contributions.mql,
        contributions.converted,
        contributions.share_before,
        contributions.share,
        contributions.from_mix,
        contributions.from_rates
    from contributions
    union all
    select
        contributions.quarter_start,
        contributions.step,
        'all' as dimension,
        'all' as dimension_value,
        contributions.horizon_days,
        cast(sum(contributions.mql_before) as bigint) as mql_before,
        cast(sum(contributions.converted_before) as bigint) as converted_before,
        cast(sum(contributions.mql) as bigint) as mql,
        cast(sum(contributions.converted) as bigint) as converted,
        cast(1 as double) as share_before,
        cast(1 as double) as share,
        cast(sum(contributions.from_mix) as bigint) as from_mix,
        cast(sum(contributions.from_rates) as bigint) as from_rates
    from contributions
    group by contributions.quarter_start, contributions.step, contributions.horizon_days
)

select
    dimensions.quarter_start,
    dimensions.step,
    dimensions.dimension,
    dimensions.dimension_value,
    dimensions.horizon_days,
    dimensions.horizon_days = {{ var('conversion_window_days') }} as is_mature,
    dimensions.mql_before,
    dimensions.converted_before,
    dimensions.mql,
    dimensions.converted,
    dimensions.share_before,
    dimensions.share,
    dimensions.converted_before / cast(nullif(dimensions.mql_before, 0) as double) as rate_before,
    dimensions.converted / cast(nullif(dimensions.mql, 0) as double) as rate,
    {{ difference_low(
        'dimensions.converted', 'dimensions.mql', 'dimensions.converted_before',
        'dimensions.mql_before'
    ) }} as rate_change_low,
    {{ difference_high(
        'dimensions.converted', 'dimensions.mql', 'dimensions.converted_before',
        'dimensions.mql_before'
    ) }} as rate_change_high,
    (dimensions.from_mix + dimensions.from_rates) / cast(1000000000000 as double)
        as contribution,
    dimensions.from_mix / cast(1000000000000 as double) as from_mix,
    dimensions.from_rates / cast(1000000000000 as double) as from_rates
from dimensions
