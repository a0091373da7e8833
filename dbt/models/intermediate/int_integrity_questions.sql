-- Everything that is asked of a subject in a quarter, in one shape: what was observed, what would
-- be usual, what is tolerated, and the chance of as much or more if that were the truth.
{%- set enough_expected = var('benchmark_min_expected') %}

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
)

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
