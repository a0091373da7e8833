select
    quarantined_rows.load_id,
    quarantined_rows.crm,
    quarantined_rows.object,
    quarantined_rows.file_name,
    cast(quarantined_rows.line_number as bigint) as line_number,
    quarantined_rows.reason
from {{ ref('stg_quarantined_rows') }} as quarantined_rows
