{#- Fails with every key that is null in one of its columns or stands more than once. A composite
    key may hold nulls where the grain says so; then only repetition fails. -#}
{% test primary_key(model, columns) %}
select
    {{ columns | join(', ') }},
    count(*) as occurrences
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- if columns | length == 1 %}
    or {{ columns[0] }} is null
    {%- endif %}
{% endtest %}
