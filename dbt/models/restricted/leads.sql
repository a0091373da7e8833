select
    leads.lead_key,
    leads.crm,
    leads.record_id,
    leads.name,
    leads.email,
    leads.company,
    leads.role,
    leads.note
from {{ ref('int_leads') }} as leads
where not leads.is_test
