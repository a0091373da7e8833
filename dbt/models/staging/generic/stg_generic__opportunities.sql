with opportunities as (
    select
        opportunities.crm,
        {{ clean('opportunities.opportunity_id') }} as opportunity_id,
        {{ clean('opportunities.lead_id') }} as lead_ids,
        {{ clean('opportunities.owner') }} as owner,

        {{ clean('opportunities.stage') }} as stage,
        {{ clean('opportunities.source') }} as source,
        upper({{ clean('opportunities.currency') }}) as currency,

        {{ to_amount('opportunities.amount') }} as amount,
        {{ to_boolean('opportunities.is_won') }} as is_won,
        {{ to_boolean('opportunities.is_closed') }} as is_closed,

        {{ to_instant('opportunities.created_at') }} as created_at,
        {{ to_day_or_instant('opportunities.closed_at') }} as closed_at,
        {{ to_instant('opportunities.modified_at') }} as modified_at,
        {{ cast_failures([
            ('amount', 'opportunities.amount', to_amount('opportunities.amount')),
            ('is_won', 'opportunities.is_won', to_boolean('opportunities.is_won')),
            ('is_closed', 'opportunities.is_closed', to_boolean('opportunities.is_closed')),
            ('created_at', 'opportunities.created_at', to_instant('opportunities.created_at')),
            ('closed_at', 'opportunities.closed_at', to_day_or_instant('opportunities.closed_at')),
            ('modified_at', 'opportunities.modified_at', to_instant('opportunities.modified_at')),
        ]) }} as cast_failures,

        opportunities._exported_at as exported_at,
        opportunities._load_id,
        opportunities._file,
        opportunities._line
    from {{ source('generic', 'opportunities') }} as opportunities
),

vanished as (
    {{ vanished_records('opportunities', 'opportunity_id') }}
)

select
    opportunities.crm,
    opportunities.opportunity_id,
    opportunities.lead_ids,
    opportunities.owner,
    opportunities.stage,
    opportunities.source,
    opportunities.currency,
    opportunities.amount,
    opportunities.is_won,
    opportunities.is_closed,
    opportunities.created_at,
    opportunities.closed_at,
    opportunities.modified_at,
    vanished.vanished_at,
    opportunities.cast_failures
from opportunities
left join vanished
    on
        opportunities.crm = vanished.crm
        and opportunities.opportunity_id = vanished.record_id
qualify
    {{ is_newest('opportunities.crm, opportunities.opportunity_id', 'opportunities.modified_at') }}
