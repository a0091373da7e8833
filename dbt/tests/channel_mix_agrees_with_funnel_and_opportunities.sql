-- Shares of a quarter's pipeline sum to 1, opportunities to those created, MQLs to the funnel's.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_channel_mix'}}}) }}
with quarters as (
    select
        mix.quarter_start,
        sum(mix.pipeline_created) as pipeline,
        sum(mix.pipeline_share) as shares,
        sum(mix.opportunities_created) as opportunities,
        sum(mix.mql) as mql
    from {{ ref('rpt_channel_mix') }} as mix
    group by mix.quarter_start
),

created as (
    select
        {{ quarter_start(local_date('opportunities.created_at')) }} as quarter_start,
        count(*) as opportunities,
        coalesce(sum(opportunities.amount_reporting), 0) as pipeline
    from {{ ref('fct_opportunities') }} as opportunities
    where
        opportunities.created_at is not null
        and not opportunities.is_deleted
    group by {{ quarter_start(local_date('opportunities.created_at')) }}
)

select
    quarters.quarter_start,
    'pipeline' as disagreeing
from quarters
left join created on quarters.quarter_start = created.quarter_start
where
    quarters.opportunities <> coalesce(created.opportunities, 0)
    or quarters.pipeline <> coalesce(created.pipeline, 0)
    or abs(quarters.shares - 1) > 0.000001
union all
select
    created.quarter_start,
    'quarter' as disagreeing
from created
left join quarters on created.quarter_start = quarters.quarter_start
where quarters.quarter_start is null
union all
select
    funnel.period_start as quarter_start,
    'funnel' as disagreeing
from {{ ref('rpt_funnel') }} as funnel
left join {{ ref('rpt_channel_mix') }} as mix
    on
        funnel.period_start = mix.quarter_start
        and funnel.dimension_value = mix.source
where
    funnel.period = 'quarter'
    and funnel.dimension = 'source'
    and (
        funnel.mql <> coalesce(mix.mql, 0)
        or funnel.mql_to_won_rate is distinct from mix.conversion
    )
