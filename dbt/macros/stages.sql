{#- The stages for which a mapping may name a date column of the lead. -#}
{% macro lead_stage_dates() -%}
    {{ return(['mql', 'sal', 'sql', 'opportunity', 'won', 'lost', 'rejected', 'dead', 'recycled']) }}
{%- endmacro %}

{#- HubSpot's stage dates: column, the property value that the date stands for, and the stage it
    means when the agreement's stage_map does not list that value. -#}
{% macro hubspot_stage_dates() -%}
    {{ return([
        ('became_lead_at', 'lead', 'new'),
        ('became_mql_at', 'marketingqualifiedlead', 'mql'),
        ('became_sql_at', 'salesqualifiedlead', 'sql'),
        ('became_opportunity_at', 'opportunity', 'opportunity'),
        ('became_customer_at', 'customer', 'won'),
    ]) }}
{%- endmacro %}

{#- The stages whose first time a cycle keeps. -#}
{% macro cycle_stages() -%}
    {{ return(['sal', 'sql', 'opportunity', 'won', 'lost', 'rejected', 'dead', 'recycled']) }}
{%- endmacro %}

{#- Reaching a later stage implies the earlier ones. `stages` has the first time each stage was
    really reached; least() ignores nulls on both engines. -#}
{% macro implied_stages(stages) -%}
    least({{ stages }}.sal_at, {{ stages }}.sql_at, {{ stages }}.opportunity_at, {{ stages }}.won_at)
        as sal_at,
    least({{ stages }}.sql_at, {{ stages }}.opportunity_at, {{ stages }}.won_at) as sql_at,
    least({{ stages }}.opportunity_at, {{ stages }}.won_at) as opportunity_at
{%- endmacro %}

{#- Whether an instant lies in a cycle's window: from its own MQL up to, not including, the lead's
    next one. -#}
{% macro in_window(cycles, instant) -%}
    {{ cycles }}.mql_at <= {{ instant }}
    and ({{ cycles }}.next_mql_at is null or {{ instant }} < {{ cycles }}.next_mql_at)
{%- endmacro %}

{#- The first instant at which a cycle reached any stage, and the record that shows it. -#}
{% macro first_disposition_at(stages) -%}
    least(
        {%- for stage in cycle_stages() %}
        {{ stages }}.{{ stage }}_at{{ ',' if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}

{% macro first_disposition_record(stages) -%}
    case {{ first_disposition_at(stages) }}
        {%- for stage in cycle_stages() %}
        when {{ stages }}.{{ stage }}_at then {{ stages }}.{{ stage }}_record_id
        {%- endfor %}
    end
{%- endmacro %}

{#- What an opportunity contributes to a lead's story: the column that dates it, and the stage. -#}
{% macro opportunity_stages() -%}
    {{ return([('created_at', 'opportunity'), ('won_at', 'won'), ('lost_at', 'lost')]) }}
{%- endmacro %}

{#- Stands in for the instant since which a lead's first owner has owned it: as long as it exists. -#}
{% macro beginning_of_ownership() -%}
    cast('1970-01-01 00:00:00' as timestamp)
{%- endmacro %}
