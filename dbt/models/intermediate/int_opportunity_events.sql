-- When the opportunities of a lead were created, won and lost. Won and lost close the cycles of
-- every lead that is linked.
-- An opportunity linked to several leads may open a cycle for one of them at most: the one that was
-- in the funnel first.
with funnel_entries as (
    select
        entries.lead_key,
        min(entries.entered_at) as entered_at,
        min(case when entries.is_own then entries.entered_at end) as entered_alone_at
    from (
        select
            lead_events.lead_key,
            lead_events.event_at as entered_at,
            true as is_own
        from {{ ref('int_lead_stage_events') }} as lead_events
        where lead_events.stage in ('mql', 'sal', 'sql', 'opportunity')
        union all
        select
            links.lead_key,
            opportunities.created_at as entered_at,
            false as is_own
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
            -- In one instant the stage history comes before opportunities.
            order by
                funnel_entries.entered_at nulls last,
                case
                    when funnel_entries.entered_alone_at = funnel_entries.entered_at then 0
                    else 1
                end,
                links.lead_key
        ) as precedence
    from {{ ref('int_opportunity_leads') }} as links
    left join funnel_entries on links.lead_key = funnel_entries.lead_key
    where not links.is_test
)

{%- for column, stage in opportunity_stages() %}
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
