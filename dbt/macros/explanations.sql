{#- The sentences of sla_explanations, one macro per kind of clause. `of` is the relation of one row
    per obligation that the view prepares: its facts and, in words, its instants and durations. -#}

{#- What a lead became at an instant of its cycle. A later stage implies the earlier ones, so the
    latest is the one that happened. -#}
{% macro stage_words(cycles, instant) -%}
    case {{ instant }}
        when {{ cycles }}.rejected_at then 'rejected'
        when {{ cycles }}.dead_at then 'given up'
        when {{ cycles }}.recycled_at then 'recycled'
        when {{ cycles }}.lost_at then 'lost'
        when {{ cycles }}.won_at then 'won'
        when {{ cycles }}.opportunity_at then 'made an opportunity'
        when {{ cycles }}.sql_at then 'qualified by sales'
        when {{ cycles }}.sal_at then 'accepted by sales'
    end
{%- endmacro %}

{#- What was needed against what was allowed: `85 business minutes against 60`. What is told of an
    excess that its unit cuts off is that it is just over the limit. -#}
{% macro elapsed_words(of) -%}
    {%- set elapsed = of ~ '.elapsed_seconds' -%}
    concat_ws(
        '',
        case
            when
                {{ elapsed }} > {{ of }}.limit_seconds
                and {{ elapsed }} < {{ of }}.limit_seconds + case {{ of }}.elapsed_unit
                    when 'seconds' then 1
                    when 'minutes' then 60
                    when 'hours and minutes' then 60
                    else 3600
                end
                then 'just over '
        end,
        {{ duration_words(elapsed, of ~ '.clock') }},
        ' against ',
        case
            when {{ of }}.elapsed_unit = {{ of }}.limit_unit
                then {{ plain_number(of ~ '.limit_value') }}
            else {{ of }}.allowed
        end
    )
{%- endmacro %}

{% macro exemption_sentence(of) -%}
    case {{ of }}.exempt_reason
        when 'no_mql'
            then concat_ws(
                '',
                'Came in as ',
                case {{ of }}.entry_stage
                    when 'sal' then 'accepted by sales'
                    when 'sql' then 'qualified by sales'
                    when 'opportunity' then 'an opportunity'
                    else coalesce({{ of }}.entry_stage, 'something else')
                end,
                ' ', {{ of }}.told,
                ' without ever being an MQL, so the clause ', {{ of }}.clause_words,
                ' does not apply.'
            )
        when 'not_routed'
            then concat_ws(
                '',
                'Became an MQL ', {{ of }}.told,
                ' and never belonged to a sales rep, so the clock of ', {{ of }}.clause_words,
                ' never started.'
            )
        when 'replied'
            then concat_ws(
                '',
                'Given up ', {{ of }}.told, ', routed to ', {{ of }}.rep,
                '; the prospect had replied', ' ' || {{ of }}.replied,
                ', so no more touches were owed.'
            )
        when 'closed_before_due'
            then concat_ws(
                '',
                {{ beginning_words(of) }}, '; ',
                coalesce({{ of }}.closing, 'closed'), ' ', {{ of }}.closed,
                ', by the deadline ', {{ of }}.due, ', so ', {{ of }}.clause_words,
                ' was no longer owed.'
            )
        else concat_ws('', 'Exempt from ', {{ of }}.clause_words, ': ', {{ of }}.exempt_reason, '.')
    end
{%- endmacro %}

{#- What starts the clock of a clause with a deadline. -#}
{% macro beginning_words(of) -%}
    concat_ws(
        '',
        case {{ of }}.clause
            when 'handoff' then 'Became an MQL '
            when 'contest_review' then 'Rejected by sales '
            else 'Routed to ' || {{ of }}.rep || ' '
        end,
        {{ of }}.told
    )
{%- endmacro %}

{% macro deadline_sentence(of) -%}
    case
        when {{ of }}.fulfilled_at is null
            then concat_ws(
                '',
                {{ beginning_words(of) }},
                case {{ of }}.clause
                    when 'handoff' then '; owned by no sales rep'
                    when 'speed_to_lead' then '; not touched'
                    when 'disposition' then '; no disposition'
                    else '; no ruling by marketing'
                end,
                case
                    when {{ of }}.status = 'pending' then ' yet, the deadline is '
                    else ' by the deadline '
                end,
                {{ of }}.due, ' (', {{ of }}.allowed, ')',
                case when {{ of }}.status <> 'pending' then ', nor since' end,
                '.'
            )
        when {{ of }}.clause = 'handoff' and {{ of }}.fulfilled_at <= {{ of }}.starts_at
            then concat_ws(
                '',
                {{ beginning_words(of) }}, ' when ', {{ of }}.rep,
                ' owned it already: no time needed of ', {{ of }}.allowed, '.'
            )
        else concat_ws(
            '',
            {{ beginning_words(of) }}, '; ',
            case {{ of }}.clause
                when 'handoff' then 'routed to ' || {{ of }}.rep
                when 'speed_to_lead' then 'first touch'
                when 'disposition' then coalesce({{ of }}.disposition, 'dispositioned')
                else 'marketing ruled'
            end,
            ' ', {{ of }}.fulfilled, ', ',
            case
                when {{ of }}.fulfilled_at < {{ of }}.starts_at
                    then 'already before that: no time needed of ' || {{ of }}.allowed
                when {{ of }}.fulfilled_at = {{ of }}.starts_at
                    then 'at once: no time needed of ' || {{ of }}.allowed
                when {{ of }}.elapsed_seconds = 0
                    then 'before business hours began: no time needed of ' || {{ of }}.allowed
                else {{ elapsed_words(of) }}
            end,
            case when {{ of }}.status = 'missed' then ', after the deadline ' || {{ of }}.due end,
            '.'
        )
    end
{%- endmacro %}

{% macro fit_sentence(of, fits) -%}
    concat_ws(
        '',
        case when {{ of }}.status = 'met' then 'Fit' else 'Not fit' end,
        ' when it became an MQL ', {{ of }}.told, ': ',
        case
            when {{ of }}.status <> 'met'
                then coalesce(
                    {{ fits }}.criteria_failed, 'a criterion of the lead definition was not met'
                )
            when {{ fits }}.criteria_met is null then 'the lead definition asked for nothing then'
            else 'every criterion of the lead definition was met'
        end,
        '.'
    )
{%- endmacro %}

{% macro completeness_sentence(of) -%}
    concat_ws(
        '',
        case when {{ of }}.status = 'met' then 'Complete' else 'Not complete' end,
        ' when it became an MQL ', {{ of }}.told, ': ',
        case
            when {{ of }}.status = 'met' then 'every required field was valid'
            else coalesce(
                replace({{ of }}.incomplete_fields, '|', '; '), 'a required field was not valid'
            )
        end,
        '.'
    )
{%- endmacro %}

{% macro feedback_sentence(of) -%}
    concat_ws(
        '',
        'Rejected by sales ', {{ of }}.told,
        case
            when {{ of }}.reason_code is null then ' without a reason that the agreement knows'
            else ' with the reason ' || {{ of }}.reason_code
        end,
        case
            when {{ of }}.status = 'met' and {{ of }}.require_note then ' and a note'
            when {{ of }}.status <> 'met' and {{ of }}.reason_code is not null
                then ', but without the note that is owed'
        end,
        '.'
    )
{%- endmacro %}

{% macro cadence_sentence(of) -%}
    concat_ws(
        '',
        'Given up ', {{ of }}.told, ', routed to ', {{ of }}.rep, ', after ',
        {{ counted('coalesce(' ~ of ~ '.count_actual, 0)', 'counted touch', plural='es') }},
        ' against ', {{ plain_number('coalesce(' ~ of ~ '.count_required, 0)') }}, ' and ',
        {{ counted('coalesce(' ~ of ~ '.business_days, 0)', 'business day') }},
        ' against ', {{ plain_number('coalesce(' ~ of ~ '.limit_value, 0)') }},
        case when {{ of }}.status <> 'met' then ': too early' end,
        '.'
    )
{%- endmacro %}
