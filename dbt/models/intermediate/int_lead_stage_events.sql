-- What a lead's own record says of its stages: recorded or observed statuses, dates of stages and,
-- where the agreement says so, the score reaching its threshold.
with stages as (
    select
        {{ match_key('stage_map.crm') }} as crm,
        {{ match_key('stage_map.raw_stage') }} as raw_stage,
        stage_map.stage
    from {{ ref('stage_map') }} as stage_map
),

status_events as (
    select
        identity.lead_key,
        statuses.changed_at as event_at,
        stages.stage,
        statuses.is_observed,
        cast(null as string) as opportunity_key,
        statuses.change_id as record_id,
        case when statuses.is_first then 0 else 1 end as kind,
        statuses.change_number as step
    from {{ ref('int_status_history') }} as statuses
    inner join {{ ref('int_lead_identity') }} as identity
        on
            statuses.crm = identity.crm
            and statuses.record_id = identity.record_id
    inner join stages
        on
            statuses.crm = stages.crm
            and {{ match_key('statuses.value') }} = stages.raw_stage
    where
        stages.stage <> 'mql'
        or {{ text_variable('mql_entry') }} = 'stage'
),

dated_stages as (
    select
        identity.lead_key,
        stage_dates.reached_at as event_at,
        stage_dates.stage,
        false as is_observed,
        cast(null as string) as opportunity_key,
        stage_dates.record_id,
        1 as kind,
        stage_dates.nth_date as step
    from {{ ref('int_stage_dates') }} as stage_dates
    inner join {{ ref('int_lead_identity') }} as identity
        on
            stage_dates.crm = identity.crm
            and stage_dates.record_id = identity.record_id
    where
        stage_dates.stage <> 'mql'
        or {{ text_variable('mql_entry') }} = 'stage'
),

scores as (
    select
        scores.lead_key,
        scores.scored_at as event_at,
        'mql' as stage,
        false as is_observed,
        cast(null as string) as opportunity_key,
        scores.change_id as record_id,
        case when scores.change_number = 0 then 0 else 1 end as kind,
        -- A first score comes after the first statuses, of which there are two at most.
        case when scores.change_number = 0 then 3 else scores.change_number end as step
    from {{ ref('int_score_history') }} as scores
    where
        {{ text_variable('mql_entry') }} = 'score'
        and scores.score >= {{ var('mql_score_threshold') }}
        and coalesce(scores.previous_score < {{ var('mql_score_threshold') }}, true)
)

select * from status_events
union all
select * from dated_stages
union all
select * from scores
