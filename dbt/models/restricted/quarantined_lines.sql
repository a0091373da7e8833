select
    quarantined_rows.load_id,
    quarantined_rows.line_number,
    quarantined_rows.reason,
    quarantined_rows.raw_text
from {{ ref('stg_quarantined_rows') }} as quarantined_rows
