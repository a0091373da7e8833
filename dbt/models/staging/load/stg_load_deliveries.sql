select distinct
    deliveries.load_id,
    deliveries.exported_at
from {{ source('ingest', 'deliveries') }} as deliveries
where deliveries.load_id is not null
