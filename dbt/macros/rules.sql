{#- Whether a value satisfies a rule of required_fields. A rule that is not in force (null) is
    satisfied by anything. -#}
{% macro is_valid_field(value, rule, known_source) -%}
    case {{ rule }}
        when 'present' then {{ value }} is not null
        when 'email' then coalesce({{ is_email(value) }}, false)
        when 'number' then {{ to_number(value) }} is not null
        when 'in_sources' then {{ known_source }} is not null
        else true
    end
{%- endmacro %}

{#- something@something.something, no blank in it, one @. -#}
{% macro is_email(value) -%}
    ({{ matches_pattern(value, "'^[^@]+@[^@]+[.][^@]+$'") }} and not {{ has_blank(value) }})
{%- endmacro %}

{#- Whether a pattern is found anywhere in a text, ignoring case. -#}
{% macro matches_pattern(text, pattern) -%}
    {{ return(adapter.dispatch('matches_pattern', 'leadpact')(text, pattern)) }}
{%- endmacro %}

{% macro default__matches_pattern(text, pattern) -%}
    regexp_matches({{ text }}, {{ pattern }}, 'i')
{%- endmacro %}

{% macro spark__matches_pattern(text, pattern) -%}
    {{ text }} rlike ('(?i)' || {{ pattern }})
{%- endmacro %}

{#- The attributes a criterion of the lead definition can ask for. -#}
{% macro definition_attributes() -%}
    {{ return(['industry', 'employees', 'role', 'country', 'source', 'score', 'email_domain']) }}
{%- endmacro %}

{#- The fields the agreement can require, and the column of int_cycle_values that holds each. -#}
{% macro required_field_names() -%}
    {{ return(['name', 'company', 'role', 'email', 'source', 'score']) }}
{%- endmacro %}

{% macro field_value_column(field) -%}
    {{ return({'source': 'raw_source', 'score': 'raw_score'}.get(field, field)) }}
{%- endmacro %}

{#- The column of int_cycle_values that answers for an attribute of the lead definition. A source
    is the agreement's own name for it; a blank one is null, one it does not list `unmapped`. -#}
{% macro definition_column(attribute) -%}
    {{ return({'source': 'definition_source'}.get(attribute, attribute)) }}
{%- endmacro %}

{#- One join per attribute to int_definition_verdicts. `values` is a relation with the attribute's
    columns, `day` the date whose definition counts, `columns` the macro that names the column of an
    attribute, `attributes` those to ask (all). -#}
{% macro join_definition_verdicts(relation, day, columns, attributes=none) -%}
    {% for attribute in attributes or definition_attributes() -%}
    left join {{ ref('int_definition_verdicts') }} as {{ attribute }}_verdicts
        on
            {{ attribute }}_verdicts.attribute = '{{ attribute }}'
            and coalesce(lower(cast({{ relation }}.{{ columns(attribute) }} as string)), '')
            = {{ attribute }}_verdicts.value
            and {{ day }} >= {{ attribute }}_verdicts.valid_from
            and (
                {{ attribute }}_verdicts.valid_to is null
                or {{ day }} < {{ attribute }}_verdicts.valid_to
            )
    {% endfor -%}
{%- endmacro %}

{% macro passes_definition(attributes=none) -%}
    {% for attribute in attributes or definition_attributes() -%}
    coalesce({{ attribute }}_verdicts.passes, true){{ '\n    and ' if not loop.last }}
    {%- endfor %}
{%- endmacro %}

{#- The criteria that the joined verdicts found not met, as one text; null where there is none. -#}
{% macro failed_criteria(attributes=none) -%}
    nullif(
        concat_ws(
            '|',
            {%- for attribute in attributes or definition_attributes() %}
            {{ attribute }}_verdicts.failed_criteria{{ ',' if not loop.last }}
            {%- endfor %}
        ),
        ''
    )
{%- endmacro %}

{#- How a criterion that was not met is named in a list of them. -#}
{% macro failed_criterion(criterion_id, is_missing) -%}
    replace({{ criterion_id }}, '|', '/') || case when {{ is_missing }} then ': missing' else '' end
{%- endmacro %}

{#- For every attribute the words of the criteria met and of those not met, as columns. -#}
{% macro outcome_words(answers) -%}
    {% for attribute in definition_attributes() -%}
    {% set answer = answers ~ ".attribute = '" ~ attribute ~ "' and " -%}
    {{ joined_texts(
        answers ~ '.words', ' and ', answers ~ '.words', answer ~ 'not ' ~ answers ~ '.is_failed'
    ) }} as {{ attribute }}_met,
    {{ joined_texts(
        answers ~ '.words', ' and ', answers ~ '.words', answer ~ answers ~ '.is_failed'
    ) }} as {{ attribute }}_failed{{ ',' if not loop.last }}
    {% endfor %}
{%- endmacro %}

{#- What is to be said of the criteria of one outcome ('met' or 'failed'), attribute by attribute
    with the values of `cycles`; null where there is nothing to say. Job titles and e-mail domains
    are personal: what was found of them is told, they are not. -#}
{% macro told_criteria(cycles, outcomes, outcome) -%}
    {%- set words = {'role': 'job title', 'email_domain': 'e-mail domain'} -%}
    nullif(
        concat_ws(
            '; ',
            {%- for attribute in definition_attributes() %}
            case
                when {{ outcomes }}.{{ attribute }}_{{ outcome }} is not null
                    then concat_ws(
                        ' ',
                        '{{ words.get(attribute, attribute) }}',
                        {%- if attribute not in words %}
                        {{ cycles }}.{{ attribute }},
                        {%- endif %}
                        {{ outcomes }}.{{ attribute }}_{{ outcome }}
                    )
            end{{ ',' if not loop.last }}
            {%- endfor %}
        ),
        ''
    )
{%- endmacro %}

{#- The required fields that were not valid, in words and in the order of the list; null where all
    were. `handed_over` has for each its value, its rule and whether it was valid. -#}
{% macro incomplete_fields(handed_over) -%}
    {%- set words = {'role': 'job title', 'email': 'e-mail'} -%}
    nullif(
        concat_ws(
            '|',
            {%- for field in required_field_names() %}
            case
                when {{ handed_over }}.is_{{ field }}_valid then null
                when {{ handed_over }}.{{ field }} is null
                    then '{{ words.get(field, field) }} is missing'
                when {{ handed_over }}.{{ field }}_rule = 'email'
                    then '{{ words.get(field, field) }} is no address'
                when {{ handed_over }}.{{ field }}_rule = 'number'
                    then '{{ words.get(field, field) }} is no number'
                else '{{ words.get(field, field) }} is not one the agreement lists'
            end{{ ',' if not loop.last }}
            {%- endfor %}
        ),
        ''
    )
{%- endmacro %}

{% macro same_name(attribute) -%}
    {{ return(attribute) }}
{%- endmacro %}

{#- Whether a number of employees falls into a row of the segments; both ends inclusive. -#}
{% macro in_segment(segments, employees) -%}
    {{ employees }} is not null
    and ({{ segments }}.min_employees is null or {{ employees }} >= {{ segments }}.min_employees)
    and ({{ segments }}.max_employees is null or {{ employees }} <= {{ segments }}.max_employees)
{%- endmacro %}

{#- For every field the agreement can require: its value, the rule in force (joined as
    `<field>_rules`) and whether the value satisfies it. -#}
{% macro required_field_columns(cycle_values) -%}
    {% for field in required_field_names() -%}
    {%- set value = cycle_values ~ '.' ~ field_value_column(field) -%}
    {{ value }} as {{ field }},
    {{ field }}_rules.rule as {{ field }}_rule,
    {{ is_valid_field(value, field ~ '_rules.rule', cycle_values ~ '.known_source') }}
        as is_{{ field }}_valid{{ ',' if not loop.last }}
    {% endfor %}
{%- endmacro %}
