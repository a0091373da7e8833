-- Without which data nothing can be said of a clause. Fit and completeness need what the agreement
-- asks of a lead, whenever it did.
{% for clause, datum in clause_needs() -%}
select
    '{{ clause }}' as clause,
    '{{ datum }}' as datum
union
{% endfor -%}
select
    'feedback' as clause,
    'note' as datum
from {{ ref('sla_terms') }} as terms
where
    terms.clause = 'feedback'
    and terms.require_note
union
select
    'fit' as clause,
    case criteria.attribute when 'email_domain' then 'email' else criteria.attribute end as datum
from {{ ref('lead_definition') }} as criteria
union
select
    'completeness' as clause,
    fields.field as datum
from {{ ref('required_fields') }} as fields
