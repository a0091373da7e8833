{#- Rejected / dispositioned: a cycle is dispositioned when sales said anything of it, and belongs to
    the period of the first thing said. `cycles` has the columns of fct_lead_cycles. -#}
{% macro is_dispositioned(cycles) -%}
    {{ first_disposition_at(cycles) }} is not null
{%- endmacro %}

{#- The counts of a rate of rejections over rows of cycles that are dispositioned. -#}
{% macro count_dispositions(cycles) -%}
    count(*) as dispositioned,
    count({{ cycles }}.rejected_at) as rejected,
    count(*) filter (where {{ cycles }}.rejected_at = {{ first_disposition_at(cycles) }})
        as rejected_at_once,
    count(*) filter (where {{ cycles }}.closed_at is null) as still_open
{%- endmacro %}

{#- Whether a part is more than a share of the whole: in whole numbers, so that 3 of 10 is not above
    0.3 on any machine. -#}
{% macro is_above_share(part, whole, share) -%}
    {{ part }} * cast(1000000000 as bigint) > {{ whole }} * {{ billionths(share) }}
{%- endmacro %}

{#- The weeks that a trailing rate adds up, its own the last of them. -#}
{% macro trailing_weeks() -%}
    {{ return(4) }}
{%- endmacro %}

{#- What a raw reason is to the agreement: in its taxonomy, listed by it as outside, not listed, or
    not given. `listed` is the joined row of disqualification_reasons. -#}
{% macro reason_kind(raw_reason, listed) -%}
    case
        when {{ listed }}.reason_code is not null then 'taxonomy'
        when {{ listed }}.raw_reason is not null then 'outside_taxonomy'
        when {{ raw_reason }} is not null then 'unlisted'
        else 'missing'
    end
{%- endmacro %}
