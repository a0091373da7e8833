-- The required fields one by one, and all of them together, as marketing handed the leads over.
-- Leads are read once, by what was asked of them and kept; the fields are told apart afterwards.
{%- set fields = required_field_names() %}
{%- set dimensions = [('all', none), ('source', 'source')] %}

with handed_over as (
    select
        {{ local_date('handed_over.mql_at') }} as mql_date,
        {%- for field in fields %}
        handed_over.{{ field }}_rule,
        handed_over.is_{{ field }}_valid,
        {%- endfor %}
        cycles.source,
        cycles.is_complete,
        {{ billionths('handed_over.target_rate') }} as target
    from {{ ref('int_leads_as_handed_over') }} as handed_over
    inner join {{ ref('fct_lead_cycles') }} as cycles
        on handed_over.cycle_id = cycles.cycle_id
    where
        not handed_over.is_mql_inferred
        and handed_over.target_rate is not null
),

asked as (
    select
        {{ week_start('handed_over.mql_date') }} as week_start,
        {{ month_start('handed_over.mql_date') }} as month_start,
        handed_over.source,
        handed_over.target,
        {%- for field in fields %}
        handed_over.{{ field }}_rule,
        count(*) filter (where handed_over.is_{{ field }}_valid) as {{ field }}_valid,
        {%- endfor %}
        count(*) filter (where handed_over.is_complete) as valid,
        count(*) as evaluated
    from handed_over
    group by
        {%- for field in fields %}
        handed_over.{{ field }}_rule,
        {%- endfor %}
        {{ week_start('handed_over.mql_date') }},
        {{ month_start('handed_over.mql_date') }},
        handed_over.source,
        handed_over.target
),

parts as (
    {%- for field in fields + ['all'] %}
    {%- set rule = "'all'" if field == 'all' else 'asked.' ~ field ~ '_rule' %}
    select
        asked.week_start,
        asked.month_start,
        {{ quarter_start('asked.month_start') }} as quarter_start,
        '{{ field }}' as field,
        {{ rule }} as rule,
        asked.source,
        asked.evaluated,
        asked.{{ 'valid' if field == 'all' else field ~ '_valid' }} as valid,
        asked.evaluated * asked.target as promised
    from asked
    {%- if field != 'all' %}
    where {{ rule }} is not null
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

summed as (
    select
        {{ grouped_period('parts') }},
        parts.field,
        parts.rule,
        {{ grouped_dimension('parts', dimensions) }},
        cast(sum(parts.evaluated) as bigint) as evaluated,
        cast(sum(parts.valid) as bigint) as valid,
        {{ exact_sum('parts.promised') }} / 1000000000 as promised
    from parts
    group by {{ by_period_and_dimension('parts', ['field', 'rule'], dimensions) }} -- noqa: PRS
)

select
    summed.period,
    summed.period_start,
    summed.field,
    summed.rule,
    summed.dimension,
    summed.dimension_value,
    summed.evaluated,
    summed.valid,
    summed.valid / cast(summed.evaluated as double) as rate,
    {{ wilson_low('summed.valid', 'summed.evaluated') }} as rate_low,
    {{ wilson_high('summed.valid', 'summed.evaluated') }} as rate_high,
    -- Rounded, because 2.85 of 3 is not quite 0.95.
    round(summed.promised / summed.evaluated, 9) as target_rate,
    case when summed.valid >= summed.promised then 'met' else 'missed' end as verdict,
    summed.valid < summed.promised
    and {{ wilson_high('summed.valid', 'summed.evaluated') }}
    < round(summed.promised / summed.evaluated, 9) as is_conclusive,
    {{ period_end('summed.period', 'summed.period_start') }} <= {{ local_date(as_of()) }}
        as is_complete
from summed
