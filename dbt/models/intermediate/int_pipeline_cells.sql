-- Quotas and opportunities of a fiscal quarter, whatever of the two there is. Everything here adds
-- up over rows.

with as_of as (
    select {{ local_date(as_of()) }} as today
),

-- The quarter that an opportunity was or is to be closed in.
opportunities as (
    select
        case
            when opportunities.is_won then 'won'
            when opportunities.is_closed then 'lost'
            else 'open'
        end as state,
        case
            when opportunities.is_closed
                then coalesce(
                    {{ local_date('opportunities.closed_at') }}, opportunities.close_date
                )
            else opportunities.close_date
        end as closes_on,
        opportunities.segment,
        opportunities.region,
        case
            when
                opportunities.sourced_by in ({{ "'" ~ sourcing_sides() | join("', '") ~ "'" }})
                then opportunities.sourced_by
            else 'unknown'
        end as sourced_by,
        opportunities.amount,
        opportunities.amount_reporting,
        opportunities.amount is not null and opportunities.amount_reporting is null as is_unrated
    from {{ ref('fct_opportunities') }} as opportunities
    where not opportunities.is_deleted
),

parts as (
    select
        {{ quarter_start('opportunities.closes_on') }} as quarter_start,
        opportunities.*,
        cast(null as decimal(18, 2)) as quota
    from opportunities
    where opportunities.closes_on is not null
    union all
    select
        quotas.quarter_start,
        'quota' as state,
        quotas.quarter_start as closes_on,
        quotas.segment,
        quotas.region,
        cast(null as string) as sourced_by,
        cast(null as decimal(18, 2)) as amount,
        cast(null as decimal(18, 2)) as amount_reporting,
        false as is_unrated,
        {{ converted('quotas.quota', 'rates.rate') }} as quota
    from {{ ref('quotas') }} as quotas
    left join {{ ref('int_exchange_rates') }} as rates
        on {{ rate_in_force('rates', 'quotas.currency', 'quotas.quarter_start') }}
)

select
    parts.quarter_start,
    parts.segment,
    parts.region,
    sum(parts.quota) as quota,
    {% for state in ['open', 'won'] -%}
    {% for side in sourcing_sides() -%}
    coalesce(
        sum(parts.amount_reporting) filter (
            where parts.state = '{{ state }}' and parts.sourced_by = '{{ side }}'
        ),
        0
    ) as {{ state }}_{{ side }},
    {% endfor -%}
    count(*) filter (where parts.state = '{{ state }}') as {{ state }}_opportunities,
    count(*) filter (where parts.state = '{{ state }}' and parts.amount is null)
        as {{ state }}_without_amount,
    count(*) filter (where parts.state = '{{ state }}' and parts.is_unrated)
        as {{ state }}_without_rate,
    {% endfor -%}
    coalesce(
        sum(parts.amount_reporting) filter (
            where parts.state = 'open' and parts.closes_on < as_of.today
        ),
        0
    ) as overdue_pipeline,
    count(*) filter (where parts.state = 'open' and parts.closes_on < as_of.today)
        as overdue_opportunities,
    count(*) filter (where parts.state = 'lost') as lost_opportunities
from parts
cross join as_of
group by parts.quarter_start, parts.segment, parts.region
