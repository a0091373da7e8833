select
    cells.quarter_start,
    cells.segment,
    cells.region,
    {{ coverage_columns('cells') }}
from {{ ref('int_pipeline_cells') }} as cells
