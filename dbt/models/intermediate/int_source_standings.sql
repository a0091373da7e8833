-- A source's figures beside those of all the others together, in the same months.
{%- set added_up = [
    'mql', 'won', 'fit', 'accepted', 'turned_down', 'amounts', 'pipeline', 'won_value'
] %}

with sums as (
    select
        own.*,
        {% for sum in added_up -%}
        sum(own.{{ sum }}) over (partition by own.month_start) - own.{{ sum }}
            as others_{{ sum }},
        {% endfor -%}
        sum(own.amounts) over (partition by own.month_start) > 0 as has_amounts
    from {{ ref('int_source_outcomes') }} as own
)

select
    sums.month_start,
    sums.source,
    sums.is_complete,
    {{ quarter_start('sums.month_start') }} as quarter_start,
    sums.mql,
    sums.mql_too_young,
    sums.won,
    -- At the rate of all sources together.
    round(
        sums.mql * (sums.won + sums.others_won)
        / cast(nullif(sums.mql + sums.others_mql, 0) as double),
        9
    ) as expected_won,
    sums.won / cast(nullif(sums.mql, 0) as double) as won_rate,
    {{ wilson_low('sums.won', 'sums.mql') }} as won_rate_low,
    {{ wilson_high('sums.won', 'sums.mql') }} as won_rate_high,
    cast(sums.others_mql as bigint) as others_mql,
    cast(sums.others_won as bigint) as others_won,
    sums.others_won / cast(nullif(sums.others_mql, 0) as double) as others_won_rate,
    {{ wilson_low('sums.others_won', 'sums.others_mql') }} as others_won_rate_low,
    {{ wilson_high('sums.others_won', 'sums.others_mql') }} as others_won_rate_high,
    {% for value in ['pipeline', 'won_value'] -%}
    {%- set total = 'cast(sums.' ~ value ~ ' as double)' -%}
    {%- set squares = 'sums.' ~ value ~ '_squares' -%}
    case
        when sums.has_amounts then round({{ total }} / nullif(sums.mql, 0), 2)
    end as {{ value }}_per_mql,
    case
        when sums.has_amounts then {{ mean_low(total, squares, 'sums.mql') }}
    end as {{ value }}_per_mql_low,
    case
        when sums.has_amounts then {{ mean_high(total, squares, 'sums.mql') }}
    end as {{ value }}_per_mql_high,
    case
        when sums.has_amounts
            then round(cast(sums.others_{{ value }} as double) / nullif(sums.others_mql, 0), 2)
    end as others_{{ value }}_per_mql,
    {% endfor -%}
    {{ fit_rate('sums.fit', 'sums.mql') }} as fit_rate,
    {{ fit_rate('sums.others_fit', 'sums.others_mql') }} as others_fit_rate,
    {{ acceptance_rate('sums.accepted', 'sums.turned_down') }} as acceptance_rate,
    {{ wilson_high('sums.accepted', '(sums.accepted + sums.turned_down)') }}
        as acceptance_rate_high,
    {{ acceptance_rate('sums.others_accepted', 'sums.others_turned_down') }}
        as others_acceptance_rate
from sums
