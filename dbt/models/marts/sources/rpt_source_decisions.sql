-- Monthly: invest in a source, cut it, hold it, or too early to tell. Money moves only on what
-- chance does not explain, and a source is not cut for what sales did not do.
with standings as (
    select * from {{ ref('int_source_standings') }}
),

benchmarks as (
    select
        benchmarks.quarter_start,
        benchmarks.source,
        {% for step, _, _, _ in conversion_steps() -%}
        max(case when benchmarks.step = '{{ step }}' then benchmarks.verdict end)
            as {{ step }}_verdict,
        {% endfor -%}
        -- One diagnosis a source; it stands on every step that is below.
        max(benchmarks.diagnosis) as diagnosis,
        max(case when benchmarks.verdict = 'below' then 1 else 0 end) = 1 as has_step_below,
        max(case when benchmarks.verdict = 'above' then 1 else 0 end) = 1 as has_step_above
    from {{ ref('rpt_source_benchmarks') }} as benchmarks
    group by benchmarks.quarter_start, benchmarks.source
),

judged as (
    select
        standings.*,
        {% for step, _, _, _ in conversion_steps() -%}
        benchmarks.{{ step }}_verdict,
        {% endfor -%}
        benchmarks.diagnosis,
        {{ source_finding('standings', 'benchmarks') }} as finding
    from standings
    left join benchmarks
        on
            standings.quarter_start = benchmarks.quarter_start
            and standings.source = benchmarks.source
)

select
    judged.month_start,
    judged.source,
    case judged.finding
        when 'too_few' then 'too_early'
        when 'better' then 'invest'
        when 'worse' then 'cut'
        else 'hold'
    end as decision,
    {{ source_reason('judged') }} as reason,
    judged.is_complete,
    judged.quarter_start,
    judged.mql,
    judged.mql_too_young,
    judged.won,
    judged.expected_won,
    judged.won_rate,
    judged.won_rate_low,
    judged.won_rate_high,
    judged.others_mql,
    judged.others_won,
    judged.others_won_rate,
    judged.others_won_rate_low,
    judged.others_won_rate_high,
    {% for value in ['pipeline', 'won_value'] -%}
    judged.{{ value }}_per_mql,
    judged.{{ value }}_per_mql_low,
    judged.{{ value }}_per_mql_high,
    judged.others_{{ value }}_per_mql,
    {% endfor -%}
    judged.fit_rate,
    judged.others_fit_rate,
    judged.acceptance_rate,
    judged.acceptance_rate_high,
    judged.others_acceptance_rate,
    judged.mql_to_sql_verdict,
    judged.sql_to_opportunity_verdict,
    judged.opportunity_to_won_verdict,
    judged.diagnosis
from judged
