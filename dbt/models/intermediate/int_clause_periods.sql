-- The periods in which a clause is owed: a term of it is in force on one day at least. Without them
-- a week in which nothing was judged would be missing instead of showing no data.
with first_days as (
    select {{ month_start('min(cycles.mql_date)') }} as first_day
    from {{ ref('int_cycles') }} as cycles
),

periods as (
    {%- for period in reporting_periods() %}
    select distinct
        '{{ period }}' as period,
        dates.{{ period }}_start as period_start
    from {{ ref('dim_date') }} as dates
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

bounded as (
    select
        periods.period,
        periods.period_start,
        {{ period_end('periods.period', 'periods.period_start') }} as period_end
    from periods
)

select
    bounded.period,
    bounded.period_start,
    terms.clause,
    terms.side,
    bounded.period_start <= {{ local_date(as_of()) }} as has_begun,
    case when min(terms.target_rate) = max(terms.target_rate) then min(terms.target_rate) end
        as target_rate
from bounded
inner join first_days
    on bounded.period_end > first_days.first_day
inner join {{ ref('sla_terms') }} as terms
    on
        coalesce(terms.effective_from, {{ beginning_of_time() }}) < bounded.period_end
        and (terms.effective_to is null or terms.effective_to > bounded.period_start)
group by bounded.period, bounded.period_start, terms.clause, terms.side
