-- Leads to talk about: one of every kind that teaches something, then the next of each kind.
with candidates as (
    select
        cycles.cycle_id,
        cycles.lead_key,
        cycles.mql_at,
        cycles.source,
        cycles.segment,
        cycles.region,
        case when cycles.is_fit then 'pass' else 'fail' end as verdict,
        case
            when cycles.failed_criteria is null then 0
            else {{ list_length('cycles.failed_criteria') }}
        end as failed_criteria,
        cycles.won_at is not null as is_won,
        cycles.rejected_at is not null as is_rejected,
        cycles.sal_at is not null as is_accepted,
        case
            when cycles.won_at is not null then 'won'
            when cycles.closed_at is null then 'open'
            else coalesce({{ stage_words('cycles', 'cycles.closed_at') }}, 'closed')
        end as outcome
    from {{ ref('fct_lead_cycles') }} as cycles
    where
        not cycles.is_mql_inferred
        and not cycles.is_deleted
        and {{ quarter_start(local_date('cycles.mql_at')) }} = {{ last_complete_quarter() }}
    qualify
        row_number() over (
            partition by cycles.lead_key order by cycles.mql_at desc, cycles.cycle_id asc
        ) = 1
),

kinds as (
    select
        candidates.*,
        case
            when candidates.is_won then 1
            when candidates.verdict = 'pass' and candidates.is_rejected then 2
            when candidates.verdict = 'fail' and candidates.failed_criteria = 1 then 2
            else 3
        end as kind
    from candidates
),

-- Of a kind the clearest first: failed by most, and what sales took all the same.
ranked as (
    select
        kinds.*,
        row_number() over (
            partition by kinds.verdict, kinds.kind
            order by
                case when kinds.kind = 3 then -kinds.failed_criteria else kinds.failed_criteria end
                asc,
                kinds.is_accepted desc,
                kinds.mql_at desc,
                kinds.cycle_id asc
        ) as nth_of_kind
    from kinds
),

chosen as (
    select
        ranked.*,
        row_number() over (
            partition by ranked.verdict order by ranked.nth_of_kind, ranked.kind
        ) as example_number
    from ranked
    where ranked.nth_of_kind <= 3
    qualify
        row_number() over (
            partition by ranked.verdict order by ranked.nth_of_kind, ranked.kind
        ) <= 3
)

select
    {{ last_complete_quarter() }} as quarter_start,
    chosen.verdict,
    cast(chosen.example_number as integer) as example_number,
    chosen.cycle_id,
    chosen.lead_key,
    chosen.mql_at,
    chosen.source,
    chosen.segment,
    chosen.region,
    chosen.outcome,
    case
        when chosen.verdict = 'pass' and chosen.kind = 1 then 'passed and was won'
        when chosen.verdict = 'pass' and chosen.kind = 2 then 'passed and was rejected by sales'
        when chosen.verdict = 'pass' then 'passed'
        when chosen.kind = 1 then 'failed and was won all the same'
        when chosen.kind = 2 then 'failed one criterion alone'
        else 'failed ' || cast(chosen.failed_criteria as string) || ' criteria'
    end as chosen_because,
    fits.criteria_met,
    fits.criteria_failed
from chosen
inner join {{ ref('fit_explanations') }} as fits
    on chosen.cycle_id = fits.cycle_id
