with deliveries as (
    select
        deliveries.crm,
        deliveries.object,
        deliveries.load_id,
        deliveries.exported_at,
        deliveries.mode,
        deliveries.is_complete
    from {{ source('ingest', 'deliveries') }} as deliveries
),

last_deliveries as (
    select
        deliveries.crm,
        deliveries.object,
        deliveries.load_id,
        min(deliveries.exported_at) as first_delivered_at,
        max(deliveries.exported_at) as last_delivered_at
    from deliveries
    group by deliveries.crm, deliveries.object, deliveries.load_id
),

full_drops as (
    select
        deliveries.crm,
        deliveries.object,
        deliveries.exported_at
    from deliveries
    where deliveries.mode = 'full'
    group by deliveries.crm, deliveries.object, deliveries.exported_at
    having bool_and(deliveries.is_complete)
)

select
    last_deliveries.crm,
    last_deliveries.object,
    last_deliveries.load_id,
    last_deliveries.first_delivered_at,
    last_deliveries.last_delivered_at,
    count(full_drops.exported_at) > 0 as object_has_full_drops,
    min(full_drops.exported_at) filter (
        where full_drops.exported_at > last_deliveries.last_delivered_at
    ) as next_full_at
from last_deliveries
left join full_drops
    on
        last_deliveries.crm = full_drops.crm
        and last_deliveries.object = full_drops.object
group by
    last_deliveries.crm,
    last_deliveries.object,
    last_deliveries.load_id,
    last_deliveries.first_delivered_at,
    last_deliveries.last_delivered_at
