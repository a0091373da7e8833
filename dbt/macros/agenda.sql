{#- The meetings: name, minutes, and the period whose last complete one is looked back on. -#}
{% macro review_meetings() -%}
    {{ return([('weekly', 15, 'week'), ('monthly', 45, 'month'), ('quarterly', 90, 'quarter')]) }}
{%- endmacro %}

{#- What meetings talk about, in this order: what was escalated first, then what was missed, what
    waits for somebody, and what to decide. -#}
{% macro agenda_topics() -%}
    {{ return([
        'escalation', 'missed_clause', 'waiting', 'joint_review', 'coverage', 'benchmark',
        'source_decision', 'channel_mix', 'definition', 'completeness', 'integrity',
        'not_assessable',
    ]) }}
{%- endmacro %}

{#- The first day of the last period of a name that was over by as_of. -#}
{% macro last_complete_period(period) -%}
    {%- set running = period_start(period, local_date(as_of())) -%}
    {{ period_start(period, 'cast(' ~ running ~ " - interval '1' day as date)") }}
{%- endmacro %}

{#- A text as a literal of SQL. -#}
{% macro sql_literal(text) -%}
    concat_ws('', '''', replace({{ text }}, '''', ''''''), '''')
{%- endmacro %}

{#- A date as a literal of SQL. -#}
{% macro sql_date(day) -%}
    concat_ws('', 'date ''', cast({{ day }} as string), '''')
{%- endmacro %}
