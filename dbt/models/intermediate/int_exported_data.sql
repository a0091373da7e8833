-- What each CRM with leads ever exported, of all that a clause can need.
with crms as (
    select distinct leads.crm
    from {{ ref('int_leads') }} as leads
),

exported as (
    select
        fields.crm,
        case fields.field when 'owner_assigned_at' then 'owner_history' else fields.field end
            as datum
    from {{ ref('stg_delivered_fields') }} as fields
    union
    select
        objects.crm,
        case
            when objects.object in ('User', 'owners') then 'users'
            when objects.object in ('Task', 'Event', 'calls', 'emails', 'meetings')
                then 'activities'
            when objects.object = 'reviews' then 'reviews'
        end as datum
    from {{ ref('stg_delivered_objects') }} as objects
    union
    -- Which object of another CRM feeds these is the mapping's to say: rows show that one did.
    select
        users.crm,
        'users' as datum
    from {{ ref('stg_generic__users') }} as users
    union
    select
        touches.crm,
        'activities' as datum
    from {{ ref('stg_generic__touches') }} as touches
    union
    select
        reviews.crm,
        'reviews' as datum
    from {{ ref('stg_salesforce__reviews') }} as reviews
    union
    select
        reviews.crm,
        'reviews' as datum
    from {{ ref('stg_hubspot__reviews') }} as reviews
    union
    -- A form tool may rule on the leads of another CRM and name it with the lead.
    select
        case
            when reviews.lead_id like '%:%' then lower(split_part(reviews.lead_id, ':', 1))
            else reviews.crm
        end as crm,
        'reviews' as datum
    from {{ ref('stg_generic__reviews') }} as reviews
    union
    select
        owners.crm,
        'sales_reps' as datum
    from {{ ref('int_owners') }} as owners
    where owners.is_sales_rep
    union
    select
        tracked.crm,
        case
            when tracked.field = 'owner' then 'owner_history'
            when tracked.field in ('status', 'lead_status') then 'closing_history'
            {%- if var('mql_entry') == 'score' %}
            when tracked.field = 'score' then 'mql_history'
            {%- endif %}
        end as datum
    from {{ ref('int_tracked_fields') }} as tracked
    {%- if var('mql_entry') != 'score' %}
    union
    select
        exports.crm,
        'mql_history' as datum
    from {{ ref('int_crm_exports') }} as exports
    where
        exports.has_stage_history
        or exports.has_stage_dates
    {%- endif %}
    union
    select
        stage_dates.crm,
        'closing_history' as datum
    from {{ ref('int_stage_dates') }} as stage_dates
    where stage_dates.stage in ('rejected', 'dead', 'recycled')
),

-- Without any history each drop shows at least that a lead was closed, though not when.
complete as (
    select
        exported.crm,
        exported.datum
    from exported
    union
    select
        exported.crm,
        'closings' as datum
    from exported
    where exported.datum = 'closing_history'
    union
    select
        exports.crm,
        'closings' as datum
    from {{ ref('int_crm_exports') }} as exports
    where
        not exports.has_stage_history
        and not exports.has_stage_dates
)

select distinct
    complete.crm,
    complete.datum
from complete
inner join crms on complete.crm = crms.crm
where complete.datum is not null
