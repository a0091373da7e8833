-- Every rejection by sales: its reason as the agreement knows it, what marketing ruled, and what
-- became of it when marketing contested. The words of both sides are in restricted.rejection_words.
with rulings as (
    select
        reviews.cycle_id,
        count(*) as rulings,
        min(reviews.ruled_at) as first_ruled_at,
        max(reviews.ruled_at) as ruled_at,
        min(reviews.ruled_at) filter (where reviews.ruling = 'contested') as contested_at,
        -- The latest stands; of two made in one instant the contest.
        max(reviews.ruled_at) filter (where reviews.ruling = 'contested')
        = max(reviews.ruled_at) as is_contest
    from {{ ref('int_reviews') }} as reviews
    group by reviews.cycle_id
),

-- One spelling for what several CRMs list.
spellings as (
    select
        {{ match_key('reasons.raw_reason') }} as reason_match,
        min(trim(reasons.raw_reason)) as listed_reason
    from {{ ref('disqualification_reasons') }} as reasons
    group by {{ match_key('reasons.raw_reason') }}
),

reasons as (
    select
        rejections.cycle_id,
        {{ reason_kind('rejections.raw_reason', 'reasons') }} as reason_kind,
        case when reasons.reason_code is null then spellings.listed_reason end as listed_reason
    from {{ ref('int_cycle_rejections') }} as rejections
    inner join {{ ref('fct_lead_cycles') }} as cycles
        on rejections.cycle_id = cycles.cycle_id
    left join {{ ref('disqualification_reasons') }} as reasons
        on
            cycles.crm = {{ match_key('reasons.crm') }}
            and {{ match_key('rejections.raw_reason') }} = {{ match_key('reasons.raw_reason') }}
    left join spellings
        on {{ match_key('reasons.raw_reason') }} = spellings.reason_match
),

owed as (
    select
        obligations.cycle_id,
        obligations.status,
        obligations.due_at
    from {{ ref('fct_sla_obligations') }} as obligations
    where obligations.clause = 'contest_review'
)

select
    cycles.cycle_id,
    cycles.lead_key,
    cycles.crm,
    cycles.routed_to as owner_key,
    cycles.team,
    cycles.source,
    cycles.segment,
    cycles.region,
    cycles.rejected_at,
    {{ local_date('cycles.rejected_at') }} as rejected_on,
    cycles.rejected_at = {{ first_disposition_at('cycles') }} as is_first_disposition,
    reasons.reason_kind,
    cycles.reason_code,
    reasons.listed_reason,
    owed.status as review_status,
    owed.due_at as review_due_at,
    cast(coalesce(rulings.rulings, 0) as integer) as rulings,
    rulings.first_ruled_at,
    rulings.ruled_at,
    case
        when rulings.is_contest then 'contested'
        when rulings.cycle_id is not null then 'accepted'
    end as ruling,
    rulings.contested_at,
    case
        when rulings.contested_at is null then null
        when not coalesce(rulings.is_contest, false) then 'withdrawn'
        when next_cycles.sal_at is not null then 'reversed'
        when next_cycles.cycle_id is not null then 'requalified'
        else 'open'
    end as contest_outcome,
    next_cycles.mql_at as next_mql_at,
    cycles.is_deleted
from {{ ref('fct_lead_cycles') }} as cycles
inner join reasons
    on cycles.cycle_id = reasons.cycle_id
left join rulings
    on cycles.cycle_id = rulings.cycle_id
left join owed
    on cycles.cycle_id = owed.cycle_id
left join {{ ref('fct_lead_cycles') }} as next_cycles
    on
        cycles.lead_key = next_cycles.lead_key
        and cycles.cycle_number + 1 = next_cycles.cycle_number
where cycles.rejected_at is not null
