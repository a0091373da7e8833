-- What the definition would let through with its thresholds moved, all else as agreed.
with bounds as (
    select
        max(bounds.low) filter (where bounds.attribute = 'score') as score_min,
        min(bounds.high) filter (where bounds.attribute = 'score') as score_max,
        max(bounds.low) filter (where bounds.attribute = 'employees') as employees_min,
        min(bounds.high) filter (where bounds.attribute = 'employees') as employees_max
    from {{ ref('int_definition_bounds') }} as bounds
),

{% for bound in ['score_min', 'employees_min', 'employees_max'] -%}
{{ bound }}s as (
    {%- for factor in grid_factors(bound) %}
    select
        round(bounds.{{ bound }} * {{ factor }}, 6) as {{ bound }},
        {{ 'true' if factor == 1 else 'false' }} as is_in_force
    from bounds
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

{% endfor -%}
-- Without a bound there is nothing to move, and all factors of it are one point.
points as (
    select
        score_mins.score_min,
        bounds.score_max,
        employees_mins.employees_min,
        employees_maxs.employees_max,
        bool_or(
            score_mins.is_in_force and employees_mins.is_in_force and employees_maxs.is_in_force
        ) as is_in_force
    from bounds
    cross join score_mins
    cross join employees_mins
    cross join employees_maxs
    group by
        score_mins.score_min,
        bounds.score_max,
        employees_mins.employees_min,
        employees_maxs.employees_max
),

cases as (
    select
        verdicts.kind,
        verdicts.score,
        verdicts.employees,
        verdicts.is_decided_by_bounds,
        count(*) as cases
    from {{ ref('int_definition_case_verdicts') }} as verdicts
    where verdicts.kind <> 'won_before'
    group by
        verdicts.kind, verdicts.score, verdicts.employees, verdicts.is_decided_by_bounds
),

passed as (
    select
        points.score_min,
        points.employees_min,
        points.employees_max,
        points.is_in_force,
        cases.kind,
        cases.cases,
        cases.is_decided_by_bounds
        and {{ within('cases.score', 'points.score_min', 'points.score_max') }}
        and {{ within('cases.employees', 'points.employees_min', 'points.employees_max') }}
            as is_passed
    from points
    cross join cases
),

counted as (
    select
        passed.score_min,
        passed.employees_min,
        passed.employees_max,
        passed.is_in_force,
        {% for kind in ['mql', 'won', 'not_won'] -%}
        cast(
            coalesce(
                sum(passed.cases) filter (where passed.kind = '{{ kind }}' and passed.is_passed), 0
            ) as bigint
        ) as {{ kind }}_inside,
        {% endfor -%}
        cast(coalesce(sum(passed.cases) filter (where passed.kind = 'mql'), 0) as bigint) as mql,
        cast(coalesce(sum(passed.cases) filter (where passed.kind = 'won'), 0) as bigint) as won
    from passed
    group by
        passed.score_min, passed.employees_min, passed.employees_max, passed.is_in_force
)

select
    {{ last_complete_quarter() }} as quarter_start,
    counted.score_min as score_threshold,
    counted.employees_min,
    counted.employees_max,
    counted.is_in_force,
    counted.mql_inside as mql_passing,
    counted.mql_inside - in_force.mql_inside as mql_change,
    counted.mql_inside / cast(nullif(counted.mql, 0) as double) as pass_rate,
    counted.won_inside as won_passing,
    counted.won_inside / cast(nullif(counted.won, 0) as double) as recall,
    counted.won_inside + counted.not_won_inside as decided_passing,
    counted.won_inside
    / cast(nullif(counted.won_inside + counted.not_won_inside, 0) as double) as precision
from counted
inner join counted as in_force on in_force.is_in_force
