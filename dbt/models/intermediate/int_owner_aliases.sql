with aliases as (
    select
        owners.crm,
        {{ match_key('owners.user_id') }} as alias,
        1 as preference,
        owners.owner_key
    from {{ ref('int_owners') }} as owners
    union all
    select
        owners.crm,
        {{ match_key('owners.email') }} as alias,
        2 as preference,
        owners.owner_key
    from {{ ref('int_owners') }} as owners
    union all
    select
        owners.crm,
        {{ match_key('owners.name') }} as alias,
        3 as preference,
        owners.owner_key
    from {{ ref('int_owners') }} as owners
)

select
    aliases.crm,
    aliases.alias,
    aliases.owner_key
from aliases
where aliases.alias is not null
qualify
    row_number() over (
        partition by aliases.crm, aliases.alias
        order by aliases.preference, length(aliases.owner_key), aliases.owner_key
    ) = 1
