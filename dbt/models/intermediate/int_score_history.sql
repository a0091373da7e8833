{{ config(materialized="view") }}

-- The score of each lead record as it was recorded, from creation on; a merged record's crossings
-- of the threshold move to its survivor like any other event of its story.
with recorded as (
    select
        changes.lead_key,
        changes.crm,
        changes.record_id,
        changes.old_value,
        changes.new_value,
        changes.changed_at,
        changes.change_id,
        changes.change_number,
        row_number() over (
            partition by changes.crm, changes.record_id order by changes.change_number
        ) as nth_change
    from {{ ref('int_field_changes') }} as changes
    where changes.field = 'score'
),

first_scores as (
    select
        identity.lead_key,
        versions.crm,
        versions.record_id,
        coalesce(recorded.old_value, case when recorded.record_id is null then versions.score end)
            as score,
        versions.created_at as scored_at,
        versions.record_id as change_id,
        0 as change_number
    from {{ ref('int_lead_versions') }} as versions
    inner join {{ ref('int_lead_identity') }} as identity
        on
            versions.crm = identity.crm
            and versions.record_id = identity.record_id
    left join recorded
        on
            versions.crm = recorded.crm
            and versions.record_id = recorded.record_id
            and recorded.nth_change = 1
    where versions.is_newest
),

scores as (
    select
        first_scores.lead_key,
        first_scores.crm,
        first_scores.record_id,
        {{ to_number('first_scores.score') }} as score,
        first_scores.scored_at,
        first_scores.change_id,
        first_scores.change_number
    from first_scores
    union all
    select
        recorded.lead_key,
        recorded.crm,
        recorded.record_id,
        {{ to_number('recorded.new_value') }} as score,
        recorded.changed_at as scored_at,
        recorded.change_id,
        recorded.change_number
    from recorded
)

select
    scores.lead_key,
    scores.crm,
    scores.record_id,
    scores.score,
    lag(scores.score) over (
        partition by scores.crm, scores.record_id order by scores.change_number
    ) as previous_score,
    scores.scored_at,
    scores.change_id,
    scores.change_number
from scores
