-- A win before its lead's first cycle, or after the lead went on to its next one, is in no cycle
-- and so in no funnel.
with stray_wins as (
    select
        opportunities.crm,
        cast(null as string) as object,
        opportunities.opportunity_id as record_id,
        'won_at' as field,
        'the opportunity was won outside the cycle of its lead, so it is in no funnel' as problem,
        cast(null as string) as raw_value
    from {{ ref('int_opportunities') }} as opportunities
    inner join {{ ref('int_opportunity_leads') }} as links
        on opportunities.opportunity_key = links.opportunity_key
    left join {{ ref('int_opportunity_cycles') }} as opportunity_cycles
        on opportunities.opportunity_key = opportunity_cycles.opportunity_key
    left join {{ ref('int_cycles') }} as cycles
        on
            opportunity_cycles.cycle_id = cycles.cycle_id
            and {{ in_window('cycles', 'opportunities.won_at') }}
    where
        opportunities.won_at <= {{ as_of() }}
        and cycles.cycle_id is null
        and not links.is_test
    group by opportunities.crm, opportunities.opportunity_id
),

unrated_currencies as (
    select
        opportunities.crm,
        cast(null as string) as object,
        min(split_part(opportunities.opportunity_key, ':', 2)) as record_id,
        'currency' as field,
        'fx_rates.csv has no rate for this currency, so ' || case
            when count(*) = 1 then 'the opportunity counts'
            else cast(count(*) as string) || ' opportunities count'
        end || ' in no sum of money' as problem,
        opportunities.currency as raw_value
    from {{ ref('fct_opportunities') }} as opportunities
    where
        opportunities.amount is not null
        and opportunities.amount_reporting is null
    group by opportunities.crm, opportunities.currency
),

-- What has no date is in no quarter.
undated as (
    {%- for field, condition, consequence in [
        (
            'close_date',
            'not opportunities.is_closed',
            "no close date, so %s in no quarter''s open pipeline",
        ),
        (
            'close_date',
            'opportunities.is_closed and opportunities.closed_at is null',
            "been closed on a day nobody knows, so %s in no quarter",
        ),
        ('created_at', 'true', "no time of creation, so %s in no quarter''s pipeline created"),
    ] %}
    {%- set date = 'opportunities.' ~ field %}
    select
        opportunities.crm,
        cast(null as string) as object,
        min(split_part(opportunities.opportunity_key, ':', 2)) as record_id,
        '{{ field }}' as field,
        case
            when count(*) = 1 then 'the opportunity has {{ consequence % "it counts" }}'
            else
                cast(count(*) as string)
                || ' opportunities have {{ consequence % "they count" }}'
        end as problem,
        cast(null as string) as raw_value
    from {{ ref('fct_opportunities') }} as opportunities
    where
        {{ date }} is null
        and not opportunities.is_deleted
        and ({{ condition }})
    group by opportunities.crm
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select * from stray_wins
union all
select * from unrated_currencies
union all
select * from undated
