-- Everything that happened to a lead's stage, in the order in which it is told: by instant, the
-- stage history before the opportunities, then by record.
with stages as (
    select
        {{ match_key('stage_map.crm') }} as crm,
        {{ match_key('stage_map.raw_stage') }} as raw_stage,
        stage_map.stage
    from {{ ref('stage_map') }} as stage_map
),

status_events as (
    select
        identity.lead_key,
        statuses.changed_at as event_at,
        stages.stage,
        statuses.is_observed,
        cast(null as varchar) as opportunity_key,
        statuses.change_id as record_id,
        case when statuses.is_first then 0 else 1 end as kind,
        statuses.change_number as step
    from {{ ref('int_status_history') }} as statuses
    inner join {{ ref('int_lead_identity') }} as identity
        on
            statuses.crm = identity.crm
            and statuses.record_id = identity.record_id
    inner join stages
        on
            statuses.crm = stages.crm
            and {{ match_key('statuses.value') }} = stages.raw_stage
    {% if var('mql_entry') == 'score' %}
    where stages.stage <> 'mql'
    {% endif %}
),

dated_stages as (
    select
        identity.lead_key,
        stage_dates.reached_at as event_at,
        stage_dates.stage,
        false as is_observed,
        cast(null as varchar) as opportunity_key,
        stage_dates.record_id,
        1 as kind,
        stage_dates.nth_date as step
    from {{ ref('int_stage_dates') }} as stage_dates
    inner join {{ ref('int_lead_identity') }} as identity
        on
            stage_dates.crm = identity.crm
            and stage_dates.record_id = identity.record_id
    {% if var('mql_entry') == 'score' %}
    where stage_dates.stage <> 'mql'
    {% endif %}
),

{% if var('mql_entry') == 'score' -%}
scores as (
    select
        scores.lead_key,
        scores.scored_at as event_at,
        'mql' as stage,
        false as is_observed,
        cast(null as varchar) as opportunity_key,
        scores.change_id as record_id,
        case when scores.change_number = 0 then 0 else 1 end as kind,
        scores.change_number as step
    from {{ ref('int_score_history') }} as scores
    where
        scores.score >= {{ var('mql_score_threshold') }}
        and coalesce(scores.previous_score < {{ var('mql_score_threshold') }}, true)
),

{% endif -%}
lead_events as (
    select * from status_events
    union all
    select * from dated_stages
    {%- if var('mql_entry') == 'score' %}
    union all
    select * from scores
    {%- endif %}
),

-- An opportunity linked to several leads may open a cycle for one of them at most: the one that was
-- in the funnel first.
funnel_entries as (
    select
        entries.lead_key,
        min(entries.entered_at) as entered_at
    from (
        select
            lead_events.lead_key,
            lead_events.event_at as entered_at
        from lead_events
        where lead_events.stage in ('mql', 'sal', 'sql', 'opportunity')
        union all
        select
            links.lead_key,
            opportunities.created_at as entered_at
        from {{ ref('int_opportunity_leads') }} as links
        inner join {{ ref('int_opportunities') }} as opportunities
            on links.opportunity_key = opportunities.opportunity_key
        where
            not links.is_test
            and not opportunities.is_deleted
    ) as entries
    group by entries.lead_key
),

links as (
    select
        links.opportunity_key,
        links.lead_key,
        row_number() over (
            partition by links.opportunity_key
            order by funnel_entries.entered_at nulls last, links.lead_key
        ) as precedence
    from {{ ref('int_opportunity_leads') }} as links
    left join funnel_entries on links.lead_key = funnel_entries.lead_key
    where not links.is_test
),

opportunity_events as (
    {%- for column, stage in [('created_at', 'opportunity'), ('won_at', 'won'), ('lost_at', 'lost')] %}
    select
        links.lead_key,
        opportunities.{{ column }} as event_at,
        '{{ stage }}' as stage,
        false as is_observed,
        opportunities.opportunity_key,
        opportunities.opportunity_id as record_id,
        2 as kind,
        {{ loop.index }} as step
    from {{ ref('int_opportunities') }} as opportunities
    inner join links
        on opportunities.opportunity_key = links.opportunity_key
    where
        not opportunities.is_deleted
        {%- if stage == 'opportunity' %}
        and links.precedence = 1
        {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

linked_leads as (
    select distinct links.lead_key
    from links
    inner join {{ ref('int_opportunities') }} as opportunities
        on
            links.opportunity_key = opportunities.opportunity_key
            and not opportunities.is_deleted
),

events as (
    select * from lead_events
    union all
    select * from opportunity_events
)

select
    leads.lead_key,
    leads.crm,
    events.event_at,
    events.stage,
    -- Whether a lead was won or lost is for its opportunities to say, and for its status only where
    -- no opportunity of the lead was exported.
    events.stage in ('rejected', 'dead', 'recycled')
    or (
        events.stage in ('won', 'lost')
        and (events.opportunity_key is not null or linked_leads.lead_key is null)
    ) as is_closing,
    events.opportunity_key,
    events.record_id,
    events.is_observed,
    row_number() over (
        partition by leads.lead_key
        order by
            events.event_at,
            events.kind,
            case when events.kind = 2 then length(events.record_id) end,
            case when events.kind = 2 then events.record_id end,
            events.step,
            events.record_id,
            events.stage
    ) as event_number
from events
inner join {{ ref('int_leads') }} as leads
    on
        events.lead_key = leads.lead_key
        and not leads.is_test
left join linked_leads on events.lead_key = linked_leads.lead_key
where events.event_at is not null
