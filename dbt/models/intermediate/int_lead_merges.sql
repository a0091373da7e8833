with recursive stated as (
    select
        'salesforce' as crm,
        versions.lead_id as loser_id,
        versions.master_lead_id as master_id,
        versions.exported_at
    from {{ ref('stg_salesforce__lead_versions') }} as versions
    where versions.master_lead_id is not null
    union all
    select
        'hubspot' as crm,
        trim(listed.loser_id) as loser_id,
        listed.master_id,
        listed.exported_at
    from (
        select
            {{ explode_list('versions.merged_ids') }} as loser_id,
            versions.contact_id as master_id,
            versions.exported_at
        from {{ ref('stg_hubspot__contact_versions') }} as versions
        where versions.merged_ids is not null
    ) as listed
),

-- What the newest export says decides, when a loser's master was itself merged later.
mergers as (
    select
        stated.crm,
        stated.loser_id,
        stated.master_id
    from stated
    where
        stated.loser_id <> stated.master_id
        and stated.loser_id <> ''
    qualify
        row_number() over (
            partition by stated.crm, stated.loser_id
            order by stated.exported_at desc, length(stated.master_id) desc, stated.master_id desc
        ) = 1
),

-- Merges chain: follow each loser to the record that nobody merged away. The bound ends a circle
-- of merges, whose members reach no survivor and so stay leads of their own.
chain as (
    select
        mergers.crm,
        mergers.loser_id,
        mergers.master_id,
        1 as depth
    from mergers
    union all
    select
        chain.crm,
        chain.loser_id,
        mergers.master_id,
        chain.depth + 1 as depth
    from chain
    inner join mergers
        on
            chain.crm = mergers.crm
            and chain.master_id = mergers.loser_id
    where chain.depth < 1000
)

select
    chain.crm,
    chain.loser_id,
    chain.master_id as survivor_id
from chain
left join mergers
    on
        chain.crm = mergers.crm
        and chain.master_id = mergers.loser_id
where mergers.loser_id is null
