-- Everything in the exports that somebody should look at, with the raw value where there is one.
with noticed_by_the_load as (
    select
        problems.crm,
        problems.object,
        problems.record_id,
        problems.field,
        problems.problem,
        problems.raw_value
    from {{ source('ingest', 'problems') }} as problems
),

cast_failures as (
    select
        failures.crm,
        failures.object,
        failures.record_id,
        failures.field,
        'the value is no ' || case
            when failures.field like 'is%' then 'true or false'
            when failures.field in ('employees', 'score', 'amount') then 'number'
            else 'date or time'
        end || ' and counts as blank' as problem,
        failures.raw_value
    from {{ ref('int_cast_failures') }} as failures
),

unmapped_values as (
    select
        unmapped.crm,
        cast(null as string) as object,
        unmapped.record_id,
        unmapped.field,
        unmapped.problem,
        unmapped.raw_value
    from {{ ref('int_unmapped_values') }} as unmapped
),

unknown_owners as (
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
),

problems as (
    select * from noticed_by_the_load
    union all
    select * from cast_failures
    union all
    select * from unmapped_values
    union all
    select * from unknown_owners
    union all
    select * from lost_survivors
    union all
    select * from undated_leads
    union all
    select * from {{ ref('int_opportunity_problems') }}
    union all
    select * from {{ ref('int_review_problems') }}
),

-- The same thing said twice of one record is one problem.
distinct_problems as (
    select distinct
        problems.crm,
        problems.object,
        problems.record_id,
        problems.field,
        problems.problem,
        problems.raw_value
    from problems
)

select
    -- The same from night to night, and nothing of the raw value in it.
    left(
        md5(
            concat_ws(
                '|',
                problems.crm,
                problems.object,
                problems.record_id,
                problems.field,
                problems.problem,
                cast(
                    row_number() over (
                        partition by
                            problems.crm,
                            problems.object,
                            problems.record_id,
                            problems.field,
                            problems.problem
                        order by problems.raw_value
                    ) as string
                )
            )
        ),
        16
    ) as problem_id,
    problems.crm,
    problems.object,
    problems.record_id,
    problems.field,
    problems.problem,
    problems.raw_value
from distinct_problems as problems
