-- MQLs and how many of them went on, for every quarter beside the one before, at equal age: both
-- quarters at the age that the youngest MQL of the later one has, up to the window.
with quarters as (
    select
        starts.quarter_start,
        {{ period_end("'quarter'", 'starts.quarter_start') }} as quarter_end
    from (select distinct dates.quarter_start from {{ ref('dim_date') }} as dates) as starts
),

horizons as (
    select
        quarters.quarter_start,
        quarters.quarter_end,
        cast(
            least(
                {{ var('conversion_window_days') }},
                floor({{ seconds_between(start_of_day('quarters.quarter_end'), as_of()) }} / 86400)
            ) as integer
        ) as horizon_days
    from quarters
    where quarters.quarter_end <= {{ local_date(as_of()) }}
),

-- Every MQL stands in its own quarter's comparison and, as what was before, in the next one's.
roles as (
    select
        horizons.quarter_start as cohort_start,
        horizons.quarter_start,
        horizons.horizon_days,
        true as is_later
    from horizons
    union all
    select
        earlier.quarter_start as cohort_start,
        horizons.quarter_start,
        horizons.horizon_days,
        false as is_later
    from horizons
    inner join quarters as earlier on horizons.quarter_start = earlier.quarter_end
),

cycles as (
    select
        {{ quarter_start(local_date('cycles.mql_at')) }} as cohort_start,
        {% for stage in ['sql', 'opportunity', 'won'] -%}
        {{ seconds_between('cycles.mql_at', 'cycles.' ~ stage ~ '_at') }} as {{ stage }}_seconds,
        {% endfor -%}
        cycles.source
    from {{ ref('fct_lead_cycles') }} as cycles
    where not cycles.is_mql_inferred
),

counts as (
    select
        roles.quarter_start,
        roles.horizon_days,
        cycles.source,
        {% for stage in ['sql', 'opportunity', 'won'] -%}
        {% set in_time = 'cycles.' ~ stage ~ '_seconds <= roles.horizon_days * 86400' -%}
        count(*) filter (where roles.is_later and {{ in_time }}) as {{ stage }},
        count(*) filter (where not roles.is_later and {{ in_time }}) as {{ stage }}_before,
        {% endfor -%}
        count(*) filter (where roles.is_later) as mql,
        count(*) filter (where not roles.is_later) as mql_before
    from cycles
    inner join roles on cycles.cohort_start = roles.cohort_start
    group by roles.quarter_start, roles.horizon_days, cycles.source
)

{% for stage in ['sql', 'opportunity', 'won'] -%}
select
    counts.quarter_start,
    'mql_to_{{ stage }}' as step,
    counts.source,
    counts.horizon_days,
    counts.mql_before,
    counts.{{ stage }}_before as converted_before,
    counts.mql,
    counts.{{ stage }} as converted
from counts
{{ 'union all' if not loop.last }}
{% endfor %}
