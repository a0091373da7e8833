-- The lead fields whose changes a CRM records, known by its having recorded one.
select distinct
    changes.crm,
    changes.field
from {{ ref('int_field_changes') }} as changes
