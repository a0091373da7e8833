select
    quarantined_rows.load_id,
    loads.crm,
    loads.object,
    loads.file_name,
    quarantined_rows.record_id,
    quarantined_rows.reason,
    quarantined_rows.raw_text,
    quarantined_rows.line_number,
    loads.exported_at
from {{ source('ingest', 'quarantined_rows') }} as quarantined_rows
inner join {{ source('ingest', 'loads') }} as loads
    on quarantined_rows.load_id = loads.load_id
