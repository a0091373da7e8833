-- How long the judged obligations of a timed clause took, late ones included. The median and the
-- 90th percentile are exact, so each of them needs the values themselves: about a third of the
-- ledger's rows, and eight bytes for each of them in every period and dimension while this runs.
{%- set dimensions = compliance_dimensions() %}

with obligations as (
    select
        obligations.clause,
        {{ week_start('obligations.counts_on') }} as week_start,
        {{ month_start('obligations.counts_on') }} as month_start,
        {{ quarter_start('obligations.counts_on') }} as quarter_start,
        obligations.source,
        obligations.segment,
        obligations.region,
        coalesce(obligations.team, 'not_routed') as team,
        coalesce(obligations.owner_key, 'not_routed') as owner_key,
        obligations.elapsed_seconds,
        -- Whole numbers, because a sum of fractions would depend on its order.
        cast(round(obligations.elapsed_seconds * 1000000) as bigint) as elapsed_us
    from {{ ref('fct_sla_obligations') }} as obligations
    where
        obligations.status in ('met', 'missed')
        and obligations.elapsed_seconds is not null
),

measured as (
    select
        {{ grouped_period('obligations') }},
        obligations.clause,
        {{ grouped_dimension('obligations', dimensions) }},
        {{ exact_sum('obligations.elapsed_us') }} / cast(count(*) as double) / 1000000 as mean_s,
        {{ quantiles('obligations.elapsed_seconds', [0.5, 0.9]) }} as quantiles
    from obligations
    group by {{ by_period_and_dimension('obligations', ['clause'], dimensions) }} -- noqa: PRS
)

select
    measured.period,
    measured.period_start,
    measured.clause,
    measured.dimension,
    measured.dimension_value,
    measured.mean_s,
    {{ item('measured.quantiles', 0) }} as median_s,
    {{ item('measured.quantiles', 1) }} as p90_s
from measured
