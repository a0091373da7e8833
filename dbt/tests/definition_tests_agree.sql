-- Every cut of the stress test sums to its whole, the whole to the deals and MQLs there are, and
-- the grid's point in force says what the stress test says.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_definition_stress_test'}}}) }}
with sums as (
    select
        bands.dimension,
        sum(bands.mql) as mql,
        sum(bands.won) as won,
        sum(bands.won_inside) as won_inside,
        sum(bands.won_before) as won_before,
        sum(bands.decided_inside) as decided_inside
    from {{ ref('rpt_definition_stress_test') }} as bands
    group by bands.dimension
),

deals as (
    select count(*) as won
    from {{ ref('fct_opportunities') }} as opportunities
    where
        opportunities.is_won
        and not opportunities.is_deleted
        and {{ quarter_start(
            'coalesce(' ~ local_date('opportunities.closed_at') ~ ', opportunities.close_date)'
        ) }} = {{ last_complete_quarter() }}
),

funnel as (
    select coalesce(sum(funnel.mql), 0) as mql
    from {{ ref('rpt_funnel') }} as funnel
    where
        funnel.period = 'quarter'
        and funnel.dimension = 'all'
        and funnel.period_start = {{ last_complete_quarter() }}
)

select sums.dimension as disagreeing
from sums
inner join sums as whole on whole.dimension = 'all'
where
    sums.mql <> whole.mql
    or sums.won <> whole.won
    or sums.won_inside <> whole.won_inside
    or sums.won_before <> whole.won_before
    or sums.decided_inside <> whole.decided_inside
union all
select 'facts' as disagreeing
from sums
cross join deals
cross join funnel
where
    sums.dimension = 'all'
    -- Wins that no opportunity shows come on top.
    and (sums.won < deals.won or sums.mql <> funnel.mql)
union all
select 'grid' as disagreeing
from {{ ref('rpt_definition_stress_test') }} as whole
inner join {{ ref('rpt_definition_grid') }} as grid on grid.is_in_force
where
    whole.dimension = 'all'
    and (
        whole.mql_inside <> grid.mql_passing
        or whole.won_inside <> grid.won_passing
        or whole.decided_inside <> grid.decided_passing
        or whole.recall is distinct from grid.recall
        or whole.precision is distinct from grid.precision
    )
