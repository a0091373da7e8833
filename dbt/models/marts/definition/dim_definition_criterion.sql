with criteria as (
    select
        criteria.criterion_id,
        criteria.kind,
        criteria.attribute,
        criteria.operator,
        criteria.value,
        criteria.effective_from,
        criteria.effective_to,
        {{ clean('criteria.description') }} as description
    from {{ ref('lead_definition') }} as criteria
),

-- What a lead is told that has what the criterion names, and one that has not.
worded as (
    select
        criteria.*,
        case
            when criteria.operator in ('in', 'not_in')
                then 'is one of ' || {{ listed_words('criteria.value') }}
            when criteria.operator = 'between'
                then 'is between ' || {{ range_words('criteria.value') }}
            when criteria.operator = 'at_least' then 'is at least ' || trim(criteria.value)
            when criteria.operator = 'matches' then 'matches ' || criteria.value
        end as words,
        case
            when criteria.operator in ('in', 'not_in')
                then 'is not one of ' || {{ listed_words('criteria.value') }}
            when criteria.operator = 'between'
                then 'is not between ' || {{ range_words('criteria.value') }}
            when criteria.operator = 'at_least' then 'is below ' || trim(criteria.value)
            when criteria.operator = 'matches' then 'does not match ' || criteria.value
        end as opposite_words,
        (criteria.operator = 'not_in') <> (criteria.kind = 'disqualifier') as is_met_by_opposite,
        -- A regular expression says nothing to most people, its description does.
        criteria.operator = 'matches' and criteria.description is not null as is_described,
        criteria.operator in ('in', 'not_in') and {{ list_length('criteria.value') }} > 6 as is_long
    from criteria
)

select
    worded.criterion_id,
    worded.kind,
    worded.attribute,
    worded.operator,
    worded.value,
    worded.effective_from,
    worded.effective_to,
    worded.description,
    case
        when worded.is_described and worded.kind = 'disqualifier'
            then 'is not ruled out by “' || worded.description || '”'
        when worded.is_described then 'meets “' || worded.description || '”'
        -- Whom a long list suits does not need to read it.
        when worded.is_long and worded.is_met_by_opposite
            then
                'is none of the '
                || cast({{ list_length('worded.value') }} as string)
                || ' that are ruled out'
        when worded.is_long
            then
                'is one of the '
                || cast({{ list_length('worded.value') }} as string)
                || ' that are asked for'
        when worded.is_met_by_opposite then worded.opposite_words
        else worded.words
    end as met_words,
    case
        when worded.is_described and worded.kind = 'disqualifier'
            then 'is ruled out by “' || worded.description || '”'
        when worded.is_described then 'does not meet “' || worded.description || '”'
        when worded.is_met_by_opposite then worded.words
        else worded.opposite_words
    end as failed_words
from worded
