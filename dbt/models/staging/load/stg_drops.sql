with drops as (
    select distinct
        deliveries.crm,
        deliveries.exported_at
    from {{ source('ingest', 'deliveries') }} as deliveries
)

select
    drops.crm,
    drops.exported_at,
    lag(drops.exported_at) over (
        partition by drops.crm order by drops.exported_at
    ) as previous_exported_at
from drops
