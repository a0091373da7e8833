-- What the exports lack to tell a lead's story: who owns it, what it became, when it began.
with unknown_owners as (
    select
        owners.crm,
        cast(null as string) as object,
        split_part(owners.owner_key, ':', 2) as record_id,
        'owner' as field,
        'no export of users knows this owner, so it counts as no sales rep' as problem,
        min(versions.owner) as raw_value
    from {{ ref('dim_owner') }} as owners
    left join {{ ref('int_owners') }} as known
        on owners.owner_key = known.owner_key
    left join {{ ref('int_lead_versions') }} as versions
        on
            owners.crm = versions.crm
            and owners.owner_key = {{ owner_key('versions.crm', 'versions.owner') }}
    where known.owner_key is null
    group by owners.crm, owners.owner_key
),

lost_survivors as (
    select
        mergers.crm,
        cast(null as string) as object,
        mergers.loser_id as record_id,
        'merged into' as field,
        'the record was merged into record ' || mergers.survivor_id
        || ', which was never exported, so it stays a lead' as problem,
        cast(null as string) as raw_value
    from {{ ref('int_lead_merges') }} as mergers
    left join {{ ref('int_lead_identity') }} as survivors
        on
            mergers.crm = survivors.crm
            and mergers.survivor_id = survivors.record_id
    where survivors.record_id is null
),

undated_leads as (
    select
        leads.crm,
        cast(null as string) as object,
        leads.record_id,
        'created_at' as field,
        'the lead has no creation date, so its first status and owner have no place in time'
            as problem,
        cast(null as string) as raw_value
    from {{ ref('int_leads') }} as leads
    where
        leads.created_at is null
        and not leads.is_test
)

select * from unknown_owners
union all
select * from lost_survivors
union all
select * from undated_leads
