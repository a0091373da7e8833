with opportunities as (
    select
        {{ salesforce_id('opportunities.id') }} as opportunity_id,
        {{ salesforce_id('opportunities.account_id') }} as account_id,
        {{ salesforce_id('opportunities.owner_id') }} as owner_id,

        {{ clean('opportunities.stage_name') }} as stage,
        {{ clean('opportunities.lead_source') }} as source,
        upper({{ clean('opportunities.currency') }}) as currency,

        {{ to_amount('opportunities.amount') }} as amount,
        {{ to_boolean('opportunities.is_closed') }} as is_closed,
        {{ to_boolean('opportunities.is_won') }} as is_won,
        coalesce({{ to_boolean('opportunities.is_deleted') }}, false) as is_deleted,

        {{ to_day('opportunities.close_date') }} as close_date,
        {{ to_instant('opportunities.created_at') }} as created_at,
        {{ to_instant('opportunities.modified_at') }} as modified_at,
        {{ cast_failures([
            ('amount', 'opportunities.amount', to_amount('opportunities.amount')),
            ('is_closed', 'opportunities.is_closed', to_boolean('opportunities.is_closed')),
            ('is_won', 'opportunities.is_won', to_boolean('opportunities.is_won')),
            ('is_deleted', 'opportunities.is_deleted', to_boolean('opportunities.is_deleted')),
            ('close_date', 'opportunities.close_date', to_day('opportunities.close_date')),
            ('created_at', 'opportunities.created_at', to_instant('opportunities.created_at')),
            ('modified_at', 'opportunities.modified_at', to_instant('opportunities.modified_at')),
        ]) }} as cast_failures,

        opportunities._exported_at as exported_at,
        opportunities._load_id,
        opportunities._file,
        opportunities._line
    from {{ source('salesforce', 'opportunity') }} as opportunities
),

vanished as (
    {{ vanished_records('opportunities', 'opportunity_id') }}
)

select
    opportunities.opportunity_id,
    opportunities.account_id,
    opportunities.owner_id,
    opportunities.stage,
    opportunities.source,
    opportunities.currency,
    opportunities.amount,
    opportunities.is_closed,
    opportunities.is_won,
    opportunities.is_deleted,
    opportunities.close_date,
    opportunities.created_at,
    opportunities.modified_at,
    vanished.vanished_at,
    opportunities.cast_failures
from opportunities
left join vanished on opportunities.opportunity_id = vanished.record_id
qualify {{ is_newest('opportunities.opportunity_id', 'opportunities.modified_at') }}
