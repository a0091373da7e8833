-- How rejections stood marketing's review: ruled on or not, contested, and reversed by sales.
{%- set dimensions = compliance_dimensions() %}

with rejections as (
    select
        {{ week_start('rejections.rejected_on') }} as week_start,
        {{ month_start('rejections.rejected_on') }} as month_start,
        {{ quarter_start('rejections.rejected_on') }} as quarter_start,
        rejections.source,
        rejections.segment,
        rejections.region,
        coalesce(rejections.team, 'not_routed') as team,
        coalesce(rejections.owner_key, 'not_routed') as owner_key,
        rejections.review_status,
        rejections.ruling,
        rejections.contested_at,
        rejections.contest_outcome
    from {{ ref('fct_rejections') }} as rejections
),

counted as (
    select
        {{ grouped_period('rejections') }},
        {{ grouped_dimension('rejections', dimensions) }},
        count(*) as rejected,
        count(rejections.ruling) as reviewed,
        count(*) filter (
            where rejections.ruling is null and rejections.review_status in ('pending', 'missed')
        ) as waiting,
        count(rejections.contested_at) as contested,
        {%- for outcome in ['withdrawn', 'requalified', 'reversed'] %}
        count(*) filter (where rejections.contest_outcome = '{{ outcome }}') as {{ outcome }},
        {%- endfor %}
        count(*) filter (where rejections.contest_outcome = 'open') as open_contests
    from rejections
    group by {{ by_period_and_dimension('rejections', [], dimensions) }} -- noqa: PRS
)

select
    counted.period,
    counted.period_start,
    counted.dimension,
    counted.dimension_value,
    counted.rejected,
    counted.reviewed,
    counted.waiting,
    counted.reviewed - counted.contested as accepted,
    counted.contested,
    counted.withdrawn,
    counted.requalified,
    counted.reversed,
    counted.open_contests,
    counted.contested / cast(nullif(counted.reviewed, 0) as double) as contested_rate,
    {{ wilson_low('counted.contested', 'counted.reviewed') }} as contested_low,
    {{ wilson_high('counted.contested', 'counted.reviewed') }} as contested_high,
    counted.reversed / cast(nullif(counted.contested, 0) as double) as reversal_rate,
    {{ wilson_low('counted.reversed', 'counted.contested') }} as reversal_low,
    {{ wilson_high('counted.reversed', 'counted.contested') }} as reversal_high,
    {{ period_end('counted.period', 'counted.period_start') }} <= {{ local_date(as_of()) }}
        as is_complete
from counted
