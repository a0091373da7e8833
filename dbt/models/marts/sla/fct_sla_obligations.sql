with timed as (
    select
        timed.cycle_id,
        timed.clause,
        timed.side,
        timed.term_id,
        timed.starts_at,
        timed.fulfilled_at,
        timed.evidence_record_id,
        timed.limit_us,
        {{ from_microseconds('clocks.due_us') }} as due_at,
        clocks.elapsed_us
    from {{ ref('int_obligations_timed') }} as timed
    left join {{ ref('int_obligation_clocks') }} as clocks
        on
            timed.cycle_id = clocks.cycle_id
            and timed.clause = clocks.clause
),

judged as (
    select
        timed.cycle_id,
        timed.clause,
        timed.side,
        timed.term_id,
        timed.starts_at,
        timed.due_at,
        timed.fulfilled_at,
        timed.evidence_record_id,
        timed.limit_us,
        timed.elapsed_us,
        case
            when facts.is_mql_inferred then 'no_mql'
            when timed.starts_at is null then 'not_routed'
            when timed.fulfilled_at <= timed.due_at then null
            -- A rejection closes the cycle and so cannot excuse the review of that rejection.
            when timed.clause <> 'contest_review' and facts.closed_at <= timed.due_at
                then 'closed_before_due'
        end as exempt_reason,
        facts.closed_at
    from timed
    inner join {{ ref('int_obligation_facts') }} as facts
        on timed.cycle_id = facts.cycle_id
),

obligations as (
    select
        judged.cycle_id,
        judged.clause,
        judged.side,
        judged.term_id,
        judged.starts_at,
        judged.due_at,
        judged.fulfilled_at,
        case
            when judged.exempt_reason is not null then null
            when judged.fulfilled_at <= judged.due_at
                then greatest(judged.fulfilled_at, judged.starts_at)
            when judged.fulfilled_at is not null or judged.due_at < {{ as_of() }}
                then judged.due_at
        end as decided_at,
        case
            when judged.exempt_reason is not null then 'exempt'
            when judged.fulfilled_at <= judged.due_at then 'met'
            when judged.fulfilled_at is not null or judged.due_at < {{ as_of() }} then 'missed'
            else 'pending'
        end as status,
        judged.exempt_reason,
        judged.elapsed_us / 1000000.0 as elapsed_seconds,
        judged.limit_us / 1000000.0 as limit_seconds,
        cast(null as integer) as count_actual,
        cast(null as integer) as count_required,
        cast(null as integer) as business_days,
        judged.evidence_record_id
    from judged
    union all
    select
        tested.cycle_id,
        tested.clause,
        tested.side,
        tested.term_id,
        tested.starts_at,
        tested.decided_at as due_at,
        cast(null as timestamp) as fulfilled_at,
        tested.decided_at,
        case
            when tested.exempt_reason is not null then 'exempt'
            when tested.is_met then 'met'
            else 'missed'
        end as status,
        tested.exempt_reason,
        cast(null as double) as elapsed_seconds,
        cast(null as double) as limit_seconds,
        tested.count_actual,
        tested.count_required,
        tested.business_days,
        tested.evidence_record_id
    from {{ ref('int_obligations_tested') }} as tested
)

select
    obligations.cycle_id,
    facts.lead_key,
    obligations.clause,
    obligations.side,
    obligations.term_id,
    facts.routed_to as owner_key,
    facts.team,
    facts.source,
    facts.segment,
    facts.region,
    obligations.starts_at,
    obligations.due_at,
    obligations.fulfilled_at,
    obligations.decided_at,
    {{ local_date('coalesce(obligations.decided_at, obligations.due_at, facts.mql_at)') }}
        as counts_on,
    obligations.status,
    obligations.exempt_reason,
    obligations.elapsed_seconds,
    obligations.limit_seconds,
    obligations.count_actual,
    obligations.count_required,
    obligations.business_days,
    obligations.evidence_record_id,
    assessability.is_assessable
from obligations
inner join {{ ref('int_obligation_facts') }} as facts
    on obligations.cycle_id = facts.cycle_id
inner join {{ ref('int_sla_assessability') }} as assessability
    on
        facts.crm = assessability.crm
        and obligations.clause = assessability.clause
