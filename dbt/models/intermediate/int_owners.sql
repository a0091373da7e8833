with salesforce_users as (
    select
        'salesforce' as crm,
        users.user_id,
        users.name,
        users.email,
        user_roles.name as team,
        false as is_queue
    from {{ ref('stg_salesforce__users') }} as users
    left join {{ ref('stg_salesforce__user_roles') }} as user_roles
        on users.user_role_id = user_roles.user_role_id
),

salesforce_queues as (
    select
        'salesforce' as crm,
        queues.group_id as user_id,
        queues.name,
        cast(null as string) as email,
        cast(null as string) as team,
        true as is_queue
    from {{ ref('stg_salesforce__groups') }} as queues
),

hubspot_owners as (
    select
        'hubspot' as crm,
        owners.owner_id as user_id,
        owners.name,
        owners.email,
        owners.team,
        false as is_queue
    from {{ ref('stg_hubspot__owners') }} as owners
),

generic_users as (
    select
        users.crm,
        users.user_id,
        users.name,
        users.email,
        users.team,
        false as is_queue
    from {{ ref('stg_generic__users') }} as users
),

owners as (
    select * from salesforce_users
    union all
    select * from salesforce_queues
    union all
    select * from hubspot_owners
    union all
    select * from generic_users
)

select
    {{ owner_key('owners.crm', 'owners.user_id') }} as owner_key,
    owners.crm,
    owners.user_id,
    owners.name,
    owners.email,
    owners.team,
    case
        when owners.is_queue then 'queue'
        else coalesce(team_roles.role_type, 'unmapped')
    end as role_type,
    coalesce(team_roles.role_type in ('sdr', 'ae', 'manager'), false)
    and not owners.is_queue as is_sales_rep,
    team_roles.region,
    coalesce(team_roles.calendar_id, {{ text_variable('default_calendar') }}) as calendar_id
from owners
left join {{ ref('team_roles') }} as team_roles
    on
        owners.crm = {{ match_key('team_roles.crm') }}
        and {{ match_key('owners.team') }} = {{ match_key('team_roles.team') }}
where owners.user_id is not null
