-- The bar of a quarter against that of the four before it. Volume is compared by the day, because
-- the quarter may not be over; the company's first day begins the count of days before it.
with quarters as (
    select * from {{ ref('int_mql_bar_quarters') }}
),

beginning as (
    select
        min(quarters.first_mql_date) as first_date,
        {{ local_date(as_of()) }} as today
    from quarters
),

compared as (
    select
        now.subject_kind,
        now.subject,
        now.quarter_start,
        {%- for column in [
            'mqls', 'fit', 'scored', 'score_sum', 'score_square_sum', 'banded', 'just_above',
            'aged', 'qualified'
        ] %}
        now.{{ column }},
        {{ exact_sum('earlier.' ~ column) }} as {{ column }}_before,
        {%- endfor %}
        cast(count(earlier.quarter_start) as integer) as quarters_before
    from quarters as now
    inner join quarters as earlier
        on
            now.subject_kind = earlier.subject_kind
            and now.subject = earlier.subject
            and earlier.quarter_start < now.quarter_start
            and earlier.quarter_start
            >= {{ quarters_before('now.quarter_start', var('benchmark_quarters')) }}
    group by
        now.subject_kind,
        now.subject,
        now.quarter_start,
        {%- for column in [
            'mqls', 'fit', 'scored', 'score_sum', 'score_square_sum', 'banded', 'just_above',
            'aged'
        ] %}
        now.{{ column }},
        {%- endfor %}
        now.qualified
),

-- The days of the quarter so far and those of the four before it.
timed as (
    select
        compared.*,
        greatest(
            {{ whole_days_between(
                'compared.quarter_start',
                'least(beginning.today, ' ~ period_end("'quarter'", 'compared.quarter_start') ~ ')'
            ) }},
            1
        ) as days,
        {{ whole_days_between(
            'greatest(beginning.first_date, '
            ~ quarters_before('compared.quarter_start', var('benchmark_quarters')) ~ ')',
            'compared.quarter_start'
        ) }} as days_before
    from compared
    cross join beginning
    -- Quarters with something in each; a source that is new has no bar to be lowered.
    where compared.quarters_before = {{ var('benchmark_quarters') }}
)

select
    timed.*,
    (cast(timed.mqls as double) / timed.days) / (timed.mqls_before / timed.days_before)
        as volume_ratio
from timed
