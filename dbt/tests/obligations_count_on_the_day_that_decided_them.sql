-- What was decided counts on the date in the reporting zone of the instant that decided it.
with days as (
    select
        obligations.counts_on,
        min(obligations.decided_at) as first_decided_at,
        max(obligations.decided_at) as last_decided_at
    from {{ ref('fct_sla_obligations') }} as obligations
    group by obligations.counts_on
)

select days.counts_on
from days
where
    days.counts_on is null
    or days.first_decided_at < {{ start_of_day('days.counts_on') }}
    or days.last_decided_at >= {{ start_of_day("(days.counts_on + interval '1' day)") }}
