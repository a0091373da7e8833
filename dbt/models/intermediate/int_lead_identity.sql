with records as (
    select
        versions.crm,
        versions.record_id
    from {{ ref('int_lead_versions') }} as versions
    where versions.is_newest
),

-- A survivor that was never exported cannot carry its losers: they stay leads of their own.
merged as (
    select
        mergers.crm,
        mergers.loser_id as record_id,
        mergers.survivor_id
    from {{ ref('int_lead_merges') }} as mergers
    inner join records
        on
            mergers.crm = records.crm
            and mergers.survivor_id = records.record_id
)

select
    merged.crm,
    merged.record_id,
    merged.survivor_id,
    merged.crm || ':' || merged.survivor_id as lead_key,
    true as is_merged
from merged
union all
select
    records.crm,
    records.record_id,
    records.record_id as survivor_id,
    records.crm || ':' || records.record_id as lead_key,
    false as is_merged
from records
left join merged
    on
        records.crm = merged.crm
        and records.record_id = merged.record_id
where merged.record_id is null
