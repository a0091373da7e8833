-- The status a lead record had before its first known change, held since it was created.
with recorded as (
    select
        changes.crm,
        changes.record_id,
        changes.field,
        changes.old_value,
        changes.new_value,
        changes.changed_at,
        changes.change_id,
        changes.change_number,
        row_number() over (
            partition by changes.crm, changes.record_id, changes.field
            order by changes.change_number
        ) as nth_change
    from {{ ref('int_field_changes') }} as changes
    where changes.field in ('status', 'lifecycle_stage', 'lead_status')
),

ever_changed as (
    select distinct
        recorded.crm,
        recorded.record_id
    from recorded
),

newest as (
    select
        versions.crm,
        versions.record_id,
        versions.status,
        contacts.lifecycle_stage,
        contacts.lead_status,
        versions.created_at
    from {{ ref('int_lead_versions') }} as versions
    left join {{ ref('stg_hubspot__contact_versions') }} as contacts
        on
            versions.crm = 'hubspot'
            and versions.record_id = contacts.contact_id
            and contacts.is_newest
    where versions.is_newest
),

-- Before its first recorded change a record had that change's old value. HubSpot records new
-- values only, so there is nothing to know before the first.
first_statuses as (
    select
        newest.crm,
        newest.record_id,
        recorded.old_value as value,
        newest.created_at as changed_at,
        0 as change_number
    from newest
    inner join recorded
        on
            newest.crm = recorded.crm
            and newest.record_id = recorded.record_id
            and recorded.nth_change = 1
    where newest.crm <> 'hubspot'
),

-- A record without any recorded change or date has had the status of today since it was created,
-- in a CRM that would have recorded or dated one. Nothing dates HubSpot's lead status.
unchanged as (
    {%- for field in ['status', 'lifecycle_stage', 'lead_status'] %}
    select
        newest.crm,
        newest.record_id,
        newest.{{ field }} as value,
        newest.created_at as changed_at,
        {{ loop.index0 }} as change_number
    from newest
    inner join {{ ref('int_crm_exports') }} as exports
        on newest.crm = exports.crm
    left join ever_changed
        on
            newest.crm = ever_changed.crm
            and newest.record_id = ever_changed.record_id
    left join {{ ref('int_stage_dates') }} as stage_dates
        on
            newest.crm = stage_dates.crm
            and newest.record_id = stage_dates.record_id
            and stage_dates.nth_date = 1
    where
        ever_changed.record_id is null
        and stage_dates.record_id is null
        and (
            exports.has_stage_history
            or (exports.has_stage_dates and '{{ field }}' <> 'lead_status')
        )
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from first_statuses
union all
select * from unchanged
