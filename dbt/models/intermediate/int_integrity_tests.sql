-- Every signal of every subject and quarter as one question: is what was observed further from what
-- is tolerated than chance explains? Many are asked at once, and some would be answered yes by
-- chance: of those flagged in one quarter at most a share integrity_false_discovery_rate is
-- expected to be, by Benjamini and Hochberg (1995), Controlling the false discovery rate, J. R.
-- Stat. Soc. B 57, 289-300. Where it is not asked there is no chance of a wrong answer.
with ranked as (
    select
        questions.*,
        case when questions.is_asked then questions.p_value end as p_asked,
        case
            when questions.is_asked
                then questions.p_value * count(*) over (
                    partition by
                        questions.signal,
                        questions.measure,
                        questions.quarter_start,
                        questions.is_asked
                ) / count(*) over (
                    partition by
                        questions.signal,
                        questions.measure,
                        questions.quarter_start,
                        questions.is_asked
                    order by questions.p_value
                    range between unbounded preceding and current row
                )
        end as adjusted
    from {{ ref('int_integrity_questions') }} as questions
),

corrected as (
    select
        ranked.*,
        case
            when ranked.is_asked
                then least(
                    min(ranked.adjusted) over (
                        partition by
                            ranked.signal, ranked.measure, ranked.quarter_start, ranked.is_asked
                        order by ranked.p_value desc
                        range between unbounded preceding and current row
                    ),
                    1
                )
        end as q_value
    from ranked
),

judged as (
    select
        corrected.*,
        corrected.is_asked and case
            when corrected.signal = 'bulk_dispositions' then corrected.observed > 0
            else corrected.q_value <= {{ var('integrity_false_discovery_rate') }}
        end as is_flagged
    from corrected
)

select
    concat_ws(
        '|',
        judged.signal,
        judged.measure,
        judged.subject_kind,
        judged.subject,
        cast(judged.quarter_start as string)
    ) as signal_id,
    judged.signal,
    judged.measure,
    judged.subject_kind,
    judged.subject,
    judged.quarter_start,
    judged.out_of,
    judged.observed,
    judged.expected,
    judged.tolerated,
    judged.observed_low,
    judged.observed_high,
    judged.p_asked as p_value,
    judged.q_value,
    judged.is_flagged,
    judged.volume_ratio,
    judged.amount_at_stake
from judged
