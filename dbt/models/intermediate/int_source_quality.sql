-- How good the leads of a source were, by the quarter of their MQL.
with cycles as (
    select
        cycles.source,
        {{ quarter_start(local_date('cycles.mql_at')) }} as quarter_start,
        cycles.is_mql_inferred,
        cycles.is_fit,
        cycles.sal_at,
        cycles.rejected_at
    from {{ ref('fct_lead_cycles') }} as cycles
)

select
    cycles.quarter_start,
    cycles.source,
    {{ count_quality('cycles') }}
from cycles
group by cycles.quarter_start, cycles.source
