-- What is won above one segment's quota counts towards the whole's: the whole is judged by its own
-- sums, not by the sum of what its parts have left.
with cells as (
    {%- for dimension in ['all', 'segment', 'region'] %}
    select
        cells.quarter_start,
        '{{ dimension }}' as dimension,
        {{ "'all'" if dimension == 'all' else 'cells.' ~ dimension }} as dimension_value,
        {% for column, type in additive_pipeline_columns() -%}
        cells.{{ column }},
        {% endfor -%}
        cells.quota
    from {{ ref('int_pipeline_cells') }} as cells
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

summed as (
    select
        cells.quarter_start,
        cells.dimension,
        cells.dimension_value,
        {% for column, type in additive_pipeline_columns() -%}
        sum(cells.{{ column }}) as {{ column }},
        {% endfor -%}
        sum(cells.quota) as quota
    from cells
    group by cells.quarter_start, cells.dimension, cells.dimension_value
)

select
    summed.quarter_start,
    summed.dimension,
    summed.dimension_value,
    {{ coverage_columns('summed') }}
from summed
