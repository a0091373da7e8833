select
    touches.touch_key,
    touches.lead_key,
    touches.crm,
    touches.cycle_id,
    touches.owner_key,
    touches.channel,
    touches.direction,
    touches.occurred_at,
    touches.logged_at,
    touches.is_counted
from {{ ref('int_touches') }} as touches
