-- Everything that happened to a lead's stage, in the order in which it is told: by instant, the
-- stage history before the opportunities, then by record.
with linked_leads as (
    select distinct links.lead_key
    from {{ ref('int_opportunity_leads') }} as links
    inner join {{ ref('int_opportunities') }} as opportunities
        on
            links.opportunity_key = opportunities.opportunity_key
            and not opportunities.is_deleted
),

events as (
    select * from {{ ref('int_lead_stage_events') }}
    union all
    select * from {{ ref('int_opportunity_events') }}
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
