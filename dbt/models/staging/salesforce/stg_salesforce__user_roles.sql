with user_roles as (
    select
        {{ salesforce_id('user_roles.id') }} as user_role_id,
        {{ clean('user_roles.name') }} as name,
        user_roles._exported_at as exported_at,
        user_roles._file,
        user_roles._line
    from {{ source('salesforce', 'user_role') }} as user_roles
)

select
    user_roles.user_role_id,
    user_roles.name
from user_roles
qualify {{ is_newest('user_roles.user_role_id') }}
