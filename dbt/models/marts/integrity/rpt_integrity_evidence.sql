-- The leads, touches and changes behind a signal: every case it counts, and of a lowered bar the
-- MQLs that lowered it. The many of a bar that stands are left out.
with lowered as (
    select
        tests.signal_id,
        tests.measure,
        tests.subject_kind,
        tests.subject,
        tests.quarter_start,
        tests.expected
    from {{ ref('int_integrity_tests') }} as tests
    where
        tests.signal = 'bar_lowering'
        and tests.is_flagged
),

people as (
    select
        tests.signal_id,
        cases.cycle_id,
        cases.touch_key,
        cases.record_id,
        cases.happened_at,
        cases.why
    from {{ ref('int_integrity_cases') }} as cases
    inner join {{ ref('int_integrity_tests') }} as tests
        on
            cases.signal = tests.signal
            and cases.measure = tests.measure
            and cases.subject = tests.subject
            and cases.quarter_start = tests.quarter_start
),

bars as (
    select
        lowered.signal_id,
        bar.cycle_id,
        cast(null as string) as touch_key,
        leads.record_id,
        bar.mql_at as happened_at,
        case lowered.measure
            when 'fit'
                then concat_ws('', 'Not fit: ', replace(cycles.failed_criteria, '|', ', '))
            when 'mql_to_sql'
                then
                    'No SQL within {{ var("integrity_conversion_days") }} days'
            else concat_ws('', 'Score ', {{ plain_number('bar.score') }})
        end as why
    from lowered
    inner join {{ ref('int_mql_bar') }} as bar
        on
            lowered.quarter_start = bar.quarter_start
            and (lowered.subject_kind = 'company' or lowered.subject = bar.source)
            and case lowered.measure
                when 'fit' then not bar.is_fit
                when 'mql_to_sql' then not bar.is_qualified
                when 'bunching' then bar.is_just_above
                when 'score' then bar.score < lowered.expected
            end
    inner join {{ ref('fct_lead_cycles') }} as cycles on bar.cycle_id = cycles.cycle_id
    inner join {{ ref('int_leads') }} as leads on cycles.lead_key = leads.lead_key
),

evidence as (
    select * from people
    union all
    select * from bars
)

select
    evidence.signal_id,
    tests.signal,
    tests.measure,
    tests.subject_kind,
    tests.subject,
    tests.quarter_start as period_start,
    evidence.cycle_id,
    evidence.touch_key,
    evidence.record_id,
    evidence.happened_at,
    evidence.why
from evidence
inner join {{ ref('int_integrity_tests') }} as tests on evidence.signal_id = tests.signal_id
