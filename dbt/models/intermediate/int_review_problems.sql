-- Marketing's rulings that no verdict hears of, and why. A blank ruling is none yet, and neither is
-- one that was made after as_of. What the reviewers wrote may be anything: an id that no lead has,
-- and what stands where a CRM should, are no more than the value.
with known_crms as (
    select distinct identity.crm
    from {{ ref('int_lead_identity') }} as identity
),

rulings as (
    select
        rulings.crm,
        rulings.lead_id,
        rulings.ruling,
        rulings.rejected_at,
        rulings.ruled_at,
        identity.lead_key,
        known_crms.crm as known_crm,
        case when identity.lead_key is not null then rulings.lead_id end as record_id
    from {{ ref('int_rulings') }} as rulings
    left join {{ ref('int_lead_identity') }} as identity
        on
            rulings.crm = identity.crm
            and rulings.lead_id = identity.record_id
    left join known_crms on rulings.crm = known_crms.crm
    left join {{ ref('int_leads') }} as leads on identity.lead_key = leads.lead_key
    where
        rulings.ruling is not null
        and (rulings.ruled_at is null or rulings.ruled_at <= {{ as_of() }})
        and coalesce(not leads.is_test, true)
),

unknown_words as (
    select
        rulings.known_crm as crm,
        min(rulings.record_id) as record_id,
        'ruling' as field,
        'this ruling is neither accepted nor contested, so it is passed over; it occurs '
        || {{ times('count(*)') }} as problem,
        rulings.ruling as raw_value
    from rulings
    where rulings.ruling not in ('accepted', 'contested')
    group by rulings.known_crm, rulings.ruling
),

-- Each ruling with the rejection it names, whichever cycle that is in.
judged as (
    select
        rulings.known_crm,
        rulings.lead_id,
        rulings.record_id,
        rulings.rejected_at,
        rulings.ruled_at,
        count(cycles.cycle_id) > 0 as is_rejection,
        coalesce(bool_or({{ in_window('cycles', 'rulings.ruled_at') }}), false) as is_heard
    from rulings
    left join {{ ref('int_cycle_stages') }} as stages
        on date_trunc('second', rulings.rejected_at) = date_trunc('second', stages.rejected_at)
    left join {{ ref('int_cycles') }} as cycles
        on
            stages.cycle_id = cycles.cycle_id
            and rulings.lead_key = cycles.lead_key
    where rulings.ruling in ('accepted', 'contested')
    group by
        rulings.known_crm,
        rulings.lead_id,
        rulings.record_id,
        rulings.rejected_at,
        rulings.ruled_at
),

unheard as (
    select distinct
        judged.known_crm as crm,
        judged.record_id,
        case
            when judged.record_id is null then 'lead_id'
            when judged.rejected_at is null then 'rejected_at'
            when not judged.is_rejection then 'rejected_at'
            else 'ruled_at'
        end as field,
        case
            when judged.record_id is null then 'no lead has the id that this ruling names'
            when judged.rejected_at is null then 'this ruling does not say on which rejection it is'
            when not judged.is_rejection then 'the lead was not rejected when this ruling says'
            when judged.ruled_at is null then 'this ruling does not say when it was made'
            else 'this ruling was made outside the cycle of the rejection'
        end || ', so it is passed over' as problem,
        case
            when judged.record_id is null then judged.lead_id
            when judged.is_rejection then cast(judged.ruled_at as string)
            else cast(judged.rejected_at as string)
        end as raw_value
    from judged
    where not judged.is_heard
),

problems as (
    select * from unknown_words
    union all
    select * from unheard
)

select
    problems.crm,
    'reviews' as object,
    problems.record_id,
    problems.field,
    problems.problem,
    problems.raw_value
from problems
