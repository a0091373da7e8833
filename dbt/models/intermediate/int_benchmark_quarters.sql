-- The two quarters that are compared with their past: the current one so far and the last complete
-- one.
with current_quarter as (
    select {{ quarter_start(local_date('run_context.as_of')) }} as quarter_start
    from {{ ref('stg_run_context') }} as run_context
),

compared as (
    select
        current_quarter.quarter_start,
        false as is_complete
    from current_quarter
    union all
    select
        cast(current_quarter.quarter_start - interval '3' month as date) as quarter_start,
        true as is_complete
    from current_quarter
)

select
    compared.quarter_start,
    cast(
        compared.quarter_start - interval '{{ 3 * var("benchmark_quarters") }}' month as date
    ) as benchmark_start,
    compared.is_complete
from compared
