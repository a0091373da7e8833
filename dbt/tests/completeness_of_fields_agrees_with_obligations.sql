-- Every required field together is what the clause completeness asks: the same leads, the same
-- verdicts, the same target. No field is kept by fewer leads than all of them.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_data_completeness'}}}) }}
with compliance as (
    select compliance.*
    from {{ ref('rpt_sla_compliance') }} as compliance
    where
        compliance.clause = 'completeness'
        and compliance.dimension in ('all', 'source')
        and compliance.met + compliance.missed > 0
),

together as (
    select completeness.*
    from {{ ref('rpt_data_completeness') }} as completeness
    where completeness.field = 'all'
)

select
    coalesce(compliance.period, together.period) as period,
    coalesce(compliance.period_start, together.period_start) as period_start,
    coalesce(compliance.dimension_value, together.dimension_value) as dimension_value
from compliance
full outer join together
    on
        compliance.period = together.period
        and compliance.period_start = together.period_start
        and compliance.dimension = together.dimension
        and compliance.dimension_value = together.dimension_value
where
    compliance.period is null
    or together.period is null
    or compliance.met <> together.valid
    or compliance.met + compliance.missed <> together.evaluated
    or compliance.target_rate <> together.target_rate
    or compliance.verdict <> together.verdict
    or compliance.is_conclusive <> together.is_conclusive
union all
select
    together.period,
    together.period_start,
    together.dimension_value
from together
inner join {{ ref('rpt_data_completeness') }} as fields
    on
        together.period = fields.period
        and together.period_start = fields.period_start
        and together.dimension = fields.dimension
        and together.dimension_value = fields.dimension_value
where
    fields.evaluated > together.evaluated
    or fields.evaluated - fields.valid > together.evaluated - together.valid
