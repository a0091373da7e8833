{#- Fails with every key that is no key. Tagged, so that a run that asks while it makes the table
    (materialization_table.sql) can leave it out. -#}
{% test primary_key(model, columns) %}
{{ config(tags=['primary_key']) }}
{{ primary_key_violations(model, columns) }}
{% endtest %}
