-- The signed examples in the shape of the values that criteria are asked of.
select
    examples.example_id,
    examples.expected = 'pass' as is_expected_to_pass,
    {{ clean('examples.industry') }} as industry,
    cast({{ to_number('examples.employees') }} as string) as employees,
    {{ clean('examples.role') }} as role,
    {{ clean('examples.country') }} as country,
    cast(null as string) as source,
    cast({{ to_number('examples.score') }} as string) as score,
    {{ email_domain('examples.email') }} as email_domain
from {{ ref('lead_definition_examples') }} as examples
