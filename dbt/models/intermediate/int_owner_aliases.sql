-- In the order in which they are believed.
{%- set identifiers = ['user_id', 'email', 'name'] %}
with aliases as (
    {%- for identifier in identifiers %}
    select
        owners.crm,
        {{ match_key('owners.' ~ identifier) }} as alias,
        {{ loop.index }} as preference,
        owners.owner_key
    from {{ ref('int_owners') }} as owners
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    aliases.crm,
    aliases.alias,
    aliases.owner_key
from aliases
where aliases.alias is not null
qualify
    row_number() over (
        partition by aliases.crm, aliases.alias
        order by aliases.preference, length(aliases.owner_key), aliases.owner_key
    ) = 1
