-- What was looked at, whom it concerns and whether somebody should ask.
with counted as (
    select
        evidence.signal_id,
        count(*) as evidence_count
    from {{ ref('rpt_integrity_evidence') }} as evidence
    group by evidence.signal_id
),

told as (
    select
        tests.*,
        coalesce(counted.evidence_count, 0) as evidence_count,
        tests.observed / nullif(tests.expected, 0) as observed_to_expected,
        {{ integrity_words('tests') }} as words
    from {{ ref('int_integrity_tests') }} as tests
    left join counted on tests.signal_id = counted.signal_id
)

select
    told.signal_id,
    told.signal,
    told.measure,
    told.subject_kind,
    told.subject,
    'quarter' as period,
    told.quarter_start as period_start,
    told.observed,
    told.expected,
    told.observed_to_expected,
    told.observed_low / nullif(told.expected, 0) as interval_low,
    told.observed_high / nullif(told.expected, 0) as interval_high,
    case
        when not told.is_flagged then 'none'
        when told.signal = 'bulk_dispositions' and told.observed_low
            >= 2 * {{ var('integrity_bulk_dispositions') }}
            then 'high'
        when told.signal = 'bulk_dispositions' then 'medium'
        when told.tolerated > told.expected and told.signal = 'bar_lowering'
            and told.observed_low >= told.expected + 2 * (told.tolerated - told.expected)
            then 'high'
        when told.tolerated < told.expected and told.signal = 'bar_lowering'
            and told.observed_high <= told.expected + 2 * (told.tolerated - told.expected)
            then 'high'
        when told.signal <> 'bar_lowering' and told.observed_low >= 2 * told.tolerated then 'high'
        else 'medium'
    end as severity,
    told.words as explanation,
    told.evidence_count,
    told.is_flagged,
    told.out_of,
    told.tolerated,
    told.p_value,
    told.q_value,
    told.volume_ratio,
    told.amount_at_stake,
    {{ period_end("'quarter'", 'told.quarter_start') }} <= {{ local_date(as_of()) }} as is_complete
from told
