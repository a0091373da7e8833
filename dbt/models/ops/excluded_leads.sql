-- The leads that stand in no mart, counted in this one place.
select
    identity.crm,
    'merged into another lead' as reason,
    count(*) as leads
from {{ ref('int_lead_identity') }} as identity
where identity.is_merged
group by identity.crm
union all
select
    leads.crm,
    'test lead of an internal domain' as reason,
    count(*) as leads
from {{ ref('int_leads') }} as leads
where leads.is_test
group by leads.crm
