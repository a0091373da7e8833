{#- Text as delivered to text as meant: trimmed, blank is null. Non-breaking spaces count as blank,
    because spreadsheets leave them in otherwise empty cells. -#}
{% macro clean(column) -%}
    nullif(trim(replace({{ column }}, chr(160), ' ')), '')
{%- endmacro %}

{#- The form in which raw values are compared with the agreement's: trimmed, ignoring case. -#}
{% macro match_key(column) -%}
    lower({{ clean(column) }})
{%- endmacro %}

{#- Salesforce writes the same id with 15 or 18 characters; the first 15 identify. -#}
{% macro salesforce_id(column) -%}
    nullif(left(trim({{ column }}), 15), '')
{%- endmacro %}

{#- The text after the one @ of an address, in lower case; null where there is none. -#}
{% macro email_domain(column) -%}
    nullif(lower(trim(split_part({{ column }}, '@', 2))), '')
{%- endmacro %}

{#- One row per element of a separated list; used in a select list only. -#}
{% macro explode_list(column, separator=';') -%}
    {{ return(adapter.dispatch('explode_list', 'leadpact')(column, separator)) }}
{%- endmacro %}

{% macro default__explode_list(column, separator) -%}
    unnest(string_split({{ column }}, '{{ separator }}'))
{%- endmacro %}

{% macro spark__explode_list(column, separator) -%}
    explode(split({{ column }}, '{{ separator }}'))
{%- endmacro %}

{#- The raw type of a Salesforce event: its object's name, or `Meeting` for an agreement whose
    touch_types lists that instead; the object is called both. -#}
{% macro salesforce_meeting_type() -%}
    (
        select coalesce(min(touch_types.raw_type), 'Event')
        from {{ ref('touch_types') }} as touch_types
        where
            {{ match_key('touch_types.crm') }} = 'salesforce'
            and {{ match_key('touch_types.raw_type') }} in ('event', 'meeting')
    )
{%- endmacro %}

{#- A variable of the agreement as a text literal. -#}
{% macro text_variable(name) -%}
    '{{ var(name) | replace("'", "''") }}'
{%- endmacro %}

{#- The key of an owner. What a CRM calls an owner may be a person's name or address: then the key is
    a digest of it, because keys stand in every public table. -#}
{% macro owner_key(crm, owner) -%}
    case
        when {{ owner }} like '%@%' or {{ owner }} like '% %'
            then {{ crm }} || ':~' || left(md5(lower({{ owner }})), 16)
        else {{ crm }} || ':' || {{ owner }}
    end
{%- endmacro %}

{#- Whether there is a blank of any kind in a text. -#}
{% macro has_blank(text) -%}
    {{ return(adapter.dispatch('has_blank', 'leadpact')(text)) }}
{%- endmacro %}

{% macro default__has_blank(text) -%}
    regexp_matches({{ text }}, '[[:space:]]')
{%- endmacro %}

{% macro spark__has_blank(text) -%}
    {{ text }} rlike '\\\\p{Space}'
{%- endmacro %}

{#- First and last name as one; null when both are blank. -#}
{% macro full_name(first_name, last_name) -%}
    {{ clean("coalesce(" ~ first_name ~ ", '') || ' ' || coalesce(" ~ last_name ~ ", '')") }}
{%- endmacro %}
