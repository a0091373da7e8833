select
    problems.problem_id,
    problems.crm,
    problems.object,
    problems.record_id,
    problems.field,
    problems.problem,
    problems.raw_value
from {{ ref('int_problems') }} as problems
where problems.raw_value is not null
