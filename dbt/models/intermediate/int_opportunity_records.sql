-- Opportunities of all CRMs in one shape, with what their newest version says of their end.
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
        cast(null as string) as pipeline,
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
        coalesce(aliases.owner_key, {{ owner_key("'hubspot'", 'deals.owner') }}) as owner_key,
        cast(null as string) as source,
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
        cast(null as string) as country
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
        coalesce(
            aliases.owner_key, {{ owner_key('opportunities.crm', 'opportunities.owner') }}
        ) as owner_key,
        opportunities.source,
        opportunities.stage,
        cast(null as string) as pipeline,
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
        cast(null as string) as country
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
)

select
    staged.crm,
    staged.opportunity_id,
    staged.crm || ':' || staged.opportunity_id as opportunity_key,
    staged.owner_key,
    staged.source,
    staged.stage,
    staged.mapped_stage,
    staged.currency,
    staged.amount,
    staged.is_deleted or coalesce(staged.vanished_at <= {{ as_of() }}, false) as is_deleted,
    staged.created_at,
    staged.close_date,
    staged.close_at,
    staged.employees,
    staged.country,
    coalesce(staged.is_won, coalesce(staged.mapped_stage = 'won', false)) as is_marked_won,
    coalesce(
        staged.is_closed, staged.is_won, coalesce(staged.mapped_stage in ('won', 'lost'), false)
    )
    or coalesce(staged.is_won, false) as is_marked_closed
from staged
