-- Cut by anything, the obligations and MQLs of a period and clause add up to the uncut ones: what
-- has no owner or no team stands under a name of its own. Every clause but volume has every cut.
with sums as (
    select
        compliance.period,
        compliance.period_start,
        compliance.clause,
        compliance.dimension,
        sum(compliance.met) as met,
        sum(compliance.missed) as missed,
        sum(compliance.exempt) as exempt,
        sum(compliance.pending_due) as pending_due,
        sum(compliance.not_assessable) as not_assessable,
        sum(compliance.target_count) as target_count
    from {{ ref('rpt_sla_compliance') }} as compliance
    group by
        compliance.period, compliance.period_start, compliance.clause, compliance.dimension
),

dimensions as (
    {%- for dimension, column in compliance_dimensions() if column %}
    select '{{ dimension }}' as dimension
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

expected as (
    select
        whole.*,
        dimensions.dimension as cut
    from sums as whole
    cross join dimensions
    where
        whole.dimension = 'all'
        and (whole.clause <> 'volume' or dimensions.dimension in ('segment', 'region'))
)

select
    expected.period,
    expected.period_start,
    expected.clause,
    expected.cut
from expected
left join sums as parts
    on
        expected.period = parts.period
        and expected.period_start = parts.period_start
        and expected.clause = parts.clause
        and expected.cut = parts.dimension
where
    expected.met <> coalesce(parts.met, 0)
    or expected.missed <> coalesce(parts.missed, 0)
    or expected.exempt <> coalesce(parts.exempt, 0)
    or expected.pending_due <> coalesce(parts.pending_due, 0)
    or expected.not_assessable <> coalesce(parts.not_assessable, 0)
    -- Each part is rounded to a billionth.
    or abs(expected.target_count - coalesce(parts.target_count, 0)) > 0.000001
union all
select
    parts.period,
    parts.period_start,
    parts.clause,
    parts.dimension as cut
from sums as parts
left join sums as whole
    on
        parts.period = whole.period
        and parts.period_start = whole.period_start
        and parts.clause = whole.clause
        and whole.dimension = 'all'
where whole.clause is null
