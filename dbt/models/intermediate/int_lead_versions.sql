-- Every CRM's versions of leads in one shape.
{%- set columns = [
    'crm',
    'record_id',
    'load_id',
    'line_number',
    'exported_at',
    'is_newest',
    'name',
    'email',
    'company',
    'role',
    'source',
    'status',
    'owner',
    'owner_assigned_at',
    'industry',
    'country',
    'score',
    'reason',
    'note',
    'employees',
    'is_deleted',
    'created_at',
    'modified_at',
] %}
{#- Where the columns come from that a CRM names otherwise or does not have. -#}
{%- set differing = {
    'stg_salesforce__lead_versions': {
        'crm': "'salesforce'",
        'record_id': 'versions.lead_id',
        'role': 'versions.title',
        'owner': 'versions.owner_id',
        'owner_assigned_at': 'cast(null as timestamp)',
    },
    'stg_hubspot__contact_versions': {
        'crm': "'hubspot'",
        'record_id': 'versions.contact_id',
        'role': 'versions.title',
        'status': 'cast(null as string)',
        'is_deleted': 'false',
    },
    'stg_generic__lead_versions': {
        'record_id': 'versions.lead_id',
        'role': 'versions.title',
        'owner_assigned_at': 'cast(null as timestamp)',
    },
} %}

with lead_versions as (
    {%- for model, expressions in differing.items() %}
    select
        {%- for column in columns %}
        {{ expressions.get(column, 'versions.' ~ column) }} as {{ column }},
        {%- endfor %}
        versions.vanished_at
    from {{ ref(model) }} as versions
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from lead_versions
