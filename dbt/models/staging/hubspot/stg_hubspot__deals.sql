with deals as (
    select
        {{ clean('deals.id') }} as deal_id,
        {{ clean('deals.contact_ids') }} as contact_ids,
        {{ clean('deals.pipeline') }} as pipeline,
        {{ clean('deals.stage') }} as stage,
        upper({{ clean('deals.currency') }}) as currency,
        {{ clean('deals.owner') }} as owner,

        {{ to_amount('deals.amount') }} as amount,

        {{ to_day('deals.close_date') }} as close_date,
        {{ to_instant('deals.created_at') }} as created_at,
        {{ to_instant('deals.modified_at') }} as modified_at,
        {{ cast_failures([
            ('amount', 'deals.amount', to_amount('deals.amount')),
            ('close_date', 'deals.close_date', to_day('deals.close_date')),
            ('created_at', 'deals.created_at', to_instant('deals.created_at')),
            ('modified_at', 'deals.modified_at', to_instant('deals.modified_at')),
        ]) }} as cast_failures,

        deals._exported_at as exported_at,
        deals._load_id,
        deals._file,
        deals._line
    from {{ source('hubspot', 'deals') }} as deals
),

vanished as (
    {{ vanished_records('deals', 'deal_id') }}
)

select
    deals.deal_id,
    deals.contact_ids,
    deals.pipeline,
    deals.stage,
    deals.currency,
    deals.owner,
    deals.amount,
    deals.close_date,
    deals.created_at,
    deals.modified_at,
    vanished.vanished_at,
    deals.cast_failures
from deals
left join vanished on deals.deal_id = vanished.record_id
qualify {{ is_newest('deals.deal_id', 'deals.modified_at') }}
