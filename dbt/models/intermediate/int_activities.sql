-- What people did about a lead, in one shape. An activity with several leads is one of each.
with salesforce_people as (
    select
        identity.record_id as who_id,
        identity.lead_key
    from {{ ref('int_lead_identity') }} as identity
    where identity.crm = 'salesforce'
    union
    select
        versions.converted_contact_id as who_id,
        identity.lead_key
    from {{ ref('stg_salesforce__lead_versions') }} as versions
    inner join {{ ref('int_lead_identity') }} as identity
        on
            identity.crm = 'salesforce'
            and versions.lead_id = identity.record_id
    where
        versions.is_newest
        and versions.converted_contact_id is not null
),

salesforce as (
    select
        'salesforce' as crm,
        people.lead_key,
        tasks.task_id as activity_id,
        tasks.task_subtype as raw_type,
        case
            when lower(tasks.task_subtype) = 'call' then tasks.call_type
        end as stated_direction,
        'salesforce:' || tasks.owner_id as owner_key,
        coalesce(tasks.completed_at, tasks.created_at) as occurred_at,
        tasks.created_at as logged_at
    from {{ ref('stg_salesforce__tasks') }} as tasks
    inner join salesforce_people as people on tasks.who_id = people.who_id
    where
        (tasks.status = 'completed' or tasks.completed_at is not null)
        and not tasks.is_deleted
        and (tasks.vanished_at is null or tasks.vanished_at > {{ as_of() }})
    union all
    select
        'salesforce' as crm,
        people.lead_key,
        meetings.event_id as activity_id,
        {{ salesforce_meeting_type() }} as raw_type,
        cast(null as varchar) as stated_direction,
        'salesforce:' || meetings.owner_id as owner_key,
        meetings.starts_at as occurred_at,
        meetings.created_at as logged_at
    from {{ ref('stg_salesforce__events') }} as meetings
    inner join salesforce_people as people on meetings.who_id = people.who_id
    where
        not meetings.is_deleted
        and (meetings.vanished_at is null or meetings.vanished_at > {{ as_of() }})
),

hubspot_deliveries as (
    {% for object, raw_type in [('calls', 'call'), ('emails', 'email'), ('meetings', 'meeting')] %}
    select
        '{{ raw_type }}' as raw_type,
        activities.activity_id,
        {{ explode_list('activities.contact_ids') }} as contact_id,
        activities.owner,
        activities.direction,
        activities.occurred_at,
        activities.created_at
    from {{ ref('stg_hubspot__' ~ object) }} as activities
    where
        (activities.vanished_at is null or activities.vanished_at > {{ as_of() }})
        {%- if object == 'meetings' %}
        and (activities.outcome is null or activities.outcome = 'completed')
        {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

hubspot as (
    select distinct
        'hubspot' as crm,
        identity.lead_key,
        deliveries.activity_id,
        deliveries.raw_type,
        case
            when deliveries.direction in ('inbound', 'incoming_email') then 'inbound'
            when deliveries.direction in ('outbound', 'email', 'forwarded_email') then 'outbound'
        end as stated_direction,
        coalesce(aliases.owner_key, 'hubspot:' || deliveries.owner) as owner_key,
        deliveries.occurred_at,
        deliveries.created_at as logged_at
    from hubspot_deliveries as deliveries
    inner join {{ ref('int_lead_identity') }} as identity
        on
            identity.crm = 'hubspot'
            and trim(deliveries.contact_id) = identity.record_id
    left join {{ ref('int_owner_aliases') }} as aliases
        on
            aliases.crm = 'hubspot'
            and {{ match_key('deliveries.owner') }} = aliases.alias
),

generic_deliveries as (
    select
        touches.crm,
        touches.touch_id,
        touches.type,
        touches.direction,
        {{ explode_list('touches.lead_ids') }} as lead_id,
        touches.user_id,
        touches.occurred_at,
        touches.logged_at
    from {{ ref('stg_generic__touches') }} as touches
    where touches.vanished_at is null or touches.vanished_at > {{ as_of() }}
),

generic as (
    select distinct
        deliveries.crm,
        identity.lead_key,
        deliveries.touch_id as activity_id,
        deliveries.type as raw_type,
        case
            when deliveries.direction in ('inbound', 'incoming', 'in') then 'inbound'
            when deliveries.direction in ('outbound', 'outgoing', 'out') then 'outbound'
            else deliveries.direction
        end as stated_direction,
        coalesce(aliases.owner_key, deliveries.crm || ':' || deliveries.user_id) as owner_key,
        deliveries.occurred_at,
        deliveries.logged_at
    from generic_deliveries as deliveries
    inner join {{ ref('int_lead_identity') }} as identity
        on
            deliveries.crm = identity.crm
            and trim(deliveries.lead_id) = identity.record_id
    left join {{ ref('int_owner_aliases') }} as aliases
        on
            deliveries.crm = aliases.crm
            and {{ match_key('deliveries.user_id') }} = aliases.alias
),

activities as (
    select * from salesforce
    union all
    select * from hubspot
    union all
    select * from generic
),

types as (
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
    from activities
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
