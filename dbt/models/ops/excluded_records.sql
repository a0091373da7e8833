-- The leads that stand in no mart, by record, for those who look for one. excluded_leads counts
-- them.
select
    identity.crm,
    identity.record_id,
    'merged into another lead' as reason,
    identity.lead_key
from {{ ref('int_lead_identity') }} as identity
where identity.is_merged
union all
select
    leads.crm,
    leads.record_id,
    'test lead of an internal domain' as reason,
    cast(null as string) as lead_key
from {{ ref('int_leads') }} as leads
where leads.is_test
