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
        cast(null as string) as stated_direction,
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
        coalesce(
            aliases.owner_key, {{ owner_key("'hubspot'", 'deliveries.owner') }}
        ) as owner_key,
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
        coalesce(
            aliases.owner_key, {{ owner_key('deliveries.crm', 'deliveries.user_id') }}
        ) as owner_key,
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
)

select * from salesforce
union all
select * from hubspot
union all
select * from generic
