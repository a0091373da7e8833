-- The numbers in the definition in force that another agreement would move: thresholds of the score
-- and sizes of companies. What else it asks of the two (lists, disqualifiers) stays as it is.
select
    criteria.criterion_id,
    criteria.attribute,
    case
        when criteria.operator = 'at_least' then {{ to_number('criteria.value') }}
        else {{ to_number("split_part(criteria.value, '|', 1)") }}
    end as low,
    case
        when criteria.operator = 'between'
            then {{ to_number("split_part(criteria.value, '|', 2)") }}
    end as high
from {{ ref('lead_definition') }} as criteria
where
    criteria.kind <> 'disqualifier'
    and criteria.attribute in ('score', 'employees')
    and criteria.operator in ('at_least', 'between')
    and {{ in_force('criteria', local_date(as_of())) }}
