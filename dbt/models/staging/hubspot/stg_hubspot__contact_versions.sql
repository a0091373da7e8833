with versions as (
    select
        {{ clean('contacts.id') }} as contact_id,
        {{ clean('contacts.deal_ids') }} as deal_ids,
        {{ clean('contacts.merged_ids') }} as merged_ids,

        {{ full_name('contacts.first_name', 'contacts.last_name') }} as name,
        {{ clean('contacts.email') }} as email,
        {{ clean('contacts.company') }} as company,
        {{ clean('contacts.title') }} as title,
        {{ clean('contacts.source') }} as source,
        {{ clean('contacts.lifecycle_stage') }} as lifecycle_stage,
        {{ clean('contacts.lead_status') }} as lead_status,
        {{ clean('contacts.owner') }} as owner,
        {{ clean('contacts.industry') }} as industry,
        {{ clean('contacts.country') }} as country,
        {{ clean('contacts.score') }} as score,
        {{ clean('contacts.reason') }} as reason,
        {{ clean('contacts.note') }} as note,

        {{ to_number('contacts.employees') }} as employees,

        {{ to_instant('contacts.created_at') }} as created_at,
        {{ to_instant('contacts.owner_assigned_at') }} as owner_assigned_at,
        {{ to_instant('contacts.became_lead_at') }} as became_lead_at,
        {{ to_instant('contacts.became_mql_at') }} as became_mql_at,
        {{ to_instant('contacts.became_sql_at') }} as became_sql_at,
        {{ to_instant('contacts.became_opportunity_at') }} as became_opportunity_at,
        {{ to_instant('contacts.became_customer_at') }} as became_customer_at,
        {{ to_instant('contacts.modified_at') }} as modified_at,
        {{ cast_failures([
            ('employees', 'contacts.employees', to_number('contacts.employees')),
            ('score', 'contacts.score', to_number('contacts.score')),
            ('created_at', 'contacts.created_at', to_instant('contacts.created_at')),
            (
                'owner_assigned_at',
                'contacts.owner_assigned_at',
                to_instant('contacts.owner_assigned_at'),
            ),
            ('became_lead_at', 'contacts.became_lead_at', to_instant('contacts.became_lead_at')),
            ('became_mql_at', 'contacts.became_mql_at', to_instant('contacts.became_mql_at')),
            ('became_sql_at', 'contacts.became_sql_at', to_instant('contacts.became_sql_at')),
            (
                'became_opportunity_at',
                'contacts.became_opportunity_at',
                to_instant('contacts.became_opportunity_at'),
            ),
            (
                'became_customer_at',
                'contacts.became_customer_at',
                to_instant('contacts.became_customer_at'),
            ),
            ('modified_at', 'contacts.modified_at', to_instant('contacts.modified_at')),
        ]) }} as cast_failures,

        contacts._exported_at as exported_at,
        contacts._load_id,
        contacts._file,
        contacts._line
    from {{ source('hubspot', 'contacts') }} as contacts
),

vanished as (
    {{ vanished_records('versions', 'contact_id') }}
)

select
    versions.contact_id,
    versions.deal_ids,
    versions.merged_ids,
    versions.name,
    versions.email,
    versions.company,
    versions.title,
    versions.source,
    versions.lifecycle_stage,
    versions.lead_status,
    versions.owner,
    versions.industry,
    versions.country,
    versions.score,
    versions.reason,
    versions.note,
    versions.employees,
    versions.created_at,
    versions.owner_assigned_at,
    versions.became_lead_at,
    versions.became_mql_at,
    versions.became_sql_at,
    versions.became_opportunity_at,
    versions.became_customer_at,
    versions.modified_at,
    vanished.vanished_at,
    versions.exported_at,
    versions._load_id as load_id,
    versions._line as line_number,
    versions.cast_failures,
    {{ is_newest('versions.contact_id', 'versions.modified_at') }} as is_newest
from versions
left join vanished on versions.contact_id = vanished.record_id
