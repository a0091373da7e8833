-- Both sides signed these examples: a definition that classifies one otherwise stops the build.
-- The definition of as_of's date is asked, if there was one: a replay of the time before proves
-- nothing. A criterion on the source is not asked, because examples have none.
{{ config(meta={'dagster': {'ref': {'name': 'int_definition_examples'}}}) }}
{% set attributes = definition_attributes() | reject('equalto', 'source') | list %}

with judged as (
    select
        examples.example_id,
        examples.is_expected_to_pass,
        {{ passes_definition(attributes) }} as passes,
        {{ failed_criteria(attributes) }} as failed_criteria
    from {{ ref('int_definition_examples') }} as examples
    {{ join_definition_verdicts('examples', local_date(as_of()), same_name, attributes) }}
)

select
    judged.example_id,
    concat_ws(
        '',
        'lead_definition_examples.csv: ',
        judged.example_id,
        ' is signed as ',
        case when judged.is_expected_to_pass then 'pass' else 'fail' end,
        ', but by the definition in force on ',
        cast({{ local_date(as_of()) }} as string),
        case
            when judged.passes then ' it passes'
            else concat_ws('', ' it fails ', replace(judged.failed_criteria, '|', ', '))
        end,
        ': mend the example, or lead_definition.csv.'
    ) as sentence
from judged
where
    judged.passes <> judged.is_expected_to_pass
    and exists (
        select 1
        from {{ ref('lead_definition') }} as criteria
        where {{ in_force('criteria', local_date(as_of())) }}
    )
