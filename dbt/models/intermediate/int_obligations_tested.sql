-- The clauses without a deadline, decided at the instant that their test looks at.
with tested as (
    {%- for clause, decided_at, holds, evidence in [
        ('fit', 'mql_at', 'facts.is_fit', 'record_id'),
        ('completeness', 'mql_at', 'facts.is_complete', 'record_id'),
        ('feedback', 'rejected_at', 'facts.reason_code is not null', 'rejected_record_id'),
        ('cadence', 'dead_at', 'true', 'dead_record_id'),
    ] %}
    select
        facts.cycle_id,
        '{{ clause }}' as clause,
        facts.segment,
        facts.region,
        facts.is_mql_inferred,
        facts.routed_at,
        facts.has_note,
        facts.is_replied,
        facts.counted_touches,
        facts.business_days,
        {{ holds }} as holds,
        {{ 'facts.routed_at' if clause == 'cadence' else 'facts.' ~ decided_at }} as starts_at,
        facts.{{ decided_at }} as decided_at,
        facts.{{ evidence }} as evidence_record_id,
        {{ local_date(
            'coalesce(facts.routed_at, facts.mql_at)' if clause == 'cadence'
            else 'facts.' ~ decided_at
        ) }} as term_date
    from {{ ref('int_obligation_facts') }} as facts
    where facts.{{ decided_at }} is not null
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    tested.cycle_id,
    tested.clause,
    tested.starts_at,
    tested.decided_at,
    tested.evidence_record_id,
    terms.term_id,
    terms.side,
    case
        when tested.is_mql_inferred then 'no_mql'
        when tested.clause = 'cadence' and tested.routed_at is null then 'not_routed'
        when tested.clause = 'cadence' and tested.is_replied then 'replied'
    end as exempt_reason,
    case tested.clause
        when 'cadence'
            then
                tested.counted_touches >= coalesce(terms.min_count, 0)
                and coalesce(tested.business_days, 0) >= coalesce(terms.limit_value, 0)
        when 'feedback' then tested.holds and (tested.has_note or not terms.require_note)
        else tested.holds
    end as is_met,
    case when tested.clause = 'cadence' then tested.counted_touches end as count_actual,
    case when tested.clause = 'cadence' then terms.min_count end as count_required,
    case when tested.clause = 'cadence' then tested.business_days end as business_days
from tested
inner join {{ ref('int_terms_in_force') }} as terms
    on {{ term_in_force(
        'terms', 'tested.clause', 'tested.term_date', 'tested.segment', 'tested.region'
    ) }}
