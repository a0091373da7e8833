-- Rejected / dispositioned, by the week in which sales first said anything of a lead, and over the
-- four weeks that end with it. The cycles are read twice only, once by what the lead is and once by
-- who answers for it; all the rest adds up those small counts.
{%- set counts = ['dispositioned', 'rejected', 'rejected_at_once', 'still_open'] %}

with cycles as (
    select
        cycles.*,
        {{ week_start(local_date(first_disposition_at('cycles'))) }} as week_start
    from {{ ref('fct_lead_cycles') }} as cycles
    where {{ is_dispositioned('cycles') }}
),

by_lead as (
    select
        cycles.week_start,
        cycles.source,
        cycles.segment,
        cycles.region,
        {{ count_dispositions('cycles') }}
    from cycles
    group by cycles.week_start, cycles.source, cycles.segment, cycles.region
),

by_owner as (
    select
        cycles.week_start,
        coalesce(cycles.team, 'not_routed') as team,
        coalesce(cycles.routed_to, 'not_routed') as owner_key,
        {{ count_dispositions('cycles') }}
    from cycles
    group by
        cycles.week_start,
        coalesce(cycles.team, 'not_routed'),
        coalesce(cycles.routed_to, 'not_routed')
),

weekly as (
    {%- for dimension, column in compliance_dimensions() %}
    {%- set counted = 'by_owner' if column in ['team', 'owner_key'] else 'by_lead' %}
    {%- set value = counted ~ '.' ~ column if column else "'all'" %}
    select
        {%- for count in counts %}
        cast(sum({{ counted }}.{{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        '{{ dimension }}' as dimension,
        {{ value }} as dimension_value,
        {{ counted }}.week_start
    from {{ counted }}
    group by {{ counted }}.week_start{{ ', ' ~ value if column }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

-- A week's counts belong to its own trailing rate and to those of the weeks that look back on it.
spread as (
    select
        weekly.*,
        'week' as period
    from weekly
    {%- for week in range(trailing_weeks()) %}
    union all
    select
        {%- for count in counts %}
        weekly.{{ count }},
        {%- endfor %}
        weekly.dimension,
        weekly.dimension_value,
        cast(weekly.week_start + interval '{{ 7 * week }}' day as date) as week_start,
        'trailing_four_weeks' as period
    from weekly
    {%- endfor %}
),

summed as (
    select
        spread.period,
        spread.week_start,
        spread.dimension,
        spread.dimension_value,
        {%- for count in counts %}
        cast(sum(spread.{{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        cast({{ var('joint_review_rejection_rate') }} as double) as joint_review_above
    from spread
    where spread.week_start <= {{ local_date(as_of()) }}
    group by spread.period, spread.week_start, spread.dimension, spread.dimension_value
)

select
    summed.period,
    summed.week_start,
    summed.dimension,
    summed.dimension_value,
    summed.dispositioned,
    summed.rejected,
    summed.rejected_at_once,
    summed.still_open,
    summed.rejected / cast(summed.dispositioned as double) as rate,
    {{ wilson_low('summed.rejected', 'summed.dispositioned') }} as rate_low,
    {{ wilson_high('summed.rejected', 'summed.dispositioned') }} as rate_high,
    summed.joint_review_above,
    case
        when
            {{ is_above_share(
                'summed.rejected', 'summed.dispositioned', 'summed.joint_review_above'
            ) }}
            then 'joint_review'
    end as trigger,
    {{ wilson_low('summed.rejected', 'summed.dispositioned') }} > summed.joint_review_above
        as is_conclusive,
    {{ period_end("'week'", 'summed.week_start') }} <= {{ local_date(as_of()) }} as is_complete
from summed
