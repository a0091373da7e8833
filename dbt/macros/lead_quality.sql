{#- How good the leads were that marketing handed over: of MQLs only, because an inferred MQL was
    never handed over. Sales' first word on a cycle counts: accepted when it became sales accepted
    (or, by implication, any later stage) before it was rejected, or was never rejected. Both
    predicates are false while nothing is decided. -#}
{% macro is_accepted(cycles) -%}
    (
        not {{ cycles }}.is_mql_inferred
        and {{ cycles }}.sal_at is not null
        and coalesce({{ cycles }}.sal_at <= {{ cycles }}.rejected_at, true)
    )
{%- endmacro %}

{% macro is_turned_down(cycles) -%}
    (
        not {{ cycles }}.is_mql_inferred
        and {{ cycles }}.rejected_at is not null
        and coalesce({{ cycles }}.rejected_at < {{ cycles }}.sal_at, true)
    )
{%- endmacro %}

{#- MQLs, those that passed the lead definition, and sales' first word on them, as columns. MQLs
    that are neither accepted nor turned down are undecided. -#}
{% macro count_quality(cycles) -%}
    count(*) filter (where not {{ cycles }}.is_mql_inferred) as mql,
    count(*) filter (where not {{ cycles }}.is_mql_inferred and {{ cycles }}.is_fit) as fit,
    count(*) filter (where {{ is_accepted(cycles) }}) as accepted,
    count(*) filter (where {{ is_turned_down(cycles) }}) as turned_down
{%- endmacro %}

{#- Of the MQLs, the share that passed the lead definition as of the MQL; null over none. -#}
{% macro fit_rate(fit, mql) -%}
    {{ fit }} / cast(nullif({{ mql }}, 0) as double)
{%- endmacro %}

{#- Quality acceptance rate: of the MQLs that sales decided on, the share accepted; null over
    none. -#}
{% macro acceptance_rate(accepted, turned_down) -%}
    {{ accepted }} / cast(nullif({{ accepted }} + {{ turned_down }}, 0) as double)
{%- endmacro %}
