-- Status and owner as one drop after the other shows them. Where nothing records a change, it is
-- known by the first drop that shows it: at the record's last-modified time when that lies after
-- the drop before, else at the drop's own instant. What the first drop shows has no instant.
with shown as (
    select
        versions.crm,
        versions.record_id,
        'status' as field,
        versions.status as value,
        versions.modified_at,
        versions.exported_at
    from {{ ref('int_lead_versions') }} as versions
    where versions.crm <> 'hubspot'
    union all
    select
        versions.crm,
        versions.record_id,
        'owner' as field,
        versions.owner as value,
        versions.modified_at,
        versions.exported_at
    from {{ ref('int_lead_versions') }} as versions
    where versions.crm <> 'hubspot'
    union all
    select
        'hubspot' as crm,
        versions.contact_id as record_id,
        'lifecycle_stage' as field,
        versions.lifecycle_stage as value,
        versions.modified_at,
        versions.exported_at
    from {{ ref('stg_hubspot__contact_versions') }} as versions
    union all
    select
        'hubspot' as crm,
        versions.contact_id as record_id,
        'lead_status' as field,
        versions.lead_status as value,
        versions.modified_at,
        versions.exported_at
    from {{ ref('stg_hubspot__contact_versions') }} as versions
),

untracked as (
    select
        shown.crm,
        shown.record_id,
        shown.field,
        shown.value,
        shown.modified_at,
        shown.exported_at,
        row_number() over (
            partition by shown.crm, shown.record_id, shown.field
            order by shown.exported_at, shown.modified_at
        ) as nth_shown,
        lag(shown.value) over (
            partition by shown.crm, shown.record_id, shown.field
            order by shown.exported_at, shown.modified_at
        ) as previous_value
    from shown
    left join {{ ref('int_tracked_fields') }} as tracked
        on
            shown.crm = tracked.crm
            and shown.field = tracked.field
    where tracked.crm is null
)

select
    untracked.crm,
    untracked.record_id,
    untracked.field,
    untracked.nth_shown,
    untracked.value,
    case
        when untracked.nth_shown = 1 then cast(null as timestamp)
        when untracked.modified_at > drops.previous_exported_at then untracked.modified_at
        else untracked.exported_at
    end as changed_at
from untracked
inner join {{ ref('stg_drops') }} as drops
    on
        untracked.crm = drops.crm
        and untracked.exported_at = drops.exported_at
where
    untracked.nth_shown = 1
    or lower(untracked.value) is distinct from lower(untracked.previous_value)
