with reviews as (
    select
        {{ salesforce_id('reviews.lead_id') }} as lead_id,
        {{ match_key('reviews.ruling') }} as ruling,
        {{ clean('reviews.ruled_by') }} as ruled_by,
        {{ clean('reviews.evidence') }} as evidence,
        {{ to_instant('reviews.rejected_at') }} as rejected_at,
        {{ to_instant('reviews.ruled_at') }} as ruled_at,
        {{ cast_failures([
            ('rejected_at', 'reviews.rejected_at', to_instant('reviews.rejected_at')),
            ('ruled_at', 'reviews.ruled_at', to_instant('reviews.ruled_at')),
        ]) }} as cast_failures,
        reviews._exported_at as exported_at,
        reviews._file,
        reviews._line
    from {{ source('salesforce', 'reviews') }} as reviews
)

select
    reviews.lead_id,
    reviews.ruling,
    reviews.ruled_by,
    reviews.evidence,
    reviews.rejected_at,
    reviews.ruled_at,
    reviews.cast_failures
from reviews
qualify
    -- A ruling has no id: one delivered again by a later drop is the same ruling.
    row_number() over (
        partition by
            reviews.lead_id,
            reviews.rejected_at,
            reviews.ruling,
            reviews.ruled_at
        order by reviews.exported_at desc, reviews._file desc, reviews._line desc
    ) = 1
