-- The bar of a quarter, per source and for all sources together. Scores in thousandths, whose sums
-- are exact.
with mqls as (
    select
        bar.*,
        case
            when bar.score is not null
                then cast(round(least(greatest(bar.score, -1000000), 1000000) * 1000) as bigint)
        end as score_thousandths
    from {{ ref('int_mql_bar') }} as bar
),

counted as (
    select
        mqls.source,
        mqls.quarter_start,
        min(mqls.mql_date) as first_mql_date,
        count(*) as mqls,
        count(*) filter (where mqls.is_fit) as fit,
        count(mqls.score_thousandths) as scored,
        sum(mqls.score_thousandths) as score_sum,
        {{ exact_sum('mqls.score_thousandths * mqls.score_thousandths') }} as score_square_sum,
        count(mqls.is_just_above) as banded,
        count(*) filter (where mqls.is_just_above) as just_above,
        count(mqls.is_qualified) as aged,
        count(*) filter (where mqls.is_qualified) as qualified
    from mqls
    group by mqls.source, mqls.quarter_start
)
{% for subject_kind, subject in [('source', 'counted.source'), ('company', "'all'")] %}
select
    '{{ subject_kind }}' as subject_kind,
    {{ subject }} as subject,
    counted.quarter_start,
    min(counted.first_mql_date) as first_mql_date,
    {%- for column in [
        'mqls', 'fit', 'scored', 'score_sum', 'banded', 'just_above', 'aged', 'qualified'
    ] %}
    cast(sum(counted.{{ column }}) as bigint) as {{ column }},
    {%- endfor %}
    {{ exact_sum('counted.score_square_sum') }} as score_square_sum
from counted
group by {{ subject ~ ', ' if subject_kind == 'source' }}counted.quarter_start
{{ 'union all' if not loop.last }}
{%- endfor %}
