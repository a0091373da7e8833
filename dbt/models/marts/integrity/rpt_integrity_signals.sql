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
        case
            when tests.signal = 'bulk_dispositions'
                then tests.observed_low >= 2 * {{ var('integrity_bulk_dispositions') }}
            when tests.signal <> 'bar_lowering' then tests.observed_low >= 2 * tests.tolerated
            when tests.tolerated > tests.expected
                then tests.observed_low >= 2 * tests.tolerated - tests.expected
            else tests.observed_high <= 2 * tests.tolerated - tests.expected
        end as is_twice_too_much,
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
        when told.is_twice_too_much then 'high'
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
