-- Why sales rejected: by the period of the rejection, the reasons of the taxonomy and, as such,
-- what lies outside it. A raw reason is named only where the agreement itself lists it.
{%- set dimensions = compliance_dimensions() %}
{%- set reason = ['reason_kind', 'reason_code', 'listed_reason'] %}

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
        rejections.reason_kind,
        rejections.reason_code,
        rejections.listed_reason
    from {{ ref('fct_rejections') }} as rejections
),

counted as (
    select
        {{ grouped_period('rejections') }},
        {{ grouped_dimension('rejections', dimensions) }},
        rejections.reason_kind,
        rejections.reason_code,
        rejections.listed_reason,
        count(*) as rejected
    from rejections
    group by {{ by_period_and_dimension('rejections', reason, dimensions) }} -- noqa: PRS
),

shared as (
    select
        counted.*,
        cast(
            sum(counted.rejected) over (
                partition by
                    counted.period,
                    counted.period_start,
                    counted.dimension,
                    counted.dimension_value
            ) as bigint
        ) as all_rejected
    from counted
)

select
    shared.period,
    shared.period_start,
    shared.dimension,
    shared.dimension_value,
    shared.reason_kind,
    shared.reason_code,
    shared.listed_reason,
    shared.rejected,
    shared.all_rejected,
    shared.rejected / cast(shared.all_rejected as double) as rate,
    {{ wilson_low('shared.rejected', 'shared.all_rejected') }} as rate_low,
    {{ wilson_high('shared.rejected', 'shared.all_rejected') }} as rate_high,
    {{ period_end('shared.period', 'shared.period_start') }} <= {{ local_date(as_of()) }}
        as is_complete
from shared
