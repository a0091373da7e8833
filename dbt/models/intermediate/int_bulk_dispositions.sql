-- Dispositions of many leads by one person within a minute. Several steps of one lead within a minute
-- are one: a status and its stage are often written together.
{%- set many = var('integrity_bulk_dispositions') %}

with busy as (
    {{ acts_of_busy_minutes(ref('int_dispositions'), 'acts.changed_at', 'true', many) }}
),

single as (
    select busy.*
    from busy
    qualify
        coalesce(
            busy.at_us - lag(busy.at_us) over (
                partition by busy.lead_key, busy.owner_key order by busy.at_us, busy.change_number
            ) > 60000000,
            true
        )
),

counted as (
    {{ with_most_in_a_minute('single') }}
)

select
    counted.lead_key,
    counted.change_number,
    cycles.cycle_id,
    counted.owner_key,
    counted.stage,
    counted.changed_at,
    {{ quarter_start(local_date('counted.changed_at')) }} as quarter_start,
    counted.record_id,
    counted.most_in_a_minute
from counted
left join {{ ref('int_cycles') }} as cycles
    on
        counted.lead_key = cycles.lead_key
        and {{ in_window('cycles', 'counted.changed_at') }}
where counted.most_in_a_minute >= {{ many }}
