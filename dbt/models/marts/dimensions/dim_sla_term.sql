select
    terms.term_id,
    terms.clause,
    terms.side,
    terms.segment,
    terms.region,
    terms.min_count,
    terms.limit_value,
    terms.limit_unit,
    terms.clock,
    terms.target_rate,
    coalesce(terms.require_note, false) as require_note,
    terms.effective_from,
    terms.effective_to
from {{ ref('sla_terms') }} as terms
