{%- set casts = [
    ('employees', 'leads.employees', to_number('leads.employees')),
    ('score', 'leads.score', to_number('leads.score')),
    ('is_deleted', 'leads.is_deleted', to_boolean('leads.is_deleted')),
    ('created_at', 'leads.created_at', to_instant('leads.created_at')),
    ('modified_at', 'leads.modified_at', to_instant('leads.modified_at')),
] %}
{%- for stage in lead_stage_dates() %}
{%- set column = 'leads.' ~ stage ~ '_at' %}
{%- do casts.append((stage ~ '_at', column, to_instant(column))) %}
{%- endfor %}

with versions as (
    select
        leads.crm,
        {{ clean('leads.lead_id') }} as lead_id,
        {{ clean('leads.owner') }} as owner,
        {{ clean('leads.opportunity_id') }} as opportunity_id,

        {{ clean('leads.name') }} as name,
        {{ clean('leads.email') }} as email,
        {{ clean('leads.company') }} as company,
        {{ clean('leads.title') }} as title,
        {{ clean('leads.source') }} as source,
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
        {%- for stage in lead_stage_dates() %}
        {{ to_instant('leads.' ~ stage ~ '_at') }} as {{ stage }}_at,
        {%- endfor %}
        {{ cast_failures(casts) }} as cast_failures,

        leads._object as object,
        leads._exported_at as exported_at,
        leads._load_id,
        leads._file,
        leads._line
    from {{ source('generic', 'leads') }} as leads
),

vanished as (
    {{ vanished_records('versions', 'lead_id') }}
)

select
    versions.crm,
    versions.lead_id,
    versions.owner,
    versions.opportunity_id,
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
    {%- for stage in lead_stage_dates() %}
    versions.{{ stage }}_at,
    {%- endfor %}
    vanished.vanished_at,
    versions.exported_at,
    versions._load_id as load_id,
    versions._line as line_number,
    versions.cast_failures,
    {{ is_newest('versions.crm, versions.lead_id', 'versions.modified_at') }} as is_newest
from versions
left join vanished on versions.crm = vanished.crm and versions.lead_id = vanished.record_id
