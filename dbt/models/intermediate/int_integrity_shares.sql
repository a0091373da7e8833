-- Of the things a person did in a quarter, how many look like gaming; beside it how many would if
-- the person were like all others, and how many are tolerated.
{%- set share = var('integrity_tolerated_share') %}

with touches as (
    select
        touches.owner_key,
        {{ quarter_start(local_date('touches.occurred_at')) }} as quarter_start,
        count(*) as out_of,
        count(*) filter (where not touches.is_counted) as padding
    from {{ ref('int_touches') }} as touches
    where touches.is_touch
    group by touches.owner_key, {{ quarter_start(local_date('touches.occurred_at')) }}
),

dispositions as (
    select
        dispositions.owner_key,
        {{ quarter_start(local_date('dispositions.changed_at')) }} as quarter_start,
        count(*) as out_of
    from {{ ref('int_dispositions') }} as dispositions
    group by dispositions.owner_key, {{ quarter_start(local_date('dispositions.changed_at')) }}
),

mqls as (
    select
        coalesce(cycles.routed_to, 'not_routed') as owner_key,
        {{ quarter_start(local_date('coalesce(cycles.routed_at, cycles.mql_at)')) }}
            as quarter_start,
        count(*) as out_of
    from {{ ref('fct_lead_cycles') }} as cycles
    where not cycles.is_mql_inferred
    group by
        coalesce(cycles.routed_to, 'not_routed'),
        {{ quarter_start(local_date('coalesce(cycles.routed_at, cycles.mql_at)')) }}
),

{% for signal, measure, done, cases, tolerated in [
    ('bulk_dispositions', 'dispositions', 'dispositions', 'int_bulk_dispositions', 0),
    ('touch_bursts', 'many_leads', 'touches', 'int_touch_bursts', share),
    (
        'deleted_while_pending', 'leads', 'mqls', 'int_pending_deletions',
        var('integrity_tolerated_deletions'),
    ),
] -%}
{{ cases }} as (
    select
        '{{ signal }}' as signal,
        '{{ measure }}' as measure,
        {{ done }}.owner_key as subject,
        {{ done }}.quarter_start,
        {{ done }}.out_of,
        count(cases.owner_key) as observed,
        cast({{ tolerated }} as double) as tolerated_share,
        cast(null as decimal(38, 2)) as amount_at_stake
    from {{ done }}
    left join {{ ref(cases) }} as cases
        on
            {{ done }}.owner_key = cases.owner_key
            and {{ done }}.quarter_start = cases.quarter_start
    group by {{ done }}.owner_key, {{ done }}.quarter_start, {{ done }}.out_of
),

{% endfor -%}
counted as (
    select
        'ignored_leads' as signal,
        'leads' as measure,
        ignored.owner_key as subject,
        ignored.quarter_start,
        count(*) as out_of,
        count(*) filter (where ignored.is_ignored) as observed,
        cast({{ share }} as double) as tolerated_share,
        sum(case when ignored.is_ignored then ignored.value_per_mql end) as amount_at_stake
    from {{ ref('int_ignored_leads') }} as ignored
    group by ignored.owner_key, ignored.quarter_start
    union all
    select
        'late_logging' as signal,
        'speed_to_lead' as measure,
        late.owner_key as subject,
        late.quarter_start,
        count(*) as out_of,
        count(*) filter (where late.is_late) as observed,
        cast({{ share }} as double) as tolerated_share,
        cast(null as decimal(38, 2)) as amount_at_stake
    from {{ ref('int_late_logging') }} as late
    group by late.owner_key, late.quarter_start
    union all
    select
        'touch_bursts' as signal,
        'one_lead' as measure,
        touches.owner_key as subject,
        touches.quarter_start,
        touches.out_of,
        touches.padding as observed,
        cast({{ share }} as double) as tolerated_share,
        cast(null as decimal(38, 2)) as amount_at_stake
    from touches
    {%- for cases in ['int_bulk_dispositions', 'int_touch_bursts', 'int_pending_deletions'] %}
    union all
    select * from {{ cases }}
    {%- endfor %}
)

select
    counted.signal,
    counted.measure,
    counted.subject,
    counted.quarter_start,
    counted.out_of,
    counted.observed,
    counted.out_of * (
        cast(sum(counted.observed) over family as double) / sum(counted.out_of) over family
    ) as expected,
    counted.out_of * counted.tolerated_share as tolerated,
    counted.amount_at_stake
from counted
window family as (partition by counted.signal, counted.measure, counted.quarter_start)
