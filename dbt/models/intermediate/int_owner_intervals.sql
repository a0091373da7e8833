-- Who owned a lead from when until when. The first owner is the old value of the first recorded
-- change, else the owner of today, and has owned the lead for as long as it exists.
with changes as (
    select
        changes.crm,
        changes.record_id,
        changes.old_value,
        changes.new_value,
        changes.changed_at,
        changes.change_id,
        changes.change_number,
        row_number() over (
            partition by changes.lead_key order by changes.change_number
        ) as nth_change
    from {{ ref('int_field_changes') }} as changes
    where
        changes.field = 'owner'
        and changes.is_own
),

tracked as (
    select tracked.crm
    from {{ ref('int_tracked_fields') }} as tracked
    where tracked.field = 'owner'
),

steps as (
    -- Recorded changes.
    select
        changes.crm,
        changes.record_id,
        changes.new_value as owner,
        changes.changed_at as valid_from,
        changes.change_number as step,
        changes.change_id
    from changes
    union all
    -- What came before the first of them; HubSpot records new values only.
    select
        changes.crm,
        changes.record_id,
        changes.old_value as owner,
        cast(null as timestamp) as valid_from,
        0 as step,
        changes.record_id as change_id
    from changes
    where
        changes.nth_change = 1
        and changes.crm <> 'hubspot'
    union all
    -- No change recorded where one would have been.
    select
        versions.crm,
        versions.record_id,
        versions.owner,
        cast(null as timestamp) as valid_from,
        0 as step,
        versions.record_id as change_id
    from {{ ref('int_lead_versions') }} as versions
    inner join tracked on versions.crm = tracked.crm
    left join changes
        on
            versions.crm = changes.crm
            and versions.record_id = changes.record_id
            and changes.nth_change = 1
    where
        versions.is_newest
        and changes.record_id is null
    union all
    -- No history of owners at all: what each drop showed.
    select
        shown.crm,
        shown.record_id,
        shown.value as owner,
        shown.changed_at as valid_from,
        shown.nth_shown as step,
        shown.record_id as change_id
    from {{ ref('int_shown_values') }} as shown
    where shown.field = 'owner'
    union all
    -- HubSpot says of each owner it shows when it was assigned.
    select
        versions.crm,
        versions.record_id,
        versions.owner,
        versions.owner_assigned_at as valid_from,
        row_number() over (
            partition by versions.record_id order by versions.exported_at, versions.modified_at
        ) as step,
        versions.record_id as change_id
    from {{ ref('int_lead_versions') }} as versions
    left join tracked on versions.crm = tracked.crm
    where
        versions.crm = 'hubspot'
        and tracked.crm is null
),

intervals as (
    select
        leads.lead_key,
        case
            when steps.crm = 'salesforce' then 'salesforce:' || {{ salesforce_id('steps.owner') }}
            else coalesce(aliases.owner_key, {{ owner_key('steps.crm', 'steps.owner') }})
        end as owner_key,
        coalesce(steps.valid_from, {{ beginning_of_ownership() }}) as valid_from,
        lead(steps.valid_from) over (
            partition by leads.lead_key
            order by steps.valid_from nulls first, steps.step
        ) as valid_to,
        steps.change_id
    from steps
    inner join {{ ref('int_leads') }} as leads
        on
            steps.crm = leads.crm
            and steps.record_id = leads.record_id
            and not leads.is_test
    left join {{ ref('int_owner_aliases') }} as aliases
        on
            steps.crm = aliases.crm
            and {{ match_key('steps.owner') }} = aliases.alias
)

select
    intervals.lead_key,
    intervals.owner_key,
    coalesce(owners.role_type, 'unmapped') as role_type,
    coalesce(owners.is_sales_rep, false) as is_sales_rep,
    intervals.valid_from,
    intervals.valid_to,
    intervals.change_id
from intervals
left join {{ ref('int_owners') }} as owners
    on intervals.owner_key = owners.owner_key
where
    intervals.owner_key is not null
    and (intervals.valid_to is null or intervals.valid_from < intervals.valid_to)
