-- Every opportunity that has a quarter is in one row of coverage, with its money; parts sum to
-- their totals, rows to the cuts made of them; and no quota is lost.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_pipeline_coverage'}}}) }}
with facts as (
    select
        count(*) filter (where not opportunities.is_closed) as open_opportunities,
        count(*) filter (where opportunities.is_won) as won_opportunities,
        count(*) filter (where opportunities.is_closed and not opportunities.is_won)
            as lost_opportunities,
        coalesce(sum(opportunities.amount_reporting) filter (where not opportunities.is_closed), 0)
            as open_pipeline,
        coalesce(sum(opportunities.amount_reporting) filter (where opportunities.is_won), 0)
            as closed_won
    from {{ ref('fct_opportunities') }} as opportunities
    where
        not opportunities.is_deleted
        and (
            opportunities.close_date is not null
            or (opportunities.is_closed and opportunities.closed_at is not null)
        )
),

coverage as (
    select
        'cells' as cut,
        coverage.quarter_start,
        coverage.quota,
        coverage.closed_won,
        coverage.open_pipeline,
        coverage.open_opportunities,
        coverage.won_opportunities,
        coverage.lost_opportunities
    from {{ ref('rpt_pipeline_coverage') }} as coverage
    union all
    select
        totals.dimension as cut,
        totals.quarter_start,
        totals.quota,
        totals.closed_won,
        totals.open_pipeline,
        totals.open_opportunities,
        totals.won_opportunities,
        totals.lost_opportunities
    from {{ ref('rpt_pipeline_coverage_totals') }} as totals
),

sums as (
    select
        coverage.cut,
        sum(coverage.closed_won) as closed_won,
        sum(coverage.open_pipeline) as open_pipeline,
        sum(coverage.open_opportunities) as open_opportunities,
        sum(coverage.won_opportunities) as won_opportunities,
        sum(coverage.lost_opportunities) as lost_opportunities
    from coverage
    group by coverage.cut
),

quarters as (
    select
        coverage.cut,
        coverage.quarter_start,
        sum(coverage.quota) as quota
    from coverage
    group by coverage.cut, coverage.quarter_start
)

select
    'opportunities' as disagreeing,
    sums.cut
from sums
cross join facts
where
    sums.closed_won <> facts.closed_won
    or sums.open_pipeline <> facts.open_pipeline
    or sums.open_opportunities <> facts.open_opportunities
    or sums.won_opportunities <> facts.won_opportunities
    or sums.lost_opportunities <> facts.lost_opportunities
union all
select
    'parts' as disagreeing,
    coverage.segment || ' ' || coverage.region as cut
from {{ ref('rpt_pipeline_coverage') }} as coverage
where
    coverage.open_pipeline
    <> coverage.open_marketing
    + coverage.open_sales
    + coverage.open_partner
    + coverage.open_unknown
    or coverage.closed_won
    <> coverage.won_marketing + coverage.won_sales + coverage.won_partner + coverage.won_unknown
    or abs(
        coverage.coverage
        - coverage.coverage_marketing
        - coverage.coverage_sales
        - coverage.coverage_partner
        - coverage.coverage_unknown
    ) > 0.000001 * coverage.coverage
    or (coverage.quota is null) <> (coverage.coverage_status = 'no_quota')
    or (coverage.coverage is null) = (coverage.coverage_status = 'quota_open')
union all
select
    'quotas' as disagreeing,
    totals.cut
from quarters as totals
inner join quarters as cells
    on
        totals.quarter_start = cells.quarter_start
        and cells.cut = 'cells'
where totals.quota is distinct from cells.quota
union all
select
    'seed' as disagreeing,
    quotas.segment || ' ' || quotas.region as cut
from {{ ref('quotas') }} as quotas
left join {{ ref('rpt_pipeline_coverage') }} as coverage
    on
        quotas.quarter_start = coverage.quarter_start
        and quotas.segment = coverage.segment
        and quotas.region = coverage.region
where coverage.quota is null
