{#- A view, because the expectations speak once all else is built. -#}
{{ config(materialized='view') }}

select
    failures.run_id,
    failures.suite,
    failures.expectation,
    failures.table_name,
    failures.column_name,
    failures.period,
    failures.failing_key
from {{ source('checks', 'expectation_failures') }} as failures
