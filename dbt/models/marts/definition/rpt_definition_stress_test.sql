-- Where the deals of the last complete quarter came from, beside where its MQLs did.
{%- set dimensions = [
    ('all', none),
    ('industry', 'industry'),
    ('segment', 'segment'),
    ('country', 'country'),
    ('region', 'region'),
    ('source', 'source'),
] %}

with cases as (
    select
        verdicts.kind,
        verdicts.is_inside,
        -- A band is called as one of its companies writes it: case makes no other band.
        {% for attribute in ['industry', 'country'] -%}
        coalesce(
            min(verdicts.{{ attribute }}) over (partition by lower(verdicts.{{ attribute }})),
            'unknown'
        ) as {{ attribute }},
        {% endfor -%}
        verdicts.source,
        verdicts.segment,
        verdicts.region
    from {{ ref('int_definition_case_verdicts') }} as verdicts
),

bands as (
    select
        {% for kind in ['mql', 'won', 'won_before', 'not_won'] -%}
        count(*) filter (where cases.kind = '{{ kind }}') as {{ kind }},
        count(*) filter (where cases.kind = '{{ kind }}' and cases.is_inside)
            as {{ kind }}_inside,
        {% endfor -%}
        {{ grouped_dimension('cases', dimensions) }}
    from cases
    group by {{ by_dimension('cases', dimensions) }} -- noqa: PRS
),

compared as (
    select
        bands.*,
        bands.won_inside + bands.not_won_inside as decided_inside,
        bands.won - bands.won_inside as won_outside,
        whole.won - bands.won as other_won,
        whole.won - whole.won_inside - bands.won + bands.won_inside as other_outside,
        bands.mql_inside + bands.won_inside + bands.won_before_inside > 0 as is_in_definition,
        whole.mql as all_mql,
        whole.won as all_won,
        whole.won_before as all_won_before
    from bands
    inner join bands as whole on whole.dimension = 'all'
),

measured as (
    select
        compared.*,
        cast(compared.won * compared.all_mql as double)
        / cast(nullif(compared.all_won * compared.mql, 0) as double) as lift,
        {{ ratio_low('compared.won', 'compared.all_won', 'compared.mql', 'compared.all_mql') }}
            as lift_low,
        {{ ratio_high('compared.won', 'compared.all_won', 'compared.mql', 'compared.all_mql') }}
            as lift_high,
        cast(compared.won * compared.all_won_before as double)
        / cast(nullif(compared.all_won * compared.won_before, 0) as double) as trend,
        {{ ratio_low(
            'compared.won', 'compared.all_won', 'compared.won_before', 'compared.all_won_before'
        ) }} as trend_low,
        {{ ratio_high(
            'compared.won', 'compared.all_won', 'compared.won_before', 'compared.all_won_before'
        ) }} as trend_high
    from compared
)

select
    {{ last_complete_quarter() }} as quarter_start,
    measured.dimension,
    measured.dimension_value,
    measured.mql,
    measured.won,
    measured.mql / cast(nullif(measured.all_mql, 0) as double) as mql_share,
    measured.won / cast(nullif(measured.all_won, 0) as double) as won_share,
    measured.lift,
    measured.lift_low,
    measured.lift_high,
    measured.mql_inside,
    measured.won_inside,
    measured.won_outside,
    measured.is_in_definition,
    measured.won_outside > 0 as emerging,
    coalesce(
        {{ difference_low(
            'measured.won_outside', 'measured.won', 'measured.other_outside', 'measured.other_won'
        ) }} > 0,
        false
    ) as is_emerging_conclusive,
    measured.won_before,
    measured.won_before / cast(nullif(measured.all_won_before, 0) as double) as won_share_before,
    measured.trend,
    measured.trend_low,
    measured.trend_high,
    measured.is_in_definition and coalesce(measured.trend_high < 1, false) as cooling,
    measured.won_inside / cast(nullif(measured.won, 0) as double) as recall,
    {{ wilson_low('measured.won_inside', 'measured.won') }} as recall_low,
    {{ wilson_high('measured.won_inside', 'measured.won') }} as recall_high,
    measured.decided_inside,
    measured.won_inside / cast(nullif(measured.decided_inside, 0) as double) as precision,
    {{ wilson_low('measured.won_inside', 'measured.decided_inside') }} as precision_low,
    {{ wilson_high('measured.won_inside', 'measured.decided_inside') }} as precision_high
from measured
