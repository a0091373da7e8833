with deletions as (
    select
        versions.crm,
        versions.record_id,
        min(coalesce(versions.modified_at, versions.exported_at)) as deleted_at
    from {{ ref('int_lead_versions') }} as versions
    where versions.is_deleted
    group by versions.crm, versions.record_id
)

select
    identity.lead_key,
    versions.crm,
    versions.record_id,
    versions.name,
    versions.email,
    {{ email_domain('versions.email') }} as email_domain,
    versions.company,
    versions.role,
    versions.source,
    versions.status,
    versions.industry,
    versions.country,
    versions.score,
    versions.reason,
    versions.note,
    versions.employees,
    internal_domains.domain is not null as is_test,
    versions.created_at,
    versions.modified_at,
    case
        when versions.is_deleted then deletions.deleted_at
        else versions.vanished_at
    end as deleted_at
from {{ ref('int_lead_versions') }} as versions
inner join {{ ref('int_lead_identity') }} as identity
    on
        versions.crm = identity.crm
        and versions.record_id = identity.record_id
        and not identity.is_merged
left join deletions
    on
        versions.crm = deletions.crm
        and versions.record_id = deletions.record_id
left join {{ ref('internal_domains') }} as internal_domains
    on {{ email_domain('versions.email') }} = {{ match_key('internal_domains.domain') }}
where versions.is_newest
