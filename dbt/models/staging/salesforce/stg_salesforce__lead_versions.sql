with versions as (
    select
        {{ salesforce_id('leads.id') }} as lead_id,
        {{ salesforce_id('leads.master_record_id') }} as master_lead_id,
        {{ salesforce_id('leads.owner_id') }} as owner_id,
        {{ salesforce_id('leads.converted_contact_id') }} as converted_contact_id,
        {{ salesforce_id('leads.converted_opportunity_id') }} as converted_opportunity_id,

        {{ full_name('leads.first_name', 'leads.last_name') }} as name,
        {{ clean('leads.email') }} as email,
        {{ clean('leads.company') }} as company,
        {{ clean('leads.title') }} as title,
        {{ clean('leads.lead_source') }} as source,
        {{ clean('leads.status') }} as status,
        {{ clean('leads.industry') }} as industry,
        {{ clean('leads.country') }} as country,
        {{ clean('leads.score') }} as score,
        {{ clean('leads.reason') }} as reason,
        {{ clean('leads.note') }} as note,

        {{ to_number('leads.employees') }} as employees,
        coalesce({{ to_boolean('leads.is_deleted') }}, false) as is_deleted,

        {{ to_instant('leads.created_at') }} as created_at,
        {{ to_instant('leads.modified_at') }} as modified_at,
        {{ cast_failures([
            ('employees', 'leads.employees', to_number('leads.employees')),
            ('score', 'leads.score', to_number('leads.score')),
            ('created_at', 'leads.created_at', to_instant('leads.created_at')),
            ('modified_at', 'leads.modified_at', to_instant('leads.modified_at')),
            ('is_deleted', 'leads.is_deleted', to_boolean('leads.is_deleted')),
        ]) }} as cast_failures,

        leads._exported_at as exported_at,
        leads._load_id,
        leads._file,
        leads._line
    from {{ source('salesforce', 'lead') }} as leads
),

vanished as (
    {{ vanished_records('versions', 'lead_id') }}
)

select
    versions.lead_id,
    versions.master_lead_id,
    versions.owner_id,
    versions.converted_contact_id,
    versions.converted_opportunity_id,
    versions.name,
    versions.email,
    versions.company,
    versions.title,
    versions.source,
    versions.status,
    versions.industry,
    versions.country,
    versions.score,
    versions.reason,
    versions.note,
    versions.employees,
    versions.is_deleted,
    versions.created_at,
    versions.modified_at,
    vanished.vanished_at,
    versions.exported_at,
    versions._load_id as load_id,
    versions._line as line_number,
    versions.cast_failures,
    {{ is_newest('versions.lead_id', 'versions.modified_at') }} as is_newest
from versions
left join vanished on versions.lead_id = vanished.record_id
