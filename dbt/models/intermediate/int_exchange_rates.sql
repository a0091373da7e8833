-- Rates of the agreement with the day after their last. The reporting currency is worth itself,
-- whether the agreement says so or not.
with rates as (
    select
        upper(rates.currency) as currency,
        rates.effective_from,
        rates.rate
    from {{ ref('fx_rates') }} as rates
    where upper(rates.currency) <> upper({{ text_variable('reporting_currency') }})
    union all
    select
        upper({{ text_variable('reporting_currency') }}) as currency,
        {{ beginning_of_time() }} as effective_from,
        cast(1 as double) as rate
)

select
    rates.currency,
    rates.effective_from as valid_from,
    lead(rates.effective_from) over (
        partition by rates.currency order by rates.effective_from
    ) as valid_to,
    rates.rate
from rates
