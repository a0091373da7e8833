-- The score of a lead as it was recorded, from creation on.
with recorded as (
    select
        changes.lead_key,
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
        changes.field = 'score'
        and changes.is_own
),

first_scores as (
    select
        leads.lead_key,
        coalesce(recorded.old_value, case when recorded.lead_key is null then leads.score end)
            as score,
        leads.created_at as scored_at,
        leads.record_id as change_id,
        0 as change_number
    from {{ ref('int_leads') }} as leads
    left join recorded
        on
            leads.lead_key = recorded.lead_key
            and recorded.nth_change = 1
),

scores as (
    select
        first_scores.lead_key,
        {{ to_number('first_scores.score') }} as score,
        first_scores.scored_at,
        first_scores.change_id,
        first_scores.change_number
    from first_scores
    union all
    select
        recorded.lead_key,
        {{ to_number('recorded.new_value') }} as score,
        recorded.changed_at as scored_at,
        recorded.change_id,
        recorded.change_number
    from recorded
)

select
    scores.lead_key,
    scores.score,
    lag(scores.score) over (
        partition by scores.lead_key order by scores.change_number
    ) as previous_score,
    scores.scored_at,
    scores.change_id,
    scores.change_number
from scores
