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
    _load_id. A quarantined row was delivered too, only not readable. -#}
{% macro vanished_records(versions, key) -%}
    select
        held.crm,
        held.record_id,
        held.next_full_at as vanished_at
    from (
        select
            deliveries.crm,
            present.record_id,
            deliveries.next_full_at,
            row_number() over (
                partition by deliveries.crm, present.record_id
                order by deliveries.last_delivered_at desc
            ) as recency
        from (
            select
                {{ versions }}.{{ key }} as record_id,
                {{ versions }}._load_id as load_id
            from {{ versions }}
            union all
            -- Activities of several objects carry the object's name before their id.
            select
                {{ explode(two_forms(
                    'quarantined.record_id', "quarantined.object || '/' || quarantined.record_id"
                )) }} as record_id,
                quarantined.load_id
            from {{ ref('stg_quarantined_rows') }} as quarantined
            where
                quarantined.record_id is not null
                and quarantined.object in (
                    select deliveries.object
                    from {{ versions }}
                    inner join {{ ref('stg_deliveries') }} as deliveries
                        on {{ versions }}._load_id = deliveries.load_id
                )
        ) as present
        inner join {{ ref('stg_deliveries') }} as deliveries
            on present.load_id = deliveries.load_id
        where deliveries.object_has_full_drops
    ) as held
    where
        held.recency = 1
        and held.next_full_at is not null
{%- endmacro %}
