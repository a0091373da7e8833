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

{#- What was reached of a clause, out of what: `of` has the columns of rpt_sla_compliance. -#}
{% macro reached_words(of) -%}
    case
        when {{ of }}.clause = 'volume'
            then concat_ws(
                '',
                cast({{ of }}.met as string), ' MQLs of ',
                {{ plain_number('round(' ~ of ~ '.target_count, 1)') }}
            )
        else concat_ws(
            '',
            cast({{ of }}.met as string), ' of ',
            cast({{ of }}.met + {{ of }}.missed as string), ' met (',
            {{ percent_words(of ~ '.rate') }}, ')'
        )
    end
{%- endmacro %}

{#- The condition that picks a clause's rows of a period: what was missed, or for volume all that was
    promised and counted, a quarter's by month. `of` has clause, period, period_start, period_end. -#}
{% macro rows_of_clause(of) -%}
    case
        when {{ of }}.clause = 'volume'
            then concat_ws(
                '',
                'period = ''',
                case {{ of }}.period when 'quarter' then 'month' else {{ of }}.period end,
                ''' and period_start >= ', {{ sql_date(of ~ '.period_start') }},
                ' and period_start < ', {{ sql_date(of ~ '.period_end') }}
            )
        else concat_ws(
            '',
            'clause = ''', {{ of }}.clause, ''' and status = ''missed'' and counts_on >= ',
            {{ sql_date(of ~ '.period_start') }}, ' and counts_on < ',
            {{ sql_date(of ~ '.period_end') }}
        )
    end
{%- endmacro %}
