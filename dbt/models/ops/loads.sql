select
    loads.load_id,
    loads.crm,
    loads.object,
    loads.file_name,
    loads.sha256,
    cast(loads.rows_in_file as bigint) as rows_in_file,
    cast(loads.rows_loaded as bigint) as rows_loaded,
    cast(loads.rows_quarantined as bigint) as rows_quarantined,
    loads.exported_at,
    loads.loaded_at,
    loads.status,
    loads.error
from {{ source('ingest', 'loads') }} as loads
