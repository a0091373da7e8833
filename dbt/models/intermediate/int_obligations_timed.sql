-- The clauses with a deadline: when their clock starts, what fulfils them, and the term in force.
{%- set clauses = [
    ('handoff', 'mql_at', 'routed_at', 'routing_record_id'),
    ('speed_to_lead', 'routed_at', 'first_touch_at', 'first_touch_id'),
    ('disposition', 'routed_at', 'disposed_at', 'disposition_record_id'),
    ('contest_review', 'rejected_at', 'ruled_at', 'rejected_record_id'),
] %}

with started as (
    {%- for clause, starts_at, fulfilled_at, evidence in clauses %}
    select
        facts.cycle_id,
        '{{ clause }}' as clause,
        facts.segment,
        facts.region,
        facts.calendar_id,
        facts.{{ starts_at }} as starts_at,
        case when facts.{{ starts_at }} is not null then facts.{{ fulfilled_at }} end
            as fulfilled_at,
        case
            when facts.{{ starts_at }} is not null and facts.{{ fulfilled_at }} is not null
                then facts.{{ evidence }}
        end as evidence_record_id,
        {{ local_date('coalesce(facts.' ~ starts_at ~ ', facts.mql_at)') }} as term_date
    from {{ ref('int_obligation_facts') }} as facts
    {%- if clause == 'contest_review' %}
    where facts.rejected_at is not null
    {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    started.cycle_id,
    started.clause,
    started.calendar_id,
    started.starts_at,
    started.fulfilled_at,
    started.evidence_record_id,
    terms.term_id,
    terms.side,
    terms.clock,
    {{ limit_microseconds('terms') }} as limit_us
from started
inner join {{ ref('int_terms_in_force') }} as terms
    on {{ term_in_force(
        'terms', 'started.clause', 'started.term_date', 'started.segment', 'started.region'
    ) }}
