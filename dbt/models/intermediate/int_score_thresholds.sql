-- The score that made an MQL: the threshold that opens cycles, or else the highest the lead
-- definition asked for, from day to day on which the definition changed.
{%- set by_score = "(" ~ text_variable('mql_entry') ~ " = 'score')" %}

with criteria as (
    select
        coalesce(criteria.effective_from, {{ beginning_of_time() }}) as effective_from,
        criteria.effective_to,
        {{ to_number('criteria.value') }} as threshold
    from {{ ref('dim_definition_criterion') }} as criteria
    where
        criteria.attribute = 'score'
        and criteria.operator = 'at_least'
        and not {{ by_score }}
),

days as (
    select criteria.effective_from as valid_from from criteria
    union
    select criteria.effective_to as valid_from from criteria
    where criteria.effective_to is not null
),

stretches as (
    select
        days.valid_from,
        lead(days.valid_from) over (order by days.valid_from) as valid_to
    from days
)

select
    stretches.valid_from,
    stretches.valid_to,
    max(criteria.threshold) as threshold
from stretches
inner join criteria on {{ in_force('criteria', 'stretches.valid_from') }}
group by stretches.valid_from, stretches.valid_to
union all
select
    {{ beginning_of_time() }} as valid_from,
    cast(null as date) as valid_to,
    cast({{ var('mql_score_threshold') }} as double) as threshold
where {{ by_score }}
