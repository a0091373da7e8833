-- What both sides answer for together, by the day it happened: rates as a part of a whole, counts
-- and amounts as a part alone, amounts with their squares, from which chance is told. Added up by
-- week and month in the scorecard.
with cycles as (
    select * from {{ ref('fct_lead_cycles') }}
),

opportunities as (
    select
        opportunities.*,
        coalesce(opportunities.amount_reporting, 0) as amount_known
    from {{ ref('fct_opportunities') }} as opportunities
    where not opportunities.is_deleted
),

happened as (
    select
        {{ local_date('cycles.sal_at') }} as date_day,
        'acceptance' as metric,
        count(*) as part,
        count(*) as whole,
        null as squares
    from cycles
    where {{ is_accepted('cycles') }}
    group by {{ local_date('cycles.sal_at') }}
    union all
    select
        {{ local_date('cycles.rejected_at') }} as date_day,
        'acceptance' as metric,
        0 as part,
        count(*) as whole,
        null as squares
    from cycles
    where {{ is_turned_down('cycles') }}
    group by {{ local_date('cycles.rejected_at') }}
    union all
    select
        {{ local_date(first_disposition_at('cycles')) }} as date_day,
        'disqualification' as metric,
        count(cycles.rejected_at) as part,
        count(*) as whole,
        null as squares
    from cycles
    where {{ is_dispositioned('cycles') }}
    group by {{ local_date(first_disposition_at('cycles')) }}
    union all
    select
        {{ local_date('cycles.sql_at') }} as date_day,
        'sql' as metric,
        count(*) as part,
        null as whole,
        null as squares
    from cycles
    where {{ is_sales_qualified('cycles') }}
    group by {{ local_date('cycles.sql_at') }}
    union all
    select
        {{ local_date('opportunities.created_at') }} as date_day,
        'pipeline_created' as metric,
        sum(opportunities.amount_known) as part,
        null as whole,
        sum(opportunities.amount_known * opportunities.amount_known) as squares
    from opportunities
    where opportunities.created_at is not null
    group by {{ local_date('opportunities.created_at') }}
    union all
    select
        {{ local_date('opportunities.closed_at') }} as date_day,
        'won' as metric,
        sum(opportunities.amount_known) as part,
        null as whole,
        sum(opportunities.amount_known * opportunities.amount_known) as squares
    from opportunities
    where opportunities.is_won and opportunities.closed_at is not null
    group by {{ local_date('opportunities.closed_at') }}
)

select
    happened.date_day,
    happened.metric,
    cast(sum(happened.part) as decimal(38, 2)) as part,
    cast(sum(happened.whole) as bigint) as whole,
    cast(sum(happened.squares) as decimal(38, 4)) as squares
from happened
where happened.date_day is not null
group by happened.date_day, happened.metric
