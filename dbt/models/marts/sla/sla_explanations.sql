-- Why each verdict is what it is, for somebody who knows neither the lead nor the rules. A view:
-- the sentence is made for the rows that somebody reads. It stands on public tables alone, because
-- it is published beside them.
with default_zones as (
    select coalesce(max(calendars.timezone), 'UTC') as timezone
    from {{ ref('dim_calendar') }} as calendars
    where calendars.is_default
),

facts as (
    select
        obligations.cycle_id,
        obligations.lead_key,
        obligations.clause,
        obligations.owner_key,
        obligations.team,
        obligations.counts_on,
        replace(obligations.clause, '_', ' ') as clause_words,
        obligations.status,
        obligations.exempt_reason,
        obligations.starts_at,
        obligations.due_at,
        obligations.fulfilled_at,
        obligations.elapsed_seconds,
        obligations.limit_seconds,
        obligations.count_actual,
        obligations.count_required,
        obligations.business_days,
        terms.limit_value,
        terms.limit_unit,
        terms.clock,
        coalesce(terms.require_note, false) as require_note,
        cycles.entry_stage,
        cycles.closed_at,
        cycles.replied_at,
        cycles.reason_code,
        cycles.incomplete_fields,
        {{ stage_words('cycles', 'obligations.fulfilled_at') }} as disposition,
        {{ stage_words('cycles', 'cycles.closed_at') }} as closing,
        coalesce(owners.name, 'owner ' || cycles.routed_to, 'a sales rep') as rep,
        coalesce(calendars.timezone, default_zones.timezone) as zone,
        -- The instant the sentence begins with.
        case
            when obligations.exempt_reason in ('no_mql', 'not_routed') then cycles.mql_at
            when obligations.clause = 'cadence' then obligations.due_at
            else coalesce(obligations.starts_at, cycles.mql_at)
        end as told_at
    from {{ ref('fct_sla_obligations') }} as obligations
    inner join {{ ref('fct_lead_cycles') }} as cycles
        on obligations.cycle_id = cycles.cycle_id
    left join {{ ref('dim_sla_term') }} as terms
        on obligations.term_id = terms.term_id
    left join {{ ref('dim_owner') }} as owners
        on cycles.routed_to = owners.owner_key
    left join {{ ref('dim_calendar') }} as calendars
        on cycles.calendar_id = calendars.calendar_id
    cross join default_zones
),

local as (
    select
        facts.*,
        {{ in_zone('facts.told_at', 'facts.zone') }} as told_local,
        {{ in_zone('facts.due_at', 'facts.zone') }} as due_local,
        {{ in_zone('facts.fulfilled_at', 'facts.zone') }} as fulfilled_local,
        {{ in_zone('facts.closed_at', 'facts.zone') }} as closed_local,
        {{ in_zone('facts.replied_at', 'facts.zone') }} as replied_local,
        {{ duration_unit('facts.elapsed_seconds', 'facts.clock') }} as elapsed_unit
    from facts
),

worded as (
    select
        local.*,
        {{ time_words('local.told_local') }} || ' (' || local.zone || ')' as told,
        {{ time_words('local.due_local', 'local.told_local') }} as due,
        {{ time_words('local.fulfilled_local', 'local.told_local') }} as fulfilled,
        {{ time_words('local.closed_local', 'local.told_local') }} as closed,
        {{ time_words('local.replied_local', 'local.told_local') }} as replied,
        {{ limit_words('local.limit_value', 'local.limit_unit', 'local.clock') }} as allowed
    from local
)

select
    worded.cycle_id,
    worded.lead_key,
    worded.clause,
    worded.status,
    worded.owner_key,
    worded.team,
    worded.counts_on,
    worded.due_at,
    case
        when worded.exempt_reason is not null then {{ exemption_sentence('worded') }}
        when worded.clause = 'fit' then {{ fit_sentence('worded', 'fits') }}
        when worded.clause = 'completeness' then {{ completeness_sentence('worded') }}
        when worded.clause = 'feedback' then {{ feedback_sentence('worded') }}
        when worded.clause = 'cadence' then {{ cadence_sentence('worded') }}
        else {{ deadline_sentence('worded') }}
    end as explanation
from worded
left join {{ ref('fit_explanations') }} as fits
    on
        worded.cycle_id = fits.cycle_id
        and worded.clause = 'fit'
