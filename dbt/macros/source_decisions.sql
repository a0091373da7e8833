{#- What a source's figures come to, the first that holds. Two Wilson intervals that do not meet are
    farther apart than chance explains; whatever speaks against moving money makes it a hold, as
    does a difference that is certain and small, of which large companies have many. -#}
{% macro source_finding(standings, benchmarks) -%}
    case
        when
            {{ standings }}.mql < {{ var('benchmark_min_cycles') }}
            or {{ standings }}.others_mql < {{ var('benchmark_min_cycles') }}
            or {{ standings }}.expected_won < {{ var('benchmark_min_expected') }}
            then 'too_few'
        when {{ standings }}.won_rate_low > {{ standings }}.others_won_rate_high
            then case
                when
                    round({{ standings }}.won_rate, 9)
                    < round(
                        (1 + {{ var('source_decision_margin') }}) * {{ standings }}.others_won_rate,
                        9
                    )
                    then 'better_but_little'
                when {{ standings }}.pipeline_per_mql < {{ standings }}.others_pipeline_per_mql
                    then 'better_but_worth_less'
                when {{ standings }}.acceptance_rate_high < {{ standings }}.others_acceptance_rate
                    then 'better_but_turned_down'
                when coalesce({{ benchmarks }}.has_step_below, false) then 'better_but_falling'
                else 'better'
            end
        when {{ standings }}.won_rate_high < {{ standings }}.others_won_rate_low
            then case
                when
                    round({{ standings }}.won_rate, 9)
                    > round(
                        (1 - {{ var('source_decision_margin') }}) * {{ standings }}.others_won_rate,
                        9
                    )
                    then 'worse_but_little'
                when
                    {{ standings }}.pipeline_per_mql_high
                    >= {{ standings }}.others_pipeline_per_mql
                    then 'worse_but_worth_as_much'
                when coalesce({{ benchmarks }}.diagnosis = 'downstream', false)
                    then 'worse_but_sales_in_default'
                when coalesce({{ benchmarks }}.has_step_above, false) then 'worse_but_rising'
                else 'worse'
            end
        else 'like_the_others'
    end
{%- endmacro %}

{#- The decision in one sentence, with the figures that it rests on. -#}
{% macro source_reason(of) -%}
    concat_ws(
        '',
        case {{ of }}.finding
            when 'too_few'
                then 'Too few to tell: '
            when 'like_the_others' then 'Not different from the other sources beyond chance: '
            when 'better' then 'Better than the other sources beyond chance: '
            when 'worse' then 'Worse than the other sources beyond chance: '
            when 'better_but_little'
                then 'Better than the other sources beyond chance, but not by much: '
            when 'worse_but_little'
                then 'Worse than the other sources beyond chance, but not by much: '
            when 'better_but_worth_less'
                then 'Won more often than the other sources, but not worth more: '
            when 'better_but_turned_down'
                then 'Won more often than the other sources, but sales turns more of it down: '
            when 'better_but_falling'
                then 'Won more often than the other sources, but below its own past: '
            when 'worse_but_worth_as_much'
                then 'Won less often than the other sources, but perhaps worth as much: '
            when 'worse_but_sales_in_default'
                then 'Won less often than the other sources, but sales did not keep its part: '
            when 'worse_but_rising'
                then 'Won less often than the other sources, but above its own past: '
        end,
        {{ of }}.won, ' of ', {{ counted(of ~ '.mql', 'MQL') }},
        ' won within {{ var("conversion_window_days") }} days',
        case
            when {{ of }}.mql > 0
                then concat_ws(
                    '',
                    ' (', {{ percent_words(of ~ '.won_rate') }},
                    ', interval ', {{ percent_words(of ~ '.won_rate_low') }},
                    ' to ', {{ percent_words(of ~ '.won_rate_high') }}, ')'
                )
            else ''
        end,
        case
            when {{ of }}.others_mql > 0
                then concat_ws('', ', others ', {{ percent_words(of ~ '.others_won_rate') }})
            else ', no other source to compare with'
        end,
        case
            when
                {{ of }}.pipeline_per_mql is not null
                and {{ of }}.others_pipeline_per_mql is not null
                then concat_ws(
                    '',
                    '; pipeline per MQL ', {{ plain_number('round(' ~ of ~ '.pipeline_per_mql)') }},
                    ' ', {{ text_variable('reporting_currency') }}, ', others ',
                    {{ plain_number('round(' ~ of ~ '.others_pipeline_per_mql)') }}
                )
            else ''
        end,
        case
            when {{ of }}.finding = 'too_few'
                then concat_ws(
                    '',
                    '; it takes {{ var("benchmark_min_cycles") }} MQLs and',
                    ' {{ var("benchmark_min_expected") }} wins to be expected'
                )
            else ''
        end,
        '.'
    )
{%- endmacro %}
