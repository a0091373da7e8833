{#- Stands in for a blank effective_from, which is open. -#}
{% macro beginning_of_time() -%}
    cast('1900-01-01' as date)
{%- endmacro %}

{#- Whether a row of the agreement with effective dates is in force on a date; the end is
    exclusive, blank is open. -#}
{% macro in_force(row, day) -%}
    {{ day }} >= coalesce({{ row }}.effective_from, {{ beginning_of_time() }})
    and ({{ row }}.effective_to is null or {{ day }} < {{ row }}.effective_to)
{%- endmacro %}

{#- Joins the row of int_terms_in_force that governs a clause at an instant. -#}
{% macro term_in_force(terms, clause, day, segment, region) -%}
    {{ terms }}.clause = {{ clause }}
    and {{ terms }}.segment = {{ segment }}
    and {{ terms }}.region = {{ region }}
    and {{ day }} >= {{ terms }}.valid_from
    and ({{ terms }}.valid_to is null or {{ day }} < {{ terms }}.valid_to)
{%- endmacro %}

{#- Seconds of a limit, null where the clause has none. A day is 24 hours; business days of cadence
    are counted, not timed. -#}
{% macro limit_microseconds(terms) -%}
    cast(
        {{ terms }}.limit_value * case {{ terms }}.limit_unit
            when 'minutes' then 60
            when 'hours' then 3600
            when 'days' then 86400
        end * 1000000
        as bigint
    )
{%- endmacro %}

{#- Joins the row of int_exchange_rates that holds for a currency on a day. -#}
{% macro rate_in_force(rates, currency, day) -%}
    {{ rates }}.currency = upper({{ currency }})
    and {{ day }} >= {{ rates }}.valid_from
    and ({{ rates }}.valid_to is null or {{ day }} < {{ rates }}.valid_to)
{%- endmacro %}

{#- An amount at a rate, in cents; the reporting currency keeps its amounts to the digit. -#}
{% macro converted(amount, rate) -%}
    case
        when {{ rate }} = 1 then {{ amount }}
        else cast({{ amount }} * {{ rate }} as decimal(18, 2))
    end
{%- endmacro %}
