-- Which recorded field of which CRM is a status, and what each lead shows of it now.
with statuses as (
    select
        versions.crm,
        versions.record_id,
        'status' as field,
        versions.status as value,
        versions.created_at,
        versions.modified_at,
        versions.exported_at,
        versions.is_newest
    from {{ ref('int_lead_versions') }} as versions
    where versions.crm <> 'hubspot'
    union all
    select
        'hubspot' as crm,
        versions.contact_id as record_id,
        'lifecycle_stage' as field,
        versions.lifecycle_stage as value,
        versions.created_at,
        versions.modified_at,
        versions.exported_at,
        versions.is_newest
    from {{ ref('stg_hubspot__contact_versions') }} as versions
    union all
    select
        'hubspot' as crm,
        versions.contact_id as record_id,
        'lead_status' as field,
        versions.lead_status as value,
        versions.created_at,
        versions.modified_at,
        versions.exported_at,
        versions.is_newest
    from {{ ref('stg_hubspot__contact_versions') }} as versions
),

recorded as (
    select
        changes.crm,
        changes.record_id,
        changes.lead_key,
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

-- Without a recorded change the status of today has held since the lead was created, as long as
-- the CRM would have recorded one. HubSpot's first recorded value is no change of an older one.
first_statuses as (
    select
        statuses.crm,
        statuses.record_id,
        coalesce(recorded.old_value, case when recorded.crm is null then statuses.value end)
            as value,
        statuses.created_at as changed_at,
        statuses.record_id as change_id,
        0 as change_number,
        false as is_observed
    from statuses
    inner join {{ ref('int_crm_exports') }} as exports
        on statuses.crm = exports.crm
    left join recorded
        on
            statuses.crm = recorded.crm
            and statuses.record_id = recorded.record_id
            and statuses.field = recorded.field
            and recorded.nth_change = 1
    left join {{ ref('int_stage_dates') }} as stage_dates
        on
            statuses.crm = stage_dates.crm
            and statuses.record_id = stage_dates.record_id
            and statuses.field = stage_dates.field
            and stage_dates.nth_date = 1
    where
        statuses.is_newest
        and exports.has_history
        and (recorded.crm is not null or stage_dates.crm is null)
),

changes as (
    select
        recorded.crm,
        recorded.record_id,
        recorded.new_value as value,
        recorded.changed_at,
        recorded.change_id,
        recorded.change_number,
        false as is_observed
    from recorded
),

-- A CRM that exports neither history nor stage dates is known by what each drop shows.
shown as (
    select
        statuses.crm,
        statuses.record_id,
        statuses.value,
        statuses.created_at,
        statuses.modified_at,
        statuses.exported_at,
        row_number() over (
            partition by statuses.crm, statuses.record_id, statuses.field
            order by statuses.exported_at, statuses.modified_at
        ) as nth_shown,
        lag(statuses.value) over (
            partition by statuses.crm, statuses.record_id, statuses.field
            order by statuses.exported_at, statuses.modified_at
        ) as previous_value
    from statuses
    inner join {{ ref('int_crm_exports') }} as exports
        on statuses.crm = exports.crm
    where
        not exports.has_history
        and not exports.has_stage_dates
),

observed as (
    select
        shown.crm,
        shown.record_id,
        shown.value,
        case
            when shown.nth_shown = 1 then shown.created_at
            when shown.modified_at > drops.previous_exported_at then shown.modified_at
            else shown.exported_at
        end as changed_at,
        shown.record_id as change_id,
        cast(shown.nth_shown - 1 as bigint) as change_number,
        shown.nth_shown > 1 as is_observed
    from shown
    left join {{ ref('stg_drops') }} as drops
        on
            shown.crm = drops.crm
            and shown.exported_at = drops.exported_at
    where
        shown.nth_shown = 1
        or shown.value is distinct from shown.previous_value
)

select * from first_statuses
union all
select * from changes
union all
select * from observed
