-- What sales wrote when it rejected and marketing when it ruled, side by side.
with rulings as (
    select
        reviews.cycle_id,
        reviews.ruling,
        reviews.ruled_at,
        reviews.ruled_by,
        reviews.evidence
    from {{ ref('int_reviews') }} as reviews
    qualify
        row_number() over (
            partition by reviews.cycle_id order by reviews.ruled_at desc, reviews.ruling desc
        ) = 1
)

select
    rejections.cycle_id,
    rejections.lead_key,
    reasons.raw_reason,
    reasons.note,
    rulings.ruling,
    rulings.ruled_at,
    rulings.ruled_by,
    rulings.evidence
from {{ ref('fct_rejections') }} as rejections
inner join {{ ref('int_cycle_rejections') }} as reasons
    on rejections.cycle_id = reasons.cycle_id
left join rulings
    on rejections.cycle_id = rulings.cycle_id
