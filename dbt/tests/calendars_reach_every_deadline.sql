-- A business clock asked outside its calendar fails the build; it never clamps.
{{ config(meta={'dagster': {'ref': {'name': 'int_obligation_clocks'}}}) }}

select
    clocks.cycle_id,
    clocks.clause,
    concat_ws(
        '',
        'business_hours.csv, holidays.csv: the calendar ',
        timed.calendar_id,
        ' is not open long enough to tell when the ',
        clocks.clause,
        ' of ',
        clocks.cycle_id,
        ', which began at ',
        cast(timed.starts_at as string),
        ' UTC, is due: give it opening hours, or fewer holidays.'
    ) as sentence
from {{ ref('int_obligation_clocks') }} as clocks
inner join {{ ref('int_obligations_timed') }} as timed
    on
        clocks.cycle_id = timed.cycle_id
        and clocks.clause = timed.clause
where
    clocks.due_us is null
    or (timed.fulfilled_at is not null and clocks.elapsed_us is null)
