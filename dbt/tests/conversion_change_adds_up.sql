-- Mix and rates of all sources sum to the change of the whole, and the whole changed by what its
-- rates say; each source's MQLs are the funnel's.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_conversion_change'}}}) }}
with sources as (
    select
        changes.quarter_start,
        changes.step,
        sum(changes.from_mix) as from_mix,
        sum(changes.from_rates) as from_rates,
        sum(changes.mql) as mql,
        sum(changes.converted) as converted
    from {{ ref('rpt_conversion_change') }} as changes
    where changes.dimension = 'source'
    group by changes.quarter_start, changes.step
)

select
    whole.quarter_start,
    whole.step
from {{ ref('rpt_conversion_change') }} as whole
left join sources
    on
        whole.quarter_start = sources.quarter_start
        and whole.step = sources.step
left join {{ ref('rpt_funnel') }} as funnel
    on
        whole.quarter_start = funnel.period_start
        and funnel.period = 'quarter'
        and funnel.dimension = 'all'
where
    whole.dimension = 'all'
    and (
        sources.step is null
        or abs(whole.from_mix - sources.from_mix) > 0.000000001
        or abs(whole.from_rates - sources.from_rates) > 0.000000001
        or abs(whole.contribution - (whole.rate - whole.rate_before)) > 0.000000001
        or whole.mql <> sources.mql
        or whole.converted <> sources.converted
        or whole.mql <> coalesce(funnel.mql, 0)
    )
