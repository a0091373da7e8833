-- Every value that did not cast, with what was written there. One row per record and field.
{%- set staged = [
    ("'salesforce'", 'Lead', 'stg_salesforce__lead_versions', 'lead_id', 'is_newest'),
    ("'salesforce'", 'LeadHistory', 'stg_salesforce__lead_history', 'change_id', none),
    ("'salesforce'", 'Task', 'stg_salesforce__tasks', 'task_id', none),
    ("'salesforce'", 'Event', 'stg_salesforce__events', 'event_id', none),
    ("'salesforce'", 'Opportunity', 'stg_salesforce__opportunities', 'opportunity_id', none),
    (
        "'salesforce'",
        'OpportunityHistory',
        'stg_salesforce__opportunity_history',
        'change_id',
        none,
    ),
    ("'salesforce'", 'Account', 'stg_salesforce__accounts', 'account_id', none),
    ('staged.crm', 'reviews', 'stg_salesforce__reviews', 'lead_id', none),
    ("'hubspot'", 'contacts', 'stg_hubspot__contact_versions', 'contact_id', 'is_newest'),
    (
        "'hubspot'",
        'contacts_property_history',
        'stg_hubspot__property_history',
        'contact_id',
        none,
    ),
    ("'hubspot'", 'calls', 'stg_hubspot__calls', 'activity_id', none),
    ("'hubspot'", 'emails', 'stg_hubspot__emails', 'activity_id', none),
    ("'hubspot'", 'meetings', 'stg_hubspot__meetings', 'activity_id', none),
    ("'hubspot'", 'deals', 'stg_hubspot__deals', 'deal_id', none),
    ("'hubspot'", 'deals', 'stg_hubspot__deal_stage_dates', 'deal_id', none),
    ('staged.crm', 'reviews', 'stg_hubspot__reviews', 'lead_id', none),
    ('staged.crm', 'leads', 'stg_generic__lead_versions', 'lead_id', 'is_newest'),
    ('staged.crm', 'lead_history', 'stg_generic__lead_history', 'lead_id', none),
    ('staged.crm', 'touches', 'stg_generic__touches', 'touch_id', none),
    ('staged.crm', 'opportunities', 'stg_generic__opportunities', 'opportunity_id', none),
    ('staged.crm', 'reviews', 'stg_generic__reviews', 'lead_id', none),
] %}

with failures as (
    {%- for crm, object, model, key, condition in staged %}
    select
        {{ crm }} as crm,
        '{{ object }}' as object,
        staged.{{ key }} as record_id,
        {{ explode('staged.cast_failures') }} as failure
    from {{ ref(model) }} as staged
    where
        staged.cast_failures is not null
        {%- if condition %}
        and staged.{{ condition }}
        {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select distinct
    failures.crm,
    failures.object,
    failures.record_id,
    split_part(failures.failure, '=', 1) as field,
    substr(failures.failure, length(split_part(failures.failure, '=', 1)) + 2) as raw_value
from failures
