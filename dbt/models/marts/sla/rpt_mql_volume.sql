{%- set periods = ['month', 'week'] %}

with volume as (
    {%- for period in periods %}
    select
        '{{ period }}' as period,
        {{ period_start(period, 'volume.date_day') }} as period_start,
        volume.segment,
        volume.region,
        volume.mql,
        volume.target_count,
        case when days.is_over then volume.target_count else volume.target_count * 0 end
            as target_to_date
    from {{ ref('int_mql_volume') }} as volume
    inner join {{ ref('int_working_days') }} as days
        on volume.date_day = days.date_day
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

summed as (
    select
        volume.period,
        volume.period_start,
        volume.segment,
        volume.region,
        cast(sum(volume.mql) as bigint) as mql,
        {{ sum_of_parts('volume.target_count') }} as target_count,
        {{ sum_of_parts('volume.target_to_date') }} as target_to_date
    from volume
    group by volume.period, volume.period_start, volume.segment, volume.region
),

working_days as (
    {%- for period in periods %}
    select
        '{{ period }}' as period,
        {{ period_start(period, 'days.date_day') }} as period_start,
        count(*) filter (where days.is_working_day) as working_days,
        count(*) filter (where days.is_working_day and days.is_over) as working_days_over
    from {{ ref('int_working_days') }} as days
    group by {{ period_start(period, 'days.date_day') }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    summed.period,
    summed.period_start,
    summed.segment,
    summed.region,
    summed.mql,
    summed.target_count,
    summed.mql / nullif(summed.target_count, 0) as attainment,
    summed.target_to_date,
    summed.mql / nullif(summed.target_to_date, 0) as pace,
    cast(working_days.working_days as integer) as working_days,
    cast(working_days.working_days_over as integer) as working_days_over,
    {{ period_end('summed.period', 'summed.period_start') }} <= {{ local_date(as_of()) }}
        as is_complete
from summed
inner join working_days
    on
        summed.period = working_days.period
        and summed.period_start = working_days.period_start
where summed.period_start <= {{ local_date(as_of()) }}
