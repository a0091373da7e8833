-- When an opportunity was won or lost: the instant its stage history first shows it, else the start
-- of its close date. What is dated after as_of has not happened yet.
with stages as (
    select
        {{ match_key('stage_map.crm') }} as crm,
        {{ match_key('stage_map.raw_stage') }} as raw_stage,
        stage_map.stage
    from {{ ref('stage_map') }} as stage_map
),

stage_history as (
    select
        'salesforce:' || history.opportunity_id as opportunity_key,
        history.stage,
        history.entered_at
    from {{ ref('stg_salesforce__opportunity_history') }} as history
    union all
    select
        'hubspot:' || stage_dates.deal_id as opportunity_key,
        stage_dates.stage,
        stage_dates.entered_at
    from {{ ref('stg_hubspot__deal_stage_dates') }} as stage_dates
),

-- A stage the agreement does not map is closed when it is where a closed opportunity stands now.
shown as (
    select
        stage_history.opportunity_key,
        stage_history.entered_at,
        case
            when stages.stage is not null then stages.stage
            when lower(stage_history.stage) <> lower(records.stage) then null
            when records.is_marked_won then 'won'
            when records.is_marked_closed then 'lost'
        end as stage
    from stage_history
    inner join {{ ref('int_opportunity_records') }} as records
        on stage_history.opportunity_key = records.opportunity_key
    left join stages
        on
            records.crm = stages.crm
            and {{ match_key('stage_history.stage') }} = stages.raw_stage
),

first_closings as (
    select
        shown.opportunity_key,
        min(shown.entered_at) filter (where shown.stage = 'won') as won_at,
        min(shown.entered_at) filter (where shown.stage = 'lost') as lost_at
    from shown
    group by shown.opportunity_key
),

dated as (
    select
        records.*,
        coalesce(first_closings.won_at, case when records.is_marked_won then records.close_at end)
            as won_at,
        coalesce(
            first_closings.lost_at,
            case
                when records.is_marked_closed and not records.is_marked_won then records.close_at
            end
        ) as lost_at
    from {{ ref('int_opportunity_records') }} as records
    left join first_closings on records.opportunity_key = first_closings.opportunity_key
)

select
    dated.opportunity_key,
    dated.crm,
    dated.opportunity_id,
    dated.owner_key,
    dated.source,
    dated.stage,
    dated.mapped_stage,
    coalesce(dated.currency, {{ text_variable('reporting_currency') }}) as currency,
    dated.amount,
    dated.employees,
    dated.country,
    dated.is_marked_won and coalesce(dated.won_at <= {{ as_of() }}, true) as is_won,
    case
        when dated.is_marked_won then coalesce(dated.won_at <= {{ as_of() }}, true)
        else dated.is_marked_closed and coalesce(dated.lost_at <= {{ as_of() }}, true)
    end as is_closed,
    dated.is_deleted,
    dated.close_date,
    dated.created_at,
    dated.won_at,
    dated.lost_at
from dated
