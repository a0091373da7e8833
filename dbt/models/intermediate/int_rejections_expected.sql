-- The leads each rep disposed of in a quarter, how many of them were rejected, and how many the
-- average of their sources predicts (indirect standardisation): the sum over the rep's leads of the
-- share of their source that all reps rejected in the same quarter.
with disposed as (
    select
        cycles.routed_to as owner_key,
        cycles.source,
        {{ quarter_start(local_date(first_disposition_at('cycles'))) }} as quarter_start,
        cycles.rejected_at
    from {{ ref('fct_lead_cycles') }} as cycles
    where
        cycles.routed_to is not null
        and not cycles.is_mql_inferred
        and {{ is_dispositioned('cycles') }}
),

by_source as (
    select
        disposed.owner_key,
        disposed.source,
        disposed.quarter_start,
        count(*) as disposed,
        count(disposed.rejected_at) as rejected
    from disposed
    group by disposed.owner_key, disposed.source, disposed.quarter_start
),

averaged as (
    select
        by_source.*,
        {{ billionths(
            'sum(by_source.rejected) over source_quarter'
            ~ ' / cast(sum(by_source.disposed) over source_quarter as double)'
        ) }} as share_rejected
    from by_source
    window source_quarter as (partition by by_source.source, by_source.quarter_start)
)

select
    averaged.owner_key,
    averaged.quarter_start,
    cast(sum(averaged.disposed) as bigint) as disposed,
    cast(sum(averaged.rejected) as bigint) as rejected,
    -- Rounded, because fifteen thirds are not quite 5.
    round({{ exact_sum('averaged.disposed * averaged.share_rejected') }} / 1000000000, 7)
        as expected
from averaged
group by averaged.owner_key, averaged.quarter_start
