-- Whether a CRM's exports can say anything about a clause at all, and if not, what to export.
with words as (
    {% for datum, words, salesforce, hubspot, other in exportable_data() -%}
    select
        {{ loop.index }} as position,
        '{{ datum }}' as datum,
        '{{ words }}' as words,
        '{{ salesforce }}' as salesforce,
        '{{ hubspot }}' as hubspot,
        '{{ other }}' as other
    {{ 'union all' if not loop.last }}
    {% endfor -%}
),

crms as (
    select distinct leads.crm
    from {{ ref('int_leads') }} as leads
),

clauses as (
    select
        terms.clause,
        max(terms.side) as side
    from {{ ref('sla_terms') }} as terms
    group by terms.clause
),

exported as (
    select
        data.crm,
        data.datum
    from {{ ref('int_exported_data') }} as data
),

missing as (
    select
        crms.crm,
        clauses.clause,
        clauses.side,
        needs.datum is not null and exported.datum is null
        -- Who is a sales rep is asked of users that were exported.
        and (needs.datum <> 'sales_reps' or users.datum is not null) as is_missing,
        words.position,
        words.words,
        case crms.crm
            when 'salesforce' then words.salesforce
            when 'hubspot' then words.hubspot
            else words.other
        end as to_export
    from crms
    cross join clauses
    left join {{ ref('int_clause_needs') }} as needs
        on clauses.clause = needs.clause
    left join words
        on needs.datum = words.datum
    left join exported
        on
            crms.crm = exported.crm
            and needs.datum = exported.datum
    left join exported as users
        on
            crms.crm = users.crm
            and users.datum = 'users'
)

select
    missing.crm,
    missing.clause,
    missing.side,
    not bool_or(missing.is_missing) as is_assessable,
    {{ joined_texts('missing.words', '; ', 'missing.position', 'missing.is_missing') }} as missing,
    {{ joined_texts('missing.to_export', '; ', 'missing.position', 'missing.is_missing') }}
        as to_export
from missing
group by missing.crm, missing.clause, missing.side
