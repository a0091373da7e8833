select distinct
    deliveries.crm,
    deliveries.object
from {{ source('ingest', 'deliveries') }} as deliveries
inner join {{ source('ingest', 'loads') }} as loads
    on deliveries.load_id = loads.load_id
where loads.status = 'loaded'
