-- What became of the criteria, told once for all leads with the same outcome: there are as many as
-- combinations of criteria that leads failed, whatever the number of leads.
with outcomes as (
    select '' as failed_criteria
    union
    select fit.failed_criteria
    from {{ ref('int_cycle_fit') }} as fit
    where fit.failed_criteria is not null
),

failures as (
    select
        outcomes.failed_criteria,
        {{ explode_list('outcomes.failed_criteria', '|') }} as failure
    from outcomes
),

-- Two criteria may find the same of one attribute: that it is missing.
answers as (
    select distinct
        outcomes.failed_criteria,
        stretches.valid_from,
        stretches.valid_to,
        criteria.attribute,
        failures.failure is not null as is_failed,
        case
            when failures.failure is null then criteria.met_words
            when failures.failure like '%: missing' then 'is missing'
            else criteria.failed_words
        end as words
    from outcomes
    cross join {{ ref('int_definition_stretches') }} as stretches
    inner join {{ ref('dim_definition_criterion') }} as criteria
        on {{ in_force('criteria', 'stretches.valid_from') }}
    left join failures
        on
            outcomes.failed_criteria = failures.failed_criteria
            and failures.failure in (
                {{ failed_criterion('criteria.criterion_id', 'false') }},
                {{ failed_criterion('criteria.criterion_id', 'true') }}
            )
)

select
    answers.failed_criteria,
    answers.valid_from,
    answers.valid_to,
    {{ outcome_words('answers') }}
from answers
group by answers.failed_criteria, answers.valid_from, answers.valid_to
