-- MQLs counted against the promised volume, day by day. Each MQL counts towards the one term that
-- governs it, most specific first; a term that leaves segment or region open is a target for all of
-- them together (`any`), less what more specific terms name.
with terms as (
    select
        terms.term_id,
        coalesce(terms.segment, 'any') as segment,
        coalesce(terms.region, 'any') as region,
        terms.min_count,
        terms.target_rate,
        terms.effective_from,
        terms.effective_to
    from {{ ref('sla_terms') }} as terms
    where terms.clause = 'volume'
),

counted as (
    select
        cycles.segment,
        cycles.region,
        {{ local_date('cycles.mql_at') }} as mql_date
    from {{ ref('fct_lead_cycles') }} as cycles
    where
        cycles.counts_to_volume
        and not cycles.is_mql_inferred
),

daily as (
    select
        counted.mql_date as date_day,
        coalesce(terms.segment, counted.segment) as segment,
        coalesce(terms.region, counted.region) as region,
        1 as mql,
        cast(null as double) as target_count,
        cast(null as double) as target_rate
    from counted
    left join {{ ref('int_terms_in_force') }} as in_force
        on {{ term_in_force(
            'in_force', "'volume'", 'counted.mql_date', 'counted.segment', 'counted.region'
        ) }}
    left join terms
        on in_force.term_id = terms.term_id
    union all
    select
        days.date_day,
        terms.segment,
        terms.region,
        0 as mql,
        terms.min_count * days.share_of_month as target_count,
        terms.target_rate
    from {{ ref('int_working_days') }} as days
    inner join terms
        on {{ in_force('terms', 'days.date_day') }}
)

select
    daily.date_day,
    daily.segment,
    daily.region,
    cast(sum(daily.mql) as bigint) as mql,
    sum(daily.target_count) as target_count,
    sum(daily.target_count * daily.target_rate) as promised
from daily
group by daily.date_day, daily.segment, daily.region
