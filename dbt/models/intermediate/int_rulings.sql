-- Marketing's rulings from every source, each on a record of the CRM that it is about. Grouped:
-- one ruling may come from two sources, or name its lead once by the long form of the id; then the
-- words of both are its words.
with rulings as (
    select
        reviews.crm,
        reviews.lead_id,
        reviews.ruling,
        reviews.rejected_at,
        reviews.ruled_at,
        reviews.ruled_by,
        reviews.evidence
    from {{ ref('stg_salesforce__reviews') }} as reviews
    union all
    select
        reviews.crm,
        reviews.lead_id,
        reviews.ruling,
        reviews.rejected_at,
        reviews.ruled_at,
        reviews.ruled_by,
        reviews.evidence
    from {{ ref('stg_hubspot__reviews') }} as reviews
    union all
    -- A form tool may rule on the leads of another CRM and name it with the lead.
    select
        case
            when reviews.lead_id like '%:%' then lower(split_part(reviews.lead_id, ':', 1))
            else reviews.crm
        end as crm,
        case
            when lower(reviews.lead_id) like 'salesforce:%'
                then {{ salesforce_id("split_part(reviews.lead_id, ':', 2)") }}
            when reviews.lead_id like '%:%' then split_part(reviews.lead_id, ':', 2)
            when reviews.crm = 'salesforce' then {{ salesforce_id('reviews.lead_id') }}
            else reviews.lead_id
        end as lead_id,
        reviews.ruling,
        reviews.rejected_at,
        reviews.ruled_at,
        reviews.ruled_by,
        reviews.evidence
    from {{ ref('stg_generic__reviews') }} as reviews
)

select
    rulings.crm,
    rulings.lead_id,
    rulings.ruling,
    rulings.rejected_at,
    rulings.ruled_at,
    {{ joined_distinct('rulings.ruled_by') }} as ruled_by,
    {{ joined_distinct('rulings.evidence') }} as evidence
from rulings
group by
    rulings.crm,
    rulings.lead_id,
    rulings.ruling,
    rulings.rejected_at,
    rulings.ruled_at
