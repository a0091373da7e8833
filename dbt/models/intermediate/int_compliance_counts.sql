-- The ledger counted for every period, dimension and value. Its rows are read twice only, once by
-- what the lead is and once by who answers for it; all the rest adds up those small counts.
{%- set keys = ['clause', 'side', 'dimension', 'dimension_value'] %}

with obligations as (
    select
        obligations.term_id,
        {{ week_start('obligations.counts_on') }} as week_start,
        {{ month_start('obligations.counts_on') }} as month_start,
        obligations.source,
        obligations.segment,
        obligations.region,
        coalesce(obligations.team, 'not_routed') as team,
        coalesce(obligations.owner_key, 'not_routed') as owner_key,
        obligations.status,
        obligations.is_assessable
    from {{ ref('fct_sla_obligations') }} as obligations
),

by_lead as (
    select
        obligations.term_id,
        obligations.week_start,
        obligations.month_start,
        obligations.source,
        obligations.segment,
        obligations.region,
        {{ count_statuses('obligations') }}
    from obligations
    group by
        obligations.term_id,
        obligations.week_start,
        obligations.month_start,
        obligations.source,
        obligations.segment,
        obligations.region
),

by_owner as (
    select
        obligations.term_id,
        obligations.week_start,
        obligations.month_start,
        obligations.team,
        obligations.owner_key,
        {{ count_statuses('obligations') }}
    from obligations
    group by
        obligations.term_id,
        obligations.week_start,
        obligations.month_start,
        obligations.team,
        obligations.owner_key
),

parts as (
    {%- for dimension, column in compliance_dimensions() %}
    {%- set counted = 'by_owner' if column in ['team', 'owner_key'] else 'by_lead' %}
    select
        {{ counted }}.week_start,
        {{ counted }}.month_start,
        {{ quarter_start(counted ~ '.month_start') }} as quarter_start,
        terms.clause,
        terms.side,
        '{{ dimension }}' as dimension,
        {{ counted ~ '.' ~ column if column else "'all'" }} as dimension_value,
        {{ counted }}.met,
        {{ counted }}.missed,
        {{ counted }}.exempt,
        {{ counted }}.pending_due,
        {{ counted }}.not_assessable,
        ({{ counted }}.met + {{ counted }}.missed) * {{ billionths('terms.target_rate') }}
            as promised
    from {{ counted }}
    inner join {{ ref('dim_sla_term') }} as terms
        on {{ counted }}.term_id = terms.term_id
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    {{ grouped_period('parts') }},
    parts.clause,
    parts.side,
    parts.dimension,
    parts.dimension_value,
    cast(sum(parts.met) as bigint) as met,
    cast(sum(parts.missed) as bigint) as missed,
    cast(sum(parts.exempt) as bigint) as exempt,
    cast(sum(parts.pending_due) as bigint) as pending_due,
    cast(sum(parts.not_assessable) as bigint) as not_assessable,
    {{ exact_sum('parts.promised') }} / 1000000000 as promised
from parts
group by {{ by_period_and_dimension('parts', keys) }} -- noqa: PRS
