-- What the lead definition is tested on: the MQLs of the last complete quarter, the deals won in it
-- and in the four quarters before, and the MQLs that closed in it without a win.
with quarter as (
    select
        {{ last_complete_quarter() }} as quarter_start,
        {{ quarters_before(local_date(as_of()), 5) }} as trailing_start
),

cycles as (
    select
        cycles.cycle_id,
        cycles.is_mql_inferred,
        cycles.source,
        cycles.segment,
        cycles.region,
        cycles.opportunity_key,
        {{ quarter_start(local_date('cycles.mql_at')) }} as mql_quarter,
        {{ quarter_start(local_date('cycles.closed_at')) }} as closed_quarter,
        {{ quarter_start(local_date('cycles.won_at')) }} as won_quarter
    from {{ ref('fct_lead_cycles') }} as cycles
),

-- A win without an opportunity is one that only the lead's status knows.
deals as (
    select
        opportunities.opportunity_key as case_key,
        opportunities.cycle_id,
        opportunities.source,
        opportunities.segment,
        opportunities.region,
        {{ quarter_start(
            'coalesce(' ~ local_date('opportunities.closed_at') ~ ', opportunities.close_date)'
        ) }} as won_quarter
    from {{ ref('fct_opportunities') }} as opportunities
    where
        opportunities.is_won
        and not opportunities.is_deleted
    union all
    select
        cycles.cycle_id as case_key,
        cycles.cycle_id,
        cycles.source,
        cycles.segment,
        cycles.region,
        cycles.won_quarter
    from cycles
    left join {{ ref('fct_opportunities') }} as opportunities
        on
            cycles.opportunity_key = opportunities.opportunity_key
            and not opportunities.is_deleted
    where
        cycles.won_quarter is not null
        and opportunities.opportunity_key is null
)

select
    'mql' as kind,
    cycles.cycle_id as case_key,
    cycles.cycle_id,
    cycles.source,
    cycles.segment,
    cycles.region
from cycles
inner join quarter on cycles.mql_quarter = quarter.quarter_start
where not cycles.is_mql_inferred
union all
select
    'not_won' as kind,
    cycles.cycle_id as case_key,
    cycles.cycle_id,
    cycles.source,
    cycles.segment,
    cycles.region
from cycles
inner join quarter on cycles.closed_quarter = quarter.quarter_start
where
    not cycles.is_mql_inferred
    and cycles.won_quarter is null
union all
select
    case when deals.won_quarter = quarter.quarter_start then 'won' else 'won_before' end as kind,
    deals.case_key,
    deals.cycle_id,
    deals.source,
    deals.segment,
    deals.region
from deals
inner join quarter
    on
        deals.won_quarter >= quarter.trailing_start
        and deals.won_quarter <= quarter.quarter_start
