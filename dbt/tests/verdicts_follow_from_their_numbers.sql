-- What a row of compliance says in words is what its own numbers say.
select
    compliance.period,
    compliance.period_start,
    compliance.clause,
    compliance.dimension,
    compliance.dimension_value
from {{ ref('rpt_sla_compliance') }} as compliance
where
    compliance.verdict <> case
        when compliance.rate is null then 'no_data'
        -- Rates and targets that differ by less are equal: both are rounded on the way.
        when compliance.rate >= compliance.target_rate - 0.000000001 then 'met'
        else 'missed'
    end
    or compliance.rate_low not between 0 and compliance.rate
    or compliance.rate_high not between compliance.rate and 1
    or (compliance.is_conclusive and compliance.verdict <> 'missed')
    or (
        compliance.is_escalated
        and (
            compliance.consecutive_missed < 2
            or compliance.period <> 'week'
            or compliance.dimension <> 'all'
        )
    )
    or (
        compliance.is_complete
        and compliance.verdict = 'met'
        and compliance.consecutive_missed <> 0
    )
    or (
        compliance.is_complete
        and compliance.verdict = 'missed'
        and compliance.consecutive_missed = 0
    )
