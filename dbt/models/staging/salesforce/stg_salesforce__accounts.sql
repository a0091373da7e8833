with accounts as (
    select
        {{ salesforce_id('accounts.id') }} as account_id,
        {{ clean('accounts.industry') }} as industry,
        {{ clean('accounts.country') }} as country,
        {{ to_number('accounts.employees') }} as employees,
        {{ cast_failures([
            ('employees', 'accounts.employees', to_number('accounts.employees')),
        ]) }} as cast_failures,
        accounts._exported_at as exported_at,
        accounts._file,
        accounts._line
    from {{ source('salesforce', 'account') }} as accounts
)

select
    accounts.account_id,
    accounts.industry,
    accounts.country,
    accounts.employees,
    accounts.cast_failures
from accounts
qualify {{ is_newest('accounts.account_id') }}
