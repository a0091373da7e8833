-- Touches of many leads by one person within a minute. A touch that follows the lead's last at once
-- does not count as another.
{%- set many = var('integrity_burst_touches') %}

with busy as (
    {{ acts_of_busy_minutes(ref('int_touches'), 'acts.occurred_at', 'acts.is_counted', many) }}
),

crms_with_times as (
    {{ crms_with_times(ref('int_touches'), 'acts.occurred_at', 'acts.is_touch') }}
),

counted as (
    {{ with_most_in_a_minute('busy') }}
)

select
    counted.touch_key,
    counted.cycle_id,
    counted.owner_key,
    counted.occurred_at,
    {{ quarter_start(local_date('counted.occurred_at')) }} as quarter_start,
    counted.activity_id as record_id,
    counted.most_in_a_minute
from counted
inner join crms_with_times on counted.crm = crms_with_times.crm
where counted.most_in_a_minute >= {{ many }}
