{%- set what_is_said = 'problems.crm, problems.object, problems.record_id, problems.field, '
    ~ 'problems.problem' %}
-- Everything in the exports that somebody should look at, with the raw value where there is one.
with noticed_by_the_load as (
    select
        problems.crm,
        problems.object,
        problems.record_id,
        problems.field,
        problems.problem,
        problems.raw_value
    from {{ source('ingest', 'problems') }} as problems
),

cast_failures as (
    select
        failures.crm,
        failures.object,
        failures.record_id,
        failures.field,
        'the value is no ' || case
            when failures.field like 'is%' then 'true or false'
            when failures.field in ('employees', 'score', 'amount') then 'number'
            else 'date or time'
        end || ' and counts as blank' as problem,
        failures.raw_value
    from {{ ref('int_cast_failures') }} as failures
),

unmapped_values as (
    select
        unmapped.crm,
        cast(null as string) as object,
        unmapped.record_id,
        unmapped.field,
        unmapped.problem,
        unmapped.raw_value
    from {{ ref('int_unmapped_values') }} as unmapped
),

problems as (
    select * from noticed_by_the_load
    union all
    select * from cast_failures
    union all
    select * from unmapped_values
    union all
    select * from {{ ref('int_lead_problems') }}
    union all
    select * from {{ ref('int_opportunity_problems') }}
    union all
    select * from {{ ref('int_review_problems') }}
),

-- The same thing said twice of one record is one problem.
distinct_problems as (
    select distinct * from problems
)

select
    -- The same from night to night, and nothing in it of the value that only `restricted` shows.
    left(
        md5(
            concat_ws(
                '|',
                {{ what_is_said }},
                cast(
                    row_number() over (
                        partition by {{ what_is_said }}
                        order by problems.raw_value
                    ) as string
                )
            )
        ),
        16
    ) as problem_id,
    {{ what_is_said }},
    problems.raw_value
from distinct_problems as problems
