-- A cell is null only where its file has no such column: a column that was delivered empty was
-- delivered.
with leads as (
    select
        leads.crm,
        coalesce(leads.last_name, leads.first_name) as name,
        leads.company,
        leads.title as role,
        leads.email,
        leads.lead_source as source,
        leads.score,
        leads.industry,
        leads.employees,
        leads.country,
        leads.reason,
        leads.note,
        cast(null as string) as owner_assigned_at
    from {{ source('salesforce', 'lead') }} as leads
    union all
    select
        contacts.crm,
        coalesce(contacts.last_name, contacts.first_name) as name,
        contacts.company,
        contacts.title as role,
        contacts.email,
        contacts.source,
        contacts.score,
        contacts.industry,
        contacts.employees,
        contacts.country,
        contacts.reason,
        contacts.note,
        contacts.owner_assigned_at
    from {{ source('hubspot', 'contacts') }} as contacts
    union all
    select
        leads.crm,
        leads.name,
        leads.company,
        leads.title as role,
        leads.email,
        leads.source,
        leads.score,
        leads.industry,
        leads.employees,
        leads.country,
        leads.reason,
        leads.note,
        cast(null as string) as owner_assigned_at
    from {{ source('generic', 'leads') }} as leads
),

delivered as (
    select
        leads.crm,
        {{ are_delivered('leads') }}
    from leads
    group by leads.crm
)

{% for field in exportable_fields() -%}
select
    delivered.crm,
    '{{ field }}' as field
from delivered
where delivered.{{ field }}
{{ 'union all' if not loop.last }}
{% endfor %}
