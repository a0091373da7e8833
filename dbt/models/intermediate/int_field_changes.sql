-- What a CRM calls a field, and what it is here.
with salesforce as (
    select
        'salesforce' as crm,
        history.lead_id as record_id,
        case history.field
            when 'owner_id' then 'owner'
            when 'title' then 'role'
            when 'lead_source' then 'source'
            else history.field
        end as field,
        history.old_value,
        history.new_value,
        history.changed_by,
        history.changed_at,
        history.change_id,
        length(history.change_id) as order_1,
        history.change_id as order_2,
        cast(null as timestamp) as order_3,
        cast(null as bigint) as order_4
    from {{ ref('stg_salesforce__lead_history') }} as history
    where
        -- An owner change is written twice, once with names; the ids decide.
        history.field <> 'owner_id'
        or coalesce(history.old_value, history.new_value) like '005%'
        or coalesce(history.old_value, history.new_value) like '00G%'
),

hubspot as (
    select
        'hubspot' as crm,
        history.contact_id as record_id,
        case history.property
            when 'lifecyclestage' then 'lifecycle_stage'
            when 'hs_lead_status' then 'lead_status'
            when 'hubspot_owner_id' then 'owner'
            when 'hubspotscore' then 'score'
            when 'jobtitle' then 'role'
            else history.property
        end as field,
        lag(history.value) over (
            partition by history.contact_id, history.property
            order by history.changed_at, history.exported_at, history._file, history._line
        ) as old_value,
        history.value as new_value,
        history.changed_by,
        history.changed_at,
        cast(null as string) as change_id,
        0 as order_1,
        history._file as order_2,
        history.exported_at as order_3,
        history._line as order_4
    from {{ ref('stg_hubspot__property_history') }} as history
    where history.changed_at is not null
),

generic as (
    select
        history.crm,
        history.lead_id as record_id,
        case history.field
            when 'title' then 'role'
            else history.field
        end as field,
        history.old_value,
        history.new_value,
        cast(null as string) as changed_by,
        history.changed_at,
        cast(null as string) as change_id,
        0 as order_1,
        history._file as order_2,
        history.exported_at as order_3,
        history._line as order_4
    from {{ ref('stg_generic__lead_history') }} as history
),

changes as (
    select * from salesforce
    union all
    select * from hubspot
    union all
    select * from generic
)

select
    identity.lead_key,
    changes.crm,
    changes.record_id,
    not identity.is_merged as is_own,
    changes.field,
    changes.old_value,
    changes.new_value,
    changes.changed_by,
    changes.changed_at,
    coalesce(changes.change_id, changes.record_id) as change_id,
    row_number() over (
        partition by identity.lead_key
        order by
            changes.changed_at,
            changes.order_1,
            changes.order_3,
            changes.order_2,
            changes.order_4,
            changes.field,
            changes.record_id
    ) as change_number
from changes
inner join {{ ref('int_lead_identity') }} as identity
    on
        changes.crm = identity.crm
        and changes.record_id = identity.record_id
where changes.changed_at is not null
