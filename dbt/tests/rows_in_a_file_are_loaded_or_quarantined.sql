-- Nothing delivered is lost: every row of a file is in the raw table or in quarantine.
{{ config(meta={'dagster': {'ref': {'name': 'loads'}}}) }}
with quarantined as (
    select
        quarantined_rows.load_id,
        count(*) as quarantined
    from {{ ref('quarantined_rows') }} as quarantined_rows
    group by quarantined_rows.load_id
)

select
    loads.load_id,
    loads.rows_in_file,
    loads.rows_loaded,
    loads.rows_quarantined
from {{ ref('loads') }} as loads
left join quarantined on loads.load_id = quarantined.load_id
where
    loads.status = 'loaded'
    and (
        loads.rows_in_file <> loads.rows_loaded + loads.rows_quarantined
        or loads.rows_quarantined <> coalesce(quarantined.quarantined, 0)
    )
