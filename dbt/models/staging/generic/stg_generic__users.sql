with users as (
    select
        users.crm,
        {{ clean('users.user_id') }} as user_id,
        {{ clean('users.name') }} as name,
        {{ clean('users.email') }} as email,
        {{ clean('users.team') }} as team,
        users._exported_at as exported_at,
        users._file,
        users._line
    from {{ source('generic', 'users') }} as users
)

select
    users.crm,
    users.user_id,
    users.name,
    users.email,
    users.team
from users
qualify {{ is_newest('users.crm, users.user_id') }}
