{#- Marketing's rulings come in one shape from every CRM; `crm` is the source, `lead_id` the macro
    that reads its record ids. -#}
{% macro marketing_reviews(crm, lead_id) -%}
with reviews as (
    select
        reviews.crm,
        {{ lead_id('reviews.lead_id') }} as lead_id,
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
    from {{ source(crm, 'reviews') }} as reviews
)

select
    reviews.crm,
    reviews.lead_id,
    reviews.ruling,
    reviews.ruled_by,
    reviews.evidence,
    reviews.rejected_at,
    reviews.ruled_at,
    reviews.cast_failures
from reviews
qualify
    -- A ruling has no id: one delivered again by a later drop is the same ruling. Two whose dates
    -- cannot be read are the same only if the same was written there.
    row_number() over (
        partition by
            reviews.crm,
            reviews.lead_id,
            reviews.rejected_at,
            reviews.ruling,
            reviews.ruled_at,
            reviews.cast_failures
        order by {{ newest_first() }}
    ) = 1
{%- endmacro %}
