-- Everybody who owns or did anything, the ones no user export knows included.
with referenced as (
    select intervals.owner_key from {{ ref('int_owner_intervals') }} as intervals
    union
    select activities.owner_key from {{ ref('int_activities') }} as activities
    union
    select opportunities.owner_key from {{ ref('int_opportunities') }} as opportunities
),

unknown as (
    select
        referenced.owner_key,
        split_part(referenced.owner_key, ':', 1) as crm
    from referenced
    left join {{ ref('int_owners') }} as owners
        on referenced.owner_key = owners.owner_key
    where
        referenced.owner_key is not null
        and owners.owner_key is null
)

select
    owners.owner_key,
    owners.crm,
    owners.name,
    owners.team,
    owners.role_type,
    owners.is_sales_rep,
    owners.region,
    owners.calendar_id
from {{ ref('int_owners') }} as owners
union all
select
    unknown.owner_key,
    unknown.crm,
    cast(null as string) as name,
    cast(null as string) as team,
    'unmapped' as role_type,
    false as is_sales_rep,
    cast(null as string) as region,
    {{ text_variable('default_calendar') }} as calendar_id
from unknown
