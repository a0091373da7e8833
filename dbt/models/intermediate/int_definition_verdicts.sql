-- The lead definition asked once of every distinct value instead of once of every lead: a company
-- has millions of leads and some hundred industries.
with asked as (
    {% for attribute in definition_attributes() -%}
    select distinct
        '{{ attribute }}' as attribute,
        coalesce(lower(cast(cycle_values.{{ definition_column(attribute) }} as string)), '')
            as value
    from {{ ref('int_cycle_values') }} as cycle_values
    union
    select distinct
        '{{ attribute }}' as attribute,
        coalesce(lower(examples.{{ attribute }}), '') as value
    from {{ ref('int_definition_examples') }} as examples
    {{ 'union' if not loop.last }}
    {% endfor %}
),

criteria as (
    select
        criteria.criterion_id,
        criteria.kind,
        criteria.attribute,
        criteria.operator,
        criteria.value,
        criteria.effective_from,
        criteria.effective_to
    from {{ ref('lead_definition') }} as criteria
),

listed as (
    select
        criteria.criterion_id,
        criteria.effective_from,
        criteria.attribute,
        {{ explode_list('criteria.value', '|') }} as element
    from criteria
    where criteria.operator in ('in', 'not_in')
),

elements as (
    select distinct
        listed.criterion_id,
        listed.effective_from,
        case
            when listed.attribute in ('employees', 'score')
                then cast({{ to_number('listed.element') }} as string)
            else lower(trim(listed.element))
        end as element
    from listed
),

answers as (
    select
        criteria.criterion_id,
        criteria.kind,
        criteria.attribute,
        criteria.effective_from,
        criteria.effective_to,
        asked.value,
        case
            when asked.value = '' then false
            when criteria.operator = 'in' then elements.element is not null
            when criteria.operator = 'not_in' then elements.element is null
            when criteria.operator = 'between'
                then coalesce(
                    {{ to_number('asked.value') }}
                    between {{ to_number("split_part(criteria.value, '|', 1)") }}
                    and {{ to_number("split_part(criteria.value, '|', 2)") }},
                    false
                )
            when criteria.operator = 'at_least'
                then coalesce(
                    {{ to_number('asked.value') }} >= {{ to_number('criteria.value') }}, false
                )
            when criteria.operator = 'matches'
                then {{ matches_pattern('asked.value', 'criteria.value') }}
        end as holds
    from criteria
    inner join asked on criteria.attribute = asked.attribute
    left join elements
        on
            criteria.criterion_id = elements.criterion_id
            and criteria.effective_from is not distinct from elements.effective_from
            and asked.value = elements.element
)

-- A null attribute fails a criterion and triggers no disqualifier: both are an answer of false.
select
    answers.attribute,
    answers.value,
    stretches.valid_from,
    stretches.valid_to,
    bool_and(answers.holds = (answers.kind <> 'disqualifier')) as passes,
    {{ joined_texts(
        failed_criterion('answers.criterion_id', "answers.value = ''"),
        '|',
        'answers.criterion_id',
        "answers.holds <> (answers.kind <> 'disqualifier')",
    ) }} as failed_criteria
from answers
inner join {{ ref('int_definition_stretches') }} as stretches
    on {{ in_force('answers', 'stretches.valid_from') }}
group by answers.attribute, answers.value, stretches.valid_from, stretches.valid_to
