with stated as (
    select
        'salesforce' as crm,
        versions.converted_opportunity_id as opportunity_id,
        versions.lead_id as record_id
    from {{ ref('stg_salesforce__lead_versions') }} as versions
    where versions.is_newest
    union all
    select
        'hubspot' as crm,
        deals.deal_id as opportunity_id,
        {{ explode_list('deals.contact_ids') }} as record_id
    from {{ ref('stg_hubspot__deals') }} as deals
    union all
    select
        'hubspot' as crm,
        {{ explode_list('versions.deal_ids') }} as opportunity_id,
        versions.contact_id as record_id
    from {{ ref('stg_hubspot__contact_versions') }} as versions
    where versions.is_newest
    union all
    select
        opportunities.crm,
        opportunities.opportunity_id,
        {{ explode_list('opportunities.lead_ids') }} as record_id
    from {{ ref('stg_generic__opportunities') }} as opportunities
    union all
    select
        versions.crm,
        {{ explode_list('versions.opportunity_id') }} as opportunity_id,
        versions.lead_id as record_id
    from {{ ref('stg_generic__lead_versions') }} as versions
    where versions.is_newest
)

select distinct
    stated.crm || ':' || trim(stated.opportunity_id) as opportunity_key,
    leads.lead_key,
    leads.is_test
from stated
inner join {{ ref('int_lead_identity') }} as identity
    on
        stated.crm = identity.crm
        and trim(stated.record_id) = identity.record_id
inner join {{ ref('int_leads') }} as leads
    on identity.lead_key = leads.lead_key
where trim(stated.opportunity_id) <> ''
