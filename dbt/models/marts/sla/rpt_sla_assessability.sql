with obligations as (
    select
        split_part(obligations.cycle_id, ':', 1) as crm,
        obligations.clause,
        count(*) as obligations
    from {{ ref('fct_sla_obligations') }} as obligations
    group by split_part(obligations.cycle_id, ':', 1), obligations.clause
    union all
    select
        cycles.crm,
        'volume' as clause,
        count(*) as obligations
    from {{ ref('fct_lead_cycles') }} as cycles
    where
        cycles.counts_to_volume
        and not cycles.is_mql_inferred
    group by cycles.crm
)

select
    assessability.crm,
    assessability.clause,
    assessability.side,
    assessability.is_assessable,
    coalesce(obligations.obligations, 0) as obligations,
    assessability.missing,
    assessability.to_export
from {{ ref('int_sla_assessability') }} as assessability
left join obligations
    on
        assessability.crm = obligations.crm
        and assessability.clause = obligations.clause
