-- Compliance as it would have been under other limits and clocks, by the quarter in which a
-- clause's clock started: the same leads under every agreement that is tried.
{%- set dimensions = [
    ('all', none), ('segment', 'segment'), ('region', 'region'), ('team', 'team')
] %}
{%- set keys = ['clause', 'side', 'clock', 'calendar_id', 'limit_seconds'] %}

with limits as (
    {%- for clause, limits in what_if_limits().items() %}
    {%- set outer = loop %}
    {%- for limit in limits %}
    select
        '{{ clause }}' as clause,
        {{ loop.index0 }} as nth_limit,
        cast({{ limit }} as bigint) as limit_seconds
    union all
    {%- endfor %}
    select
        '{{ clause }}' as clause,
        cast(null as integer) as nth_limit,
        cast(null as bigint) as limit_seconds
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

tried as (
    select counts.*
    from {{ ref('int_what_if_counts') }} as counts
    union all
    -- The agreed clock is one of the others, for each term its own.
    select
        counts.{{ what_if_cell() | join(',\n        counts.') }},
        counts.is_business,
        'agreed' as clock,
        counts.calendar_id,
        counts.is_fulfilled,
        counts.done_passes,
        counts.closed_passes,
        counts.now_passes,
        counts.status_at_agreed_limit,
        counts.obligations
    from {{ ref('int_what_if_counts') }} as counts
    where counts.clock = case when counts.is_business then 'own_hours' else 'around_the_clock' end
),

judged as (
    select
        tried.quarter_start,
        tried.clause,
        tried.side,
        tried.clock,
        tried.calendar_id,
        limits.limit_seconds,
        tried.segment,
        tried.region,
        tried.team,
        tried.is_assessable,
        tried.obligations,
        {{ billionths('terms.target_rate') }} as target,
        case
            when limits.nth_limit is null then tried.status_at_agreed_limit
            else {{ status_in_time(
                'tried.done_passes <= limits.nth_limit',
                'tried.closed_passes <= limits.nth_limit',
                '(tried.now_passes <= limits.nth_limit)',
                'tried.is_fulfilled',
            ) }}
        end as status
    from tried
    inner join limits
        on tried.clause = limits.clause
    inner join {{ ref('dim_sla_term') }} as terms
        on tried.term_id = terms.term_id
),

-- One pass for the quarters and the whole time, and for every dimension.
summed as (
    select
        case when judged.quarter_start is null then 'all' else 'quarter' end as period,
        judged.quarter_start as period_start,
        judged.{{ keys | join(',\n        judged.') }},
        {{ grouped_dimension('judged', dimensions) }},
        {%- for name, condition in [
            ('met', "judged.status = 'met'"),
            ('missed', "judged.status = 'missed'"),
            ('exempt', "judged.status = 'exempt'"),
            ('pending', "judged.status = 'pending'"),
            ('not_assessable', "judged.status in ('met', 'missed') and not judged.is_assessable"),
        ] %}
        cast(
            coalesce(sum(judged.obligations) filter (where {{ condition }}), 0) as bigint
        ) as {{ name }},
        {%- endfor %}
        {{ exact_sum(
            "case when judged.status in ('met', 'missed') then judged.obligations * judged.target"
            ~ " else 0 end"
        ) }} / 1000000000 as promised
    from judged
    group by {{ what_if_cuts('judged', keys, dimensions) }} -- noqa: PRS
)

select
    summed.period,
    summed.period_start,
    summed.clause,
    summed.side,
    summed.clock,
    summed.calendar_id,
    summed.limit_seconds,
    summed.clock = 'agreed' and summed.limit_seconds is null as is_agreed,
    summed.dimension,
    summed.dimension_value,
    summed.met,
    summed.missed,
    summed.exempt,
    summed.pending,
    summed.not_assessable,
    summed.met / cast(nullif(summed.met + summed.missed, 0) as double) as rate,
    {{ wilson_low('summed.met', '(summed.met + summed.missed)') }} as rate_low,
    {{ wilson_high('summed.met', '(summed.met + summed.missed)') }} as rate_high,
    round(summed.promised / nullif(summed.met + summed.missed, 0), 9) as target_rate,
    case
        when summed.met + summed.missed = 0 then 'no_data'
        when summed.met >= summed.promised then 'met'
        else 'missed'
    end as verdict
from summed
