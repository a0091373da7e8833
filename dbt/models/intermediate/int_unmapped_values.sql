{%- set no_team = '(no team)' %}
-- Raw values the agreement does not know, once each, with how often they occur and one record that
-- has them. Until somebody maps them they change no stage, prove no touch and belong to no source.
with statuses as (
    select
        statuses.crm,
        'stage_map' as seed,
        'status' as field,
        statuses.value as raw_value,
        statuses.record_id
    from {{ ref('int_status_history') }} as statuses
    left join {{ ref('stage_map') }} as stage_map
        on
            statuses.crm = {{ match_key('stage_map.crm') }}
            and {{ match_key('statuses.value') }} = {{ match_key('stage_map.raw_stage') }}
    where
        statuses.value is not null
        and stage_map.stage is null
),

stages as (
    select
        opportunities.crm,
        'stage_map' as seed,
        'opportunity stage' as field,
        opportunities.stage as raw_value,
        opportunities.opportunity_id as record_id
    from {{ ref('int_opportunities') }} as opportunities
    where
        opportunities.stage is not null
        and opportunities.mapped_stage is null
),

sources as (
    select
        cycle_values.crm,
        'lead_sources' as seed,
        'source' as field,
        cycle_values.raw_source as raw_value,
        leads.record_id
    from {{ ref('int_cycle_values') }} as cycle_values
    inner join {{ ref('int_leads') }} as leads on cycle_values.lead_key = leads.lead_key
    where
        cycle_values.raw_source is not null
        and cycle_values.known_source is null
),

types as (
    select
        activities.crm,
        'touch_types' as seed,
        activities.direction || ' activity type' as field,
        activities.raw_type as raw_value,
        activities.activity_id as record_id
    from {{ ref('int_activities') }} as activities
    where not activities.is_known_type
),

reasons as (
    select
        leads.crm,
        'disqualification_reasons' as seed,
        'reason' as field,
        rejections.raw_reason as raw_value,
        leads.record_id
    from {{ ref('int_cycle_rejections') }} as rejections
    inner join {{ ref('int_cycles') }} as cycles on rejections.cycle_id = cycles.cycle_id
    inner join {{ ref('int_leads') }} as leads on cycles.lead_key = leads.lead_key
    left join {{ ref('disqualification_reasons') }} as listed
        on
            leads.crm = {{ match_key('listed.crm') }}
            and {{ match_key('rejections.raw_reason') }} = {{ match_key('listed.raw_reason') }}
    where
        rejections.raw_reason is not null
        and listed.raw_reason is null
),

teams as (
    select
        owners.crm,
        'team_roles' as seed,
        'team' as field,
        coalesce(owners.team, '{{ no_team }}') as raw_value,
        owners.user_id as record_id
    from {{ ref('int_owners') }} as owners
    where owners.role_type = 'unmapped'
),

unmapped as (
    {%- for values in ['statuses', 'stages', 'sources', 'types', 'reasons', 'teams'] %}
    select * from {{ values }} {{ 'union all' if not loop.last }}
    {%- endfor %}
),

counted as (
    select
        unmapped.crm,
        unmapped.seed,
        unmapped.field,
        min(unmapped.raw_value) as raw_value,
        min(unmapped.record_id) as record_id,
        count(*) as occurrences
    from unmapped
    group by
        unmapped.crm,
        unmapped.seed,
        unmapped.field,
        {{ match_key('unmapped.raw_value') }}
)

-- What an administrator lists may be told to everybody; a source and a reason are often typed, and
-- may say anything. An address or a long text is no name of a stage, whatever the mapping says.
select
    counted.crm,
    counted.seed,
    counted.field,
    counted.raw_value,
    counted.record_id,
    case
        when counted.seed = 'team_roles' and counted.raw_value = '{{ no_team }}'
            then 'a user without a team is in no line of team_roles.csv, so counts as no sales rep'
        else counted.seed || '.csv does not list ' || case
            when
                counted.seed in ('stage_map', 'touch_types', 'team_roles')
                and counted.raw_value not like '%@%'
                and length(trim(counted.raw_value)) <= 60
                then 'the ' || counted.field || ' "' || trim(counted.raw_value) || '"'
            else 'this ' || counted.field
        end || ', so ' || case counted.seed
            when 'stage_map' then 'it changes no stage'
            when 'lead_sources' then 'its leads count as unmapped'
            when 'touch_types' then 'it counts as no touch'
            when 'disqualification_reasons' then 'it gives no reason code'
            when 'team_roles' then 'nobody in it counts as a sales rep'
        end
    end || '; it occurs ' || {{ times('counted.occurrences') }} as problem
from counted
