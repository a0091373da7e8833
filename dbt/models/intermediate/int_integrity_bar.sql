-- Whether the bar for an MQL was lowered: fit, score and conversion of a quarter against those of
-- the four before it, and the share of scores just above the threshold. Chance is in both.
{%- set enough_mqls = var('benchmark_min_cycles') %}
{%- set enough_expected = var('benchmark_min_expected') %}
{%- set tolerance = var('integrity_bar_tolerance') %}
{%- set proportions = [
    ('fit', 'mqls', 'fit', -1),
    ('mql_to_sql', 'aged', 'qualified', -1),
    ('bunching', 'banded', 'just_above', 1),
] %}

with proportions as (
    {%- for measure, trials, successes, direction in proportions %}
    select
        '{{ measure }}' as measure,
        moves.subject_kind,
        moves.subject,
        moves.quarter_start,
        moves.{{ trials }} as out_of,
        moves.{{ successes }} as observed,
        moves.{{ trials }}_before as out_of_before,
        moves.{{ successes }}_before as observed_before,
        {{ direction }} as direction,
        moves.volume_ratio
    from {{ ref('int_mql_bar_moves') }} as moves
    where
        moves.{{ trials }} >= {{ enough_mqls }}
        and moves.{{ trials }}_before >= {{ enough_mqls }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

expected_proportions as (
    select
        proportions.*,
        proportions.out_of * proportions.observed_before / proportions.out_of_before as expected,
        -- A rate of 0 or 1 varies too: one more of each (Agresti and Coull 1998).
        (proportions.observed_before + 1) / (proportions.out_of_before + 2) as rate
    from proportions
),

scores as (
    select
        moves.subject_kind,
        moves.subject,
        moves.quarter_start,
        moves.scored as out_of,
        moves.score_sum / cast(moves.scored as double) / 1000 as observed,
        moves.score_sum_before / moves.scored_before / 1000 as expected,
        sqrt(
            (
                moves.score_square_sum - cast(moves.score_sum as double) * moves.score_sum
                / moves.scored
            ) / (moves.scored - 1) / moves.scored
        ) / 1000 as error_now,
        sqrt(
            (
                moves.score_square_sum_before - moves.score_sum_before * moves.score_sum_before
                / moves.scored_before
            ) / (moves.scored_before - 1) / moves.scored_before
        ) / 1000 as error_before,
        moves.volume_ratio
    from {{ ref('int_mql_bar_moves') }} as moves
    where
        moves.scored >= {{ enough_mqls }}
        and moves.scored_before >= {{ enough_mqls }}
)

select
    changed.measure,
    changed.subject_kind,
    changed.subject,
    changed.quarter_start,
    changed.out_of,
    cast(changed.observed as double) as observed,
    changed.expected,
    changed.expected * (1 + changed.direction * {{ tolerance }}) as tolerated,
    changed.out_of * {{ wilson_low('changed.observed', 'changed.out_of') }} as observed_low,
    changed.out_of * {{ wilson_high('changed.observed', 'changed.out_of') }} as observed_high,
    (
        changed.direction
        * (changed.observed - changed.expected * (1 + changed.direction * {{ tolerance }}))
        - 0.5
    ) / sqrt(
        changed.out_of * changed.rate * (1 - changed.rate)
        * (1 + changed.out_of / changed.out_of_before)
    ) as z,
    changed.measure = 'bunching' or changed.volume_ratio > 1 as is_asked,
    changed.volume_ratio
from expected_proportions as changed
where changed.expected >= {{ enough_expected }}
union all
select
    'score' as measure,
    scores.subject_kind,
    scores.subject,
    scores.quarter_start,
    scores.out_of,
    scores.observed,
    scores.expected,
    scores.expected * (1 - {{ tolerance }}) as tolerated,
    scores.observed - {{ normal_975() }} * scores.error_now as observed_low,
    scores.observed + {{ normal_975() }} * scores.error_now as observed_high,
    (scores.expected * (1 - {{ tolerance }}) - scores.observed)
    / nullif(sqrt(
        scores.error_now * scores.error_now + scores.error_before * scores.error_before
    ), 0) as z,
    scores.volume_ratio > 1 as is_asked,
    scores.volume_ratio
from scores
