-- Dispositions of many leads by one person within a minute. Several steps of one lead within a
-- minute are one: a status and its stage are often written together.
{%- set many = var('integrity_bulk_dispositions') %}

with busy as (
    {{ acts_of_busy_minutes(ref('int_dispositions'), 'acts.changed_at', 'true', many) }}
),

-- All steps of their leads, so that the one before is known wherever it lies.
steps as (
    select
        dispositions.lead_key,
        dispositions.change_number,
        {{ microseconds('dispositions.changed_at') }} - lag(
            {{ microseconds('dispositions.changed_at') }}
        ) over (
            partition by dispositions.lead_key, dispositions.owner_key
            order by dispositions.changed_at, dispositions.change_number
        ) as since_us
    from {{ ref('int_dispositions') }} as dispositions
    where dispositions.lead_key in (select busy.lead_key from busy)
),

single as (
    select busy.*
    from busy
    inner join steps
        on
            busy.lead_key = steps.lead_key
            and busy.change_number = steps.change_number
            and coalesce(steps.since_us > 60000000, true)
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
