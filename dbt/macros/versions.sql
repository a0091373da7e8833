{#- The order in which versions of a record are believed: its last-modified time, then the export
    that brought it; file and line break the tie inside one export, so the choice never varies. -#}
{% macro newest_first(modified_at=none) -%}
    {% if modified_at %}{{ modified_at }} desc nulls last, {% endif -%}
    exported_at desc, _file desc, _line desc
{%- endmacro %}

{#- A where-clause for `qualify`: keeps the newest version of each record. -#}
{% macro is_newest(key, modified_at=none) -%}
    row_number() over (partition by {{ key }} order by {{ newest_first(modified_at) }}) = 1
{%- endmacro %}

{#- When a record vanished: the first complete full drop of its object after the last drop that
    held it; a record still there has no row. `versions` is a CTE with the record's key and its
    _load_id. A record whose id stands in a quarantined row was delivered, only not readable: it
    has not vanished. -#}
{% macro vanished_records(versions, key) -%}
    select
        held.crm,
        held.record_id,
        held.next_full_at as vanished_at
    from (
        select
            deliveries.crm,
            deliveries.object,
            {{ versions }}.{{ key }} as record_id,
            deliveries.next_full_at,
            row_number() over (
                partition by deliveries.crm, {{ versions }}.{{ key }}
                order by deliveries.last_delivered_at desc
            ) as recency
        from {{ versions }}
        inner join {{ ref('stg_deliveries') }} as deliveries
            on {{ versions }}._load_id = deliveries.load_id
        where deliveries.object_has_full_drops
    ) as held
    left join {{ ref('stg_quarantined_rows') }} as unreadable
        on
            held.crm = unreadable.crm
            and held.object = unreadable.object
            and held.next_full_at <= unreadable.exported_at
            and contains(unreadable.raw_text, held.record_id)
    where
        held.recency = 1
        and held.next_full_at is not null
        and unreadable.load_id is null
{%- endmacro %}
