-- Who owned a lead from when until when. The first owner is the old value of the first recorded
-- change, else the owner of today, from the lead's creation.
with current_owners as (
    select
        'salesforce:' || versions.lead_id as lead_key,
        'salesforce:' || versions.owner_id as owner_key,
        cast(null as timestamp) as assigned_at
    from {{ ref('stg_salesforce__lead_versions') }} as versions
    where versions.is_newest
    union all
    select
        'hubspot:' || versions.contact_id as lead_key,
        coalesce(aliases.owner_key, 'hubspot:' || versions.owner) as owner_key,
        -- Only read where no history says more, see below.
        versions.owner_assigned_at as assigned_at
    from {{ ref('stg_hubspot__contact_versions') }} as versions
    left join {{ ref('int_owner_aliases') }} as aliases
        on
            aliases.crm = 'hubspot'
            and {{ match_key('versions.owner') }} = aliases.alias
    where versions.is_newest
    union all
    select
        versions.crm || ':' || versions.lead_id as lead_key,
        coalesce(aliases.owner_key, versions.crm || ':' || versions.owner) as owner_key,
        cast(null as timestamp) as assigned_at
    from {{ ref('stg_generic__lead_versions') }} as versions
    left join {{ ref('int_owner_aliases') }} as aliases
        on
            versions.crm = aliases.crm
            and {{ match_key('versions.owner') }} = aliases.alias
    where versions.is_newest
),

changes as (
    select
        changes.lead_key,
        changes.changed_at,
        changes.change_number,
        changes.change_id,
        case
            when changes.crm = 'salesforce'
                then 'salesforce:' || {{ salesforce_id('changes.old_value') }}
            else coalesce(old_aliases.owner_key, changes.crm || ':' || changes.old_value)
        end as old_owner_key,
        case
            when changes.crm = 'salesforce'
                then 'salesforce:' || {{ salesforce_id('changes.new_value') }}
            else coalesce(new_aliases.owner_key, changes.crm || ':' || changes.new_value)
        end as new_owner_key,
        row_number() over (
            partition by changes.lead_key order by changes.change_number
        ) as nth_change
    from {{ ref('int_field_changes') }} as changes
    left join {{ ref('int_owner_aliases') }} as old_aliases
        on
            changes.crm = old_aliases.crm
            and {{ match_key('changes.old_value') }} = old_aliases.alias
    left join {{ ref('int_owner_aliases') }} as new_aliases
        on
            changes.crm = new_aliases.crm
            and {{ match_key('changes.new_value') }} = new_aliases.alias
    where
        changes.field = 'owner'
        and changes.is_own
),

owned as (
    select
        leads.lead_key,
        case
            when changes.lead_key is null then current_owners.owner_key
            else changes.old_owner_key
        end as owner_key,
        case
            when changes.lead_key is null
                then coalesce(current_owners.assigned_at, leads.created_at)
            else leads.created_at
        end as valid_from,
        0 as change_number,
        leads.record_id as change_id
    from {{ ref('int_leads') }} as leads
    left join current_owners on leads.lead_key = current_owners.lead_key
    left join changes
        on
            leads.lead_key = changes.lead_key
            and changes.nth_change = 1
    where not leads.is_test
    union all
    select
        changes.lead_key,
        changes.new_owner_key as owner_key,
        changes.changed_at as valid_from,
        changes.change_number,
        changes.change_id
    from changes
    inner join {{ ref('int_leads') }} as leads
        on
            changes.lead_key = leads.lead_key
            and not leads.is_test
),

intervals as (
    select
        owned.lead_key,
        owned.owner_key,
        owned.valid_from,
        lead(owned.valid_from) over (
            partition by owned.lead_key order by owned.change_number
        ) as valid_to,
        owned.change_number,
        owned.change_id
    from owned
)

select
    intervals.lead_key,
    intervals.owner_key,
    coalesce(owners.role_type, 'unmapped') as role_type,
    coalesce(owners.is_sales_rep, false) as is_sales_rep,
    coalesce(intervals.valid_from, timestamp '1970-01-01 00:00:00') as valid_from,
    intervals.valid_to,
    intervals.change_id
from intervals
left join {{ ref('int_owners') }} as owners
    on intervals.owner_key = owners.owner_key
where
    intervals.owner_key is not null
    and (
        intervals.valid_to is null
        or coalesce(intervals.valid_from, timestamp '1970-01-01 00:00:00') < intervals.valid_to
    )
