select
    problems.problem_id,
    problems.crm,
    problems.object,
    problems.record_id,
    problems.field,
    problems.problem
from {{ ref('int_problems') }} as problems
