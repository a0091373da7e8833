-- What happened on days, added up to every week and month since the first lead; one without any
-- shows nothing instead of being missing.
with periods as (
    {%- for period in scorecard_periods() %}
    select distinct
        '{{ period }}' as period,
        dates.{{ period }}_start as period_start,
        dates.date_day
    from {{ ref('dim_date') }} as dates
    where dates.date_day <= {{ local_date(as_of()) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

metrics as (
    {%- for metric, unit in joint_metrics_of_days() %}
    select
        '{{ metric }}' as metric,
        '{{ unit }}' as unit
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    periods.period,
    periods.period_start,
    metrics.metric,
    metrics.unit,
    cast(coalesce(sum(days.part), 0) as decimal(38, 2)) as part,
    case when metrics.unit = 'rate' then cast(coalesce(sum(days.whole), 0) as bigint) end as whole,
    case
        when metrics.unit = 'amount' then cast(coalesce(sum(days.squares), 0) as decimal(38, 4))
    end as squares
from periods
cross join metrics
left join {{ ref('int_joint_days') }} as days
    on
        periods.date_day = days.date_day
        and metrics.metric = days.metric
group by periods.period, periods.period_start, metrics.metric, metrics.unit
