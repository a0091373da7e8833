-- How many leads went on to each stage, by how long they waited for the first touch. Only leads
-- that had the whole conversion window since they were routed; younger ones are counted beside.
{%- set dimensions = [('all', none), ('source', 'source')] %}
{%- set stages = ['sql', 'opportunity', 'won'] %}
{%- set window = "interval '" ~ var('conversion_window_days') ~ "' day" %}

with cycles as (
    select
        cycles.source,
        case when times.is_in_hours then 'in_hours' else 'out_of_hours' end as arrival,
        {{ response_bucket('times.business_us') }} as business,
        {{ response_bucket('times.wall_us') }} as wall,
        cycles.routed_at + {{ window }} <= {{ as_of() }} as is_mature,
        {%- for stage in stages %}
        coalesce(cycles.{{ stage }}_at <= cycles.routed_at + {{ window }}, false)
            as is_{{ stage }},
        {%- endfor %}
        coalesce(cycles.sql_at <= cycles.first_touch_at, false) as is_sql_before_touch
    from {{ ref('int_response_times') }} as times
    inner join {{ ref('fct_lead_cycles') }} as cycles
        on times.cycle_id = cycles.cycle_id
),

counted as (
    select
        cycles.source,
        cycles.arrival,
        cycles.business,
        cycles.wall,
        count(*) filter (where cycles.is_mature) as cycles,
        count(*) filter (where not cycles.is_mature) as too_young,
        {%- for stage in stages %}
        count(*) filter (where cycles.is_mature and cycles.is_{{ stage }}) as {{ stage }},
        {%- endfor %}
        count(*) filter (where cycles.is_mature and cycles.is_sql and cycles.is_sql_before_touch)
            as sql_before_touch
    from cycles
    group by cycles.source, cycles.arrival, cycles.business, cycles.wall
),

parts as (
    {%- for clock in ['business', 'wall'] %}
    {%- set outer = loop %}
    {%- for arrival in ["'all'", 'counted.arrival'] %}
    {%- for dimension, column in dimensions %}
    select
        '{{ clock }}' as clock,
        {{ arrival }} as arrival,
        '{{ dimension }}' as dimension,
        {{ 'counted.' ~ column if column else "'all'" }} as dimension_value,
        counted.{{ clock }} as bucket_number,
        counted.cycles,
        counted.too_young,
        {%- for stage in stages %}
        counted.{{ stage }},
        {%- endfor %}
        counted.sql_before_touch
    from counted
    {{ 'union all' if not (outer.last and arrival != "'all'" and loop.last) }}
    {%- endfor %}
    {%- endfor %}
    {%- endfor %}
),

buckets as (
    {{ response_bucket_rows() }}
),

summed as (
    select
        parts.clock,
        parts.arrival,
        parts.dimension,
        parts.dimension_value,
        {%- for count in ['cycles', 'too_young'] + stages + ['sql_before_touch'] %}
        cast(sum(parts.{{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        parts.bucket_number
    from parts
    group by
        parts.clock, parts.arrival, parts.dimension, parts.dimension_value, parts.bucket_number
)

select
    summed.clock,
    summed.arrival,
    summed.dimension,
    summed.dimension_value,
    summed.bucket_number,
    buckets.bucket,
    buckets.over_seconds,
    buckets.up_to_seconds,
    summed.cycles,
    summed.too_young,
    {%- for stage in stages %}
    summed.{{ stage }},
    summed.{{ stage }} / cast(nullif(summed.cycles, 0) as double) as {{ stage }}_rate,
    {{ wilson_low('summed.' ~ stage, 'summed.cycles') }} as {{ stage }}_low,
    {{ wilson_high('summed.' ~ stage, 'summed.cycles') }} as {{ stage }}_high,
    {%- endfor %}
    summed.sql_before_touch,
    'association, not cause: who is answered first is no accident' as caution
from summed
inner join buckets
    on summed.bucket_number = buckets.bucket_number
