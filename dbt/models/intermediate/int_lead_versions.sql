with salesforce as (
    select
        'salesforce' as crm,
        versions.lead_id as record_id,
        versions.load_id,
        versions.line_number,
        versions.exported_at,
        versions.is_newest,
        versions.name,
        versions.email,
        versions.company,
        versions.title as role,
        versions.source,
        versions.status,
        versions.owner_id as owner,
        cast(null as timestamp) as owner_assigned_at,
        versions.industry,
        versions.country,
        versions.score,
        versions.reason,
        versions.note,
        versions.employees,
        versions.is_deleted,
        versions.created_at,
        versions.modified_at,
        versions.vanished_at
    from {{ ref('stg_salesforce__lead_versions') }} as versions
),

hubspot as (
    select
        'hubspot' as crm,
        versions.contact_id as record_id,
        versions.load_id,
        versions.line_number,
        versions.exported_at,
        versions.is_newest,
        versions.name,
        versions.email,
        versions.company,
        versions.title as role,
        versions.source,
        cast(null as string) as status,
        versions.owner,
        versions.owner_assigned_at,
        versions.industry,
        versions.country,
        versions.score,
        versions.reason,
        versions.note,
        versions.employees,
        false as is_deleted,
        versions.created_at,
        versions.modified_at,
        versions.vanished_at
    from {{ ref('stg_hubspot__contact_versions') }} as versions
),

generic as (
    select
        versions.crm,
        versions.lead_id as record_id,
        versions.load_id,
        versions.line_number,
        versions.exported_at,
        versions.is_newest,
        versions.name,
        versions.email,
        versions.company,
        versions.title as role,
        versions.source,
        versions.status,
        versions.owner,
        cast(null as timestamp) as owner_assigned_at,
        versions.industry,
        versions.country,
        versions.score,
        versions.reason,
        versions.note,
        versions.employees,
        versions.is_deleted,
        versions.created_at,
        versions.modified_at,
        versions.vanished_at
    from {{ ref('stg_generic__lead_versions') }} as versions
)

select * from salesforce
union all
select * from hubspot
union all
select * from generic
