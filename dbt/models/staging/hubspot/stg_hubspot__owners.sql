with owners as (
    select
        {{ clean('owners.id') }} as owner_id,
        {{ clean('owners.email') }} as email,
        {{ full_name('owners.first_name', 'owners.last_name') }} as name,
        {{ clean('owners.team') }} as team,
        owners._exported_at as exported_at,
        owners._file,
        owners._line
    from {{ source('hubspot', 'owners') }} as owners
)

select
    owners.owner_id,
    owners.email,
    owners.name,
    owners.team
from owners
qualify {{ is_newest('owners.owner_id') }}
