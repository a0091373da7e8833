-- Everything that a signal about a person counts, in one shape.
select
    'over_disqualifying' as signal,
    'rejections' as measure,
    cycles.routed_to as subject,
    {{ quarter_start(local_date(first_disposition_at('cycles'))) }} as quarter_start,
    cycles.cycle_id,
    cast(null as string) as touch_key,
    stages.rejected_record_id as record_id,
    cycles.rejected_at as happened_at,
    concat_ws('', 'Rejected: ', coalesce(cycles.reason_code, 'no reason of the taxonomy'))
        as why
from {{ ref('fct_lead_cycles') }} as cycles
inner join {{ ref('int_cycle_stages') }} as stages on cycles.cycle_id = stages.cycle_id
where
    cycles.rejected_at is not null
    and cycles.routed_to is not null
    and not cycles.is_mql_inferred
union all
select
    'ignored_leads' as signal,
    'leads' as measure,
    ignored.owner_key as subject,
    ignored.quarter_start,
    ignored.cycle_id,
    cast(null as string) as touch_key,
    leads.record_id,
    ignored.due_at as happened_at,
    concat_ws(
        '',
        'Neither touched nor disposed of after the last deadline',
        '; worth ' || cast(ignored.value_per_mql as string)
        || ' {{ var("reporting_currency") }} by the history of its source'
    ) as why
from {{ ref('int_ignored_leads') }} as ignored
inner join {{ ref('fct_lead_cycles') }} as cycles on ignored.cycle_id = cycles.cycle_id
inner join {{ ref('int_leads') }} as leads on cycles.lead_key = leads.lead_key
where ignored.is_ignored
union all
select
    'late_logging' as signal,
    'speed_to_lead' as measure,
    late.owner_key as subject,
    late.quarter_start,
    late.cycle_id,
    late.touch_key,
    late.record_id,
    late.logged_at as happened_at,
    concat_ws(
        '',
        'Said to have happened in time, logged ',
        {{ counted(
            'floor(' ~ seconds_between('late.due_at', 'late.logged_at') ~ ' / 60)', 'minute'
        ) }},
        ' after the deadline'
    ) as why
from {{ ref('int_late_logging') }} as late
where late.is_late
union all
select
    'bulk_dispositions' as signal,
    'dispositions' as measure,
    bulk.owner_key as subject,
    bulk.quarter_start,
    bulk.cycle_id,
    cast(null as string) as touch_key,
    bulk.record_id,
    bulk.changed_at as happened_at,
    concat_ws(
        '',
        'Set to ',
        bulk.stage,
        ', one of ',
        cast(bulk.most_in_a_minute as string),
        ' leads within a minute'
    ) as why
from {{ ref('int_bulk_dispositions') }} as bulk
union all
select
    'touch_bursts' as signal,
    'one_lead' as measure,
    touches.owner_key as subject,
    {{ quarter_start(local_date('touches.occurred_at')) }} as quarter_start,
    touches.cycle_id,
    touches.touch_key,
    touches.activity_id as record_id,
    touches.occurred_at as happened_at,
    'At most {{ var("touch_spacing_minutes") }} minutes after the touch of the lead before it'
        as why
from {{ ref('int_touches') }} as touches
where
    touches.is_touch
    and not touches.is_counted
union all
select
    'touch_bursts' as signal,
    'many_leads' as measure,
    bursts.owner_key as subject,
    bursts.quarter_start,
    bursts.cycle_id,
    bursts.touch_key,
    bursts.record_id,
    bursts.occurred_at as happened_at,
    concat_ws(
        '', 'One of ', cast(bursts.most_in_a_minute as string), ' leads touched within a minute'
    ) as why
from {{ ref('int_touch_bursts') }} as bursts
union all
select
    'deleted_while_pending' as signal,
    'leads' as measure,
    deletions.owner_key as subject,
    deletions.quarter_start,
    deletions.cycle_id,
    cast(null as string) as touch_key,
    deletions.record_id,
    deletions.deleted_at as happened_at,
    'Deleted while something was owed on it' as why
from {{ ref('int_pending_deletions') }} as deletions
