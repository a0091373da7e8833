with users as (
    select
        {{ salesforce_id('users.id') }} as user_id,
        {{ salesforce_id('users.user_role_id') }} as user_role_id,
        {{ clean('users.name') }} as name,
        {{ clean('users.email') }} as email,
        {{ to_boolean('users.is_active') }} as is_active,
        users._exported_at as exported_at,
        users._file,
        users._line
    from {{ source('salesforce', 'user') }} as users
)

select
    users.user_id,
    users.user_role_id,
    users.name,
    users.email,
    users.is_active
from users
qualify {{ is_newest('users.user_id') }}
