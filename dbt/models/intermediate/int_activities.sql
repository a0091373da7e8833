-- Which activities are touches of a sales rep and which are replies of the prospect, by the
-- agreement's touch_types: the row with the activity's direction decides, else one with `any`.
with types as (
    select
        {{ match_key('touch_types.crm') }} as crm,
        {{ match_key('touch_types.raw_type') }} as raw_type,
        lower(touch_types.direction) as direction,
        touch_types.channel,
        touch_types.is_human
    from {{ ref('touch_types') }} as touch_types
),

judged as (
    select
        activities.lead_key,
        activities.crm,
        activities.activity_id,
        activities.raw_type,
        coalesce(activities.stated_direction, 'outbound') as direction,
        coalesce(exact.channel, any_direction.channel) as channel,
        coalesce(exact.is_human, any_direction.is_human) as is_human,
        activities.owner_key,
        activities.occurred_at,
        activities.logged_at
    from {{ ref('int_activity_records') }} as activities
    left join types as exact
        on
            activities.crm = exact.crm
            and lower(activities.raw_type) = exact.raw_type
            and coalesce(activities.stated_direction, 'outbound') = exact.direction
    left join types as any_direction
        on
            activities.crm = any_direction.crm
            and lower(activities.raw_type) = any_direction.raw_type
            and any_direction.direction = 'any'
)

select
    judged.lead_key || ':' || lower(judged.raw_type) || ':' || judged.activity_id as touch_key,
    judged.lead_key,
    judged.crm,
    judged.activity_id,
    judged.raw_type,
    judged.direction,
    judged.channel,
    judged.owner_key,
    judged.occurred_at,
    judged.logged_at,
    coalesce(
        judged.direction = 'outbound'
        and judged.is_human
        and owners.is_sales_rep,
        false
    ) as is_touch,
    coalesce(judged.direction = 'inbound' and judged.is_human, false) as is_reply,
    judged.channel is not null or judged.is_human is not null as is_known_type
from judged
left join {{ ref('int_owners') }} as owners
    on judged.owner_key = owners.owner_key
inner join {{ ref('int_leads') }} as leads
    on
        judged.lead_key = leads.lead_key
        and not leads.is_test
where judged.occurred_at is not null
