-- A business clock asked outside its calendar fails the build; it never clamps.
{{ config(meta={'dagster': {'ref': {'name': 'int_obligation_clocks'}}}) }}
select
    clocks.cycle_id,
    clocks.clause
from {{ ref('int_obligation_clocks') }} as clocks
inner join {{ ref('int_obligations_timed') }} as timed
    on
        clocks.cycle_id = timed.cycle_id
        and clocks.clause = timed.clause
where
    clocks.due_us is null
    or (timed.fulfilled_at is not null and clocks.elapsed_us is null)
