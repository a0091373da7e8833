-- Every signal of every subject and quarter as one question: is what was observed further from what
-- is tolerated than chance explains? Many are asked at once, and some would be answered yes by
-- chance: of those flagged in one quarter at most a share integrity_false_discovery_rate is
-- expected to be, by Benjamini and Hochberg (1995), Controlling the false discovery rate, J. R.
-- Stat. Soc. B 57, 289-300. Where it is not asked there is no chance of a wrong answer.
{%- set enough_expected = 5 %}
with people as (
    select
        'over_disqualifying' as signal,
        'rejections' as measure,
        rejections.owner_key as subject,
        rejections.quarter_start,
        rejections.disposed as out_of,
        rejections.rejected as observed,
        rejections.expected,
        rejections.expected * {{ var('integrity_rejection_ratio') }} as tolerated,
        cast(null as decimal(38, 2)) as amount_at_stake
    from {{ ref('int_rejections_expected') }} as rejections
    union all
    select
        shares.signal,
        shares.measure,
        shares.subject,
        shares.quarter_start,
        shares.out_of,
        shares.observed,
        shares.expected,
        shares.tolerated,
        shares.amount_at_stake
    from {{ ref('int_integrity_shares') }} as shares
),

questions as (
    select
        people.signal,
        people.measure,
        case when people.subject = 'not_routed' then 'nobody' else 'rep' end as subject_kind,
        people.subject,
        people.quarter_start,
        people.out_of,
        cast(people.observed as double) as observed,
        people.expected,
        people.tolerated,
        {{ byar_low('people.observed') }} as observed_low,
        {{ byar_high('people.observed') }} as observed_high,
        -- Nothing observed is never too much.
        case
            when people.observed = 0 then cast(1 as double)
            else {{ normal_tail(byar_z('people.observed', 'people.tolerated')) }}
        end as p_value,
        people.signal <> 'over_disqualifying' or people.expected >= {{ enough_expected }}
            as is_asked,
        cast(null as double) as volume_ratio,
        people.amount_at_stake
    from people
    union all
    select
        'bar_lowering' as signal,
        bar.measure,
        bar.subject_kind,
        bar.subject,
        bar.quarter_start,
        bar.out_of,
        bar.observed,
        bar.expected,
        bar.tolerated,
        bar.observed_low,
        bar.observed_high,
        {{ normal_tail('bar.z') }} as p_value,
        bar.is_asked,
        bar.volume_ratio,
        cast(null as decimal(38, 2)) as amount_at_stake
    from {{ ref('int_integrity_bar') }} as bar
    where bar.z is not null
),

ranked as (
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
    from questions
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
