-- Every raw status a lead record had, with the instant from which.
with shown as (
    select
        shown.crm,
        shown.record_id,
        shown.value,
        coalesce(shown.changed_at, newest.created_at) as changed_at,
        cast(
            2 * (shown.nth_shown - 1) + case when shown.field = 'lead_status' then 1 else 0 end
            as bigint
        ) as change_number,
        shown.nth_shown = 1 as is_first,
        shown.nth_shown > 1 as is_observed
    from {{ ref('int_shown_values') }} as shown
    inner join {{ ref('int_lead_versions') }} as newest
        on
            shown.crm = newest.crm
            and shown.record_id = newest.record_id
            and newest.is_newest
    inner join {{ ref('int_crm_exports') }} as exports
        on shown.crm = exports.crm
    where
        shown.field <> 'owner'
        and not exports.has_stage_history
        and not exports.has_stage_dates
)

select
    first_statuses.crm,
    first_statuses.record_id,
    first_statuses.value,
    first_statuses.changed_at,
    first_statuses.record_id as change_id,
    cast(first_statuses.change_number as bigint) as change_number,
    true as is_first,
    false as is_observed
from {{ ref('int_first_statuses') }} as first_statuses
union all
select
    changes.crm,
    changes.record_id,
    changes.new_value as value,
    changes.changed_at,
    changes.change_id,
    changes.change_number,
    false as is_first,
    false as is_observed
from {{ ref('int_field_changes') }} as changes
where changes.field in ('status', 'lifecycle_stage', 'lead_status')
union all
select
    shown.crm,
    shown.record_id,
    shown.value,
    shown.changed_at,
    shown.record_id as change_id,
    shown.change_number,
    shown.is_first,
    shown.is_observed
from shown
