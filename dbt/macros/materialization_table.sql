{#- A table is replaced in one transaction by one statement. The adapter's own way builds beside,
    renames twice and drops, six statements that a file with a single writer has no use for: they
    were a third of the time of a small build. Nobody reads the build file meanwhile; what people
    read is published elsewhere.

    The same call fails unless the key of the model's `primary_key` test is one. As a node of dbt's
    graph that question costs ten times what the database needs to answer it, for every model. -#}
{% materialization table, adapter='duckdb', supported_languages=['sql'] %}
    {%- set existing = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {% if existing is not none and not existing.is_table %}
        {% do adapter.drop_relation(existing) %}
    {% endif %}
    {%- set key = primary_key_columns(model.unique_id) -%}
    {% call statement('main') -%}
        {% if config.get('contract').enforced %}
            drop table if exists {{ target_relation }};
            {{ create_table_as(False, target_relation, compiled_code) }}
        {% else %}
            create or replace table {{ target_relation }} as (
                {{ compiled_code }}
            );
        {% endif %}
        {% if key %}
            {#- Without the keys themselves: some hold what a person typed, and the message is
                published with the run. The test of the same name lists them. -#}
            select
                error(
                    count(*) || ' of its keys ({{ key | join(", ") }}) are null or stand more than'
                    || ' once; `dbt test --select {{ model.name }}` finds them'
                )
            from (
                {{ primary_key_violations(target_relation, key) }}
            )
            having count(*) > 0
        {% endif %}
    {%- endcall %}
    {% do persist_docs(target_relation, model) %}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}


{#- All comments at once: each by itself would be made durable before the next one. The adapter's own
    way also asks the database for the columns first, of every table; ours are those that the
    contract, or a test of the project, has compared with what was built. -#}
{% macro duckdb__persist_docs(relation, model, for_relation, for_columns) %}
    {%- set comments = [] -%}
    {%- if for_relation and config.persist_relation_docs() and model.description -%}
        {%- do comments.append(alter_relation_comment(relation, model.description)) -%}
    {%- endif -%}
    {%- if for_columns and config.persist_column_docs() -%}
        {%- for column in model.columns.values() if column.description -%}
            {%- do comments.append(
                'comment on column ' ~ relation ~ '.' ~ column.name ~ ' is '
                ~ duckdb_escape_comment(column.description) ~ ';'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- if comments -%}
        {%- call statement('comments') -%}
            begin;
            {{ comments | join('\n') }}
            commit;
        {%- endcall -%}
    {%- endif -%}
{% endmacro %}
