-- Every case that a signal about a person counts is among its evidence, and no other.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_integrity_evidence'}}}) }}
with evidence as (
    select
        evidence.signal_id,
        count(*) as rows_of_evidence
    from {{ ref('rpt_integrity_evidence') }} as evidence
    group by evidence.signal_id
)

select
    signals.signal_id,
    evidence.signal_id as evidence_of
from {{ ref('rpt_integrity_signals') }} as signals
full outer join evidence on signals.signal_id = evidence.signal_id
where
    signals.signal_id is null
    or signals.evidence_count <> coalesce(evidence.rows_of_evidence, 0)
    or (signals.signal <> 'bar_lowering' and signals.evidence_count <> signals.observed)
    or (signals.is_flagged and signals.evidence_count = 0)
