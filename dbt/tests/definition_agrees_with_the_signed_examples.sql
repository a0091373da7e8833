-- Both sides signed these examples: a definition that classifies one otherwise stops the build.
-- The definition of as_of's date is asked; a criterion on the source is not, because examples have
-- none.
{{ config(meta={'dagster': {'ref': {'name': 'int_definition_examples'}}}) }}
{% set attributes = definition_attributes() | reject('equalto', 'source') | list %}

select
    examples.example_id,
    examples.is_expected_to_pass
from {{ ref('int_definition_examples') }} as examples
{{ join_definition_verdicts('examples', local_date(as_of()), same_name, attributes) }}
where ({{ passes_definition(attributes) }}) <> examples.is_expected_to_pass
