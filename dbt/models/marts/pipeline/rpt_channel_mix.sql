-- What each source brings to the pipeline, and how its MQLs fare beside all the others'.
with parts as (
    select
        {{ quarter_start(local_date('opportunities.created_at')) }} as quarter_start,
        opportunities.source,
        opportunities.amount_reporting as pipeline,
        1 as opportunities,
        case when opportunities.amount is null then 1 else 0 end as without_amount,
        case
            when opportunities.amount is not null and opportunities.amount_reporting is null then 1
            else 0
        end as without_rate,
        0 as mql,
        0 as mql_to_opportunity,
        0 as mql_to_won
    from {{ ref('fct_opportunities') }} as opportunities
    where
        opportunities.created_at is not null
        and not opportunities.is_deleted
    union all
    select
        {{ quarter_start(local_date('cycles.mql_at')) }} as quarter_start,
        cycles.source,
        cast(null as decimal(18, 2)) as pipeline,
        0 as opportunities,
        0 as without_amount,
        0 as without_rate,
        1 as mql,
        case when cycles.opportunity_at is not null then 1 else 0 end as mql_to_opportunity,
        case when cycles.won_at is not null then 1 else 0 end as mql_to_won
    from {{ ref('fct_lead_cycles') }} as cycles
    where not cycles.is_mql_inferred
),

channels as (
    select
        parts.quarter_start,
        parts.source,
        {% for count in [
            'opportunities', 'without_amount', 'without_rate', 'mql', 'mql_to_opportunity',
            'mql_to_won',
        ] -%}
        cast(sum(parts.{{ count }}) as bigint) as {{ count }},
        {% endfor -%}
        coalesce(sum(parts.pipeline), 0) as pipeline
    from parts
    group by parts.quarter_start, parts.source
),

compared as (
    select
        channels.*,
        sum(channels.pipeline) over (partition by channels.quarter_start) as pipeline_of_all,
        cast(sum(channels.opportunities) over (partition by channels.quarter_start) as bigint)
            as opportunities_of_all,
        cast(sum(channels.mql) over (partition by channels.quarter_start) as bigint) - channels.mql
            as other_mql,
        cast(sum(channels.mql_to_won) over (partition by channels.quarter_start) as bigint)
        - channels.mql_to_won as other_won
    from channels
),

measured as (
    select
        compared.*,
        cast(compared.pipeline as double) / cast(nullif(compared.pipeline_of_all, 0) as double)
            as pipeline_share,
        -- One division of whole numbers: at exactly half the others' it is exactly a half.
        cast(compared.mql_to_won * compared.other_mql as double)
        / cast(nullif(compared.mql * compared.other_won, 0) as double) as relative_conversion,
        {{ ratio_low(
            'compared.mql_to_won', 'compared.mql', 'compared.other_won', 'compared.other_mql'
        ) }} as relative_conversion_low,
        {{ ratio_high(
            'compared.mql_to_won', 'compared.mql', 'compared.other_won', 'compared.other_mql'
        ) }} as relative_conversion_high
    from compared
),

judged as (
    select
        measured.*,
        coalesce(
            {{ billionths('measured.pipeline_share') }}
            >= {{ billionths(var('channel_mix_share')) }}
            and measured.relative_conversion <= {{ var('channel_mix_conversion_ratio') }},
            false
        ) as is_flagged
    from measured
)

select
    judged.quarter_start,
    judged.source,
    cast(judged.pipeline as decimal(38, 2)) as pipeline_created,
    judged.pipeline_share,
    judged.opportunities as opportunities_created,
    judged.opportunities / cast(nullif(judged.opportunities_of_all, 0) as double)
        as opportunity_share,
    judged.without_amount,
    judged.without_rate,
    judged.mql,
    judged.mql_to_opportunity as opportunity,
    judged.mql_to_won as won,
    judged.mql_to_won / cast(nullif(judged.mql, 0) as double) as conversion,
    judged.other_won / cast(nullif(judged.other_mql, 0) as double) as conversion_of_others,
    judged.relative_conversion,
    judged.relative_conversion_low,
    judged.relative_conversion_high,
    judged.is_flagged,
    judged.is_flagged
    and coalesce(
        judged.relative_conversion_high <= {{ var('channel_mix_conversion_ratio') }}, false
    ) as is_conclusive,
    {{ period_end("'quarter'", 'judged.quarter_start') }} <= {{ local_date(as_of()) }}
        as is_complete
from judged
