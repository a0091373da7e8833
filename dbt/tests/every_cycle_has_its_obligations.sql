-- One row per cycle and clause wherever a term is in force, and none that the cycle does not call
-- for. Clauses are counted here by the terms alone, not by the ledger's own joins.
{{ config(meta={'dagster': {'ref': {'name': 'fct_sla_obligations'}}}) }}
with expected as (
    select
        cycles.cycle_id,
        terms.clause
    from {{ ref('fct_lead_cycles') }} as cycles
    inner join {{ ref('sla_terms') }} as terms
        on
            terms.clause <> 'volume'
            and (terms.segment is null or cycles.segment = terms.segment)
            and (terms.region is null or cycles.region = terms.region)
            and {{ in_force('terms', local_date(
                "coalesce(case when terms.clause in ('feedback', 'contest_review') "
                ~ "then cycles.rejected_at when terms.clause in ('fit', 'completeness', 'handoff') "
                ~ "then cycles.mql_at else cycles.routed_at end, cycles.mql_at)"
            )) }}
    where
        (terms.clause not in ('feedback', 'contest_review') or cycles.rejected_at is not null)
        and (terms.clause <> 'cadence' or cycles.dead_at is not null)
    group by cycles.cycle_id, terms.clause
)

select
    coalesce(expected.cycle_id, obligations.cycle_id) as cycle_id,
    coalesce(expected.clause, obligations.clause) as clause
from expected
full outer join {{ ref('fct_sla_obligations') }} as obligations
    on
        expected.cycle_id = obligations.cycle_id
        and expected.clause = obligations.clause
where
    expected.cycle_id is null
    or obligations.cycle_id is null
