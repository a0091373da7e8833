with stages as (
    select
        {{ match_key('stage_map.crm') }} as crm,
        {{ match_key('stage_map.raw_stage') }} as raw_stage,
        stage_map.stage
    from {{ ref('stage_map') }} as stage_map
),

salesforce as (
    select
        'salesforce' as crm,
        opportunities.opportunity_id,
        'salesforce:' || opportunities.owner_id as owner_key,
        opportunities.source,
        opportunities.stage,
        cast(null as varchar) as pipeline,
        opportunities.currency,
        opportunities.amount,
        opportunities.is_won,
        opportunities.is_closed,
        opportunities.is_deleted,
        opportunities.created_at,
        opportunities.close_date,
        {{ start_of_day('opportunities.close_date') }} as close_at,
        opportunities.modified_at,
        opportunities.vanished_at,
        accounts.employees,
        accounts.country
    from {{ ref('stg_salesforce__opportunities') }} as opportunities
    left join {{ ref('stg_salesforce__accounts') }} as accounts
        on opportunities.account_id = accounts.account_id
),

hubspot as (
    select
        'hubspot' as crm,
        deals.deal_id as opportunity_id,
        aliases.owner_key,
        cast(null as varchar) as source,
        deals.stage,
        deals.pipeline,
        deals.currency,
        deals.amount,
        cast(null as boolean) as is_won,
        cast(null as boolean) as is_closed,
        false as is_deleted,
        deals.created_at,
        deals.close_date,
        {{ start_of_day('deals.close_date') }} as close_at,
        deals.modified_at,
        deals.vanished_at,
        cast(null as double) as employees,
        cast(null as varchar) as country
    from {{ ref('stg_hubspot__deals') }} as deals
    left join {{ ref('int_owner_aliases') }} as aliases
        on
            aliases.crm = 'hubspot'
            and {{ match_key('deals.owner') }} = aliases.alias
),

generic as (
    select
        opportunities.crm,
        opportunities.opportunity_id,
        coalesce(aliases.owner_key, opportunities.crm || ':' || opportunities.owner) as owner_key,
        opportunities.source,
        opportunities.stage,
        cast(null as varchar) as pipeline,
        opportunities.currency,
        opportunities.amount,
        opportunities.is_won,
        opportunities.is_closed,
        false as is_deleted,
        opportunities.created_at,
        {{ local_date('opportunities.closed_at') }} as close_date,
        opportunities.closed_at as close_at,
        opportunities.modified_at,
        opportunities.vanished_at,
        cast(null as double) as employees,
        cast(null as varchar) as country
    from {{ ref('stg_generic__opportunities') }} as opportunities
    left join {{ ref('int_owner_aliases') }} as aliases
        on
            opportunities.crm = aliases.crm
            and {{ match_key('opportunities.owner') }} = aliases.alias
),

unified as (
    select * from salesforce
    union all
    select * from hubspot
    union all
    select * from generic
),

-- HubSpot writes the pipeline behind a stage's name once there is more than one pipeline.
staged as (
    select
        unified.*,
        coalesce(exact.stage, without_pipeline.stage) as mapped_stage
    from unified
    left join stages as exact
        on
            unified.crm = exact.crm
            and {{ match_key('unified.stage') }} = exact.raw_stage
    left join stages as without_pipeline
        on
            unified.crm = 'hubspot'
            and without_pipeline.crm = 'hubspot'
            and {{ match_key("regexp_replace(unified.stage, ' *[(][^()]*[)] *$', '')") }}
            = without_pipeline.raw_stage
),

decided as (
    select
        staged.*,
        coalesce(staged.is_won, coalesce(staged.mapped_stage = 'won', false)) as is_won_now,
        coalesce(
            staged.is_closed,
            staged.is_won,
            coalesce(staged.mapped_stage in ('won', 'lost'), false)
        ) or coalesce(staged.is_won, false) as is_closed_now
    from staged
),

stage_history as (
    select
        'salesforce' as crm,
        history.opportunity_id,
        history.stage,
        history.entered_at
    from {{ ref('stg_salesforce__opportunity_history') }} as history
    union all
    select
        'hubspot' as crm,
        stage_dates.deal_id as opportunity_id,
        stage_dates.stage,
        stage_dates.entered_at
    from {{ ref('stg_hubspot__deal_stage_dates') }} as stage_dates
),

-- A stage the agreement does not map is closed when it is where a closed opportunity stands now.
first_closings as (
    select
        stage_history.crm,
        stage_history.opportunity_id,
        min(stage_history.entered_at) filter (
            where
                stages.stage = 'won'
                or (
                    stages.stage is null
                    and decided.is_won_now
                    and lower(stage_history.stage) = lower(decided.stage)
                )
        ) as won_at,
        min(stage_history.entered_at) filter (
            where
                stages.stage = 'lost'
                or (
                    stages.stage is null
                    and decided.is_closed_now
                    and not decided.is_won_now
                    and lower(stage_history.stage) = lower(decided.stage)
                )
        ) as lost_at
    from stage_history
    inner join decided
        on
            stage_history.crm = decided.crm
            and stage_history.opportunity_id = decided.opportunity_id
    left join stages
        on
            stage_history.crm = stages.crm
            and {{ match_key('stage_history.stage') }} = stages.raw_stage
    group by stage_history.crm, stage_history.opportunity_id
),

dated as (
    select
        decided.*,
        coalesce(first_closings.won_at, case when decided.is_won_now then decided.close_at end)
            as won_at,
        coalesce(
            first_closings.lost_at,
            case when decided.is_closed_now and not decided.is_won_now then decided.close_at end
        ) as lost_at
    from decided
    left join first_closings
        on
            decided.crm = first_closings.crm
            and decided.opportunity_id = first_closings.opportunity_id
)

select
    dated.crm || ':' || dated.opportunity_id as opportunity_key,
    dated.crm,
    dated.opportunity_id,
    dated.owner_key,
    dated.source,
    dated.stage,
    dated.mapped_stage,
    coalesce(dated.currency, '{{ var("reporting_currency") }}') as currency,
    dated.amount,
    dated.employees,
    dated.country,
    -- What is dated after as_of has not happened yet.
    dated.is_won_now and coalesce(dated.won_at <= {{ as_of() }}, true) as is_won,
    case
        when dated.is_won_now then coalesce(dated.won_at <= {{ as_of() }}, true)
        else dated.is_closed_now and coalesce(dated.lost_at <= {{ as_of() }}, true)
    end as is_closed,
    dated.is_deleted or coalesce(dated.vanished_at <= {{ as_of() }}, false) as is_deleted,
    dated.close_date,
    dated.created_at,
    dated.won_at,
    dated.lost_at
from dated
