{#- Every cast of delivered text lives here. A value that does not cast becomes null; the same
    columns named in cast_failures() make it a row in ops.problems, never a silent null. -#}

{#- An instant in UTC as timestamp without zone. An offset in the text wins; a text without offset
    is UTC (the load has already rewritten other zones). A plain cast to timestamp would drop the
    offset without a word. -#}
{% macro to_instant(column) -%}
    {{ return(adapter.dispatch('to_instant', 'leadpact')(column)) }}
{%- endmacro %}

{% macro default__to_instant(column) -%}
    cast(try_cast({{ column }} as timestamptz) as timestamp)
{%- endmacro %}

{% macro spark__to_instant(column) -%}
    cast(try_cast({{ column }} as timestamp) as timestamp_ntz)
{%- endmacro %}

{#- A calendar date: a bare date as it stands, an instant by its date in the reporting zone. -#}
{% macro to_day(column) -%}
    case
        when length(trim({{ column }})) <= 10 then try_cast(trim({{ column }}) as date)
        else {{ local_date(to_instant(column)) }}
    end
{%- endmacro %}

{#- The instant of a day or of an instant: a bare date starts in the reporting zone. -#}
{% macro to_day_or_instant(column) -%}
    case
        when length(trim({{ column }})) <= 10
            then {{ start_of_day('try_cast(trim(' ~ column ~ ') as date)') }}
        else {{ to_instant(column) }}
    end
{%- endmacro %}

{#- A finite number: `nan` and `inf` cast to double but are no numbers in a score field. -#}
{% macro to_number(column) -%}
    {{ return(adapter.dispatch('to_number', 'leadpact')(column)) }}
{%- endmacro %}

{% macro default__to_number(column) -%}
    case
        when isfinite(try_cast(trim({{ column }}) as double))
            then try_cast(trim({{ column }}) as double)
    end
{%- endmacro %}

{% macro spark__to_number(column) -%}
    case
        when try_cast(trim({{ column }}) as double) between -1.7976931348623157e308
            and 1.7976931348623157e308
            then try_cast(trim({{ column }}) as double)
    end
{%- endmacro %}

{% macro to_amount(column) -%}
    try_cast(trim({{ column }}) as decimal(18, 2))
{%- endmacro %}

{% macro to_boolean(column) -%}
    case
        when lower(trim({{ column }})) in ('true', '1', 'yes', 't', 'y') then true
        when lower(trim({{ column }})) in ('false', '0', 'no', 'f', 'n') then false
    end
{%- endmacro %}

{#- The names and raw texts of the columns of one row that did not cast, as a list of
    'field=raw value'; null where all did, which is almost every row.
    casts: list of (field name, raw column, cast expression). -#}
{% macro cast_failures(casts) -%}
    {{ return(adapter.dispatch('cast_failures', 'leadpact')(casts)) }}
{%- endmacro %}

{% macro default__cast_failures(casts) -%}
    case
        when
        {%- for field, raw, cast_expression in casts %}
            {% if not loop.first %}or {% endif -%}
            ({{ cast_expression }} is null and trim({{ raw }}) <> '')
        {%- endfor %}
            then list_filter([
        {%- for field, raw, cast_expression in casts %}
                case
                    when {{ cast_expression }} is null and trim({{ raw }}) <> ''
                        then '{{ field }}=' || {{ raw }}
                end{{ ',' if not loop.last }}
        {%- endfor %}
            ], lambda failure: failure is not null)
    end
{%- endmacro %}
