{#- A view, because the expectations speak once all else is built. -#}
{{ config(materialized='view') }}

select
    results.run_id,
    results.suite,
    results.expectation,
    results.table_name,
    results.column_name,
    results.period,
    results.evaluated,
    results.unexpected,
    results.rate,
    results.target,
    results.success,
    results.blocking,
    results.meaning
from {{ source('checks', 'expectation_results') }} as results
