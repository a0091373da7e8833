{#- The buckets of a response time: name and the longest time that belongs to it, in seconds. What
    took longer than the last is `later`, what never came is `never`. -#}
{% macro response_buckets() -%}
    {{ return([
        ('up to 5 minutes', 300),
        ('up to 15 minutes', 900),
        ('up to 30 minutes', 1800),
        ('up to 1 hour', 3600),
        ('up to 2 hours', 7200),
        ('up to 4 hours', 14400),
        ('up to 8 hours', 28800),
        ('up to 24 hours', 86400),
        ('up to 72 hours', 259200),
    ]) }}
{%- endmacro %}

{#- The number of a bucket, from 1, for a time in microseconds; null is never. -#}
{% macro response_bucket(microseconds) -%}
    case
        {%- for name, seconds in response_buckets() %}
        when {{ microseconds }} <= {{ seconds }} * cast(1000000 as bigint) then {{ loop.index }}
        {%- endfor %}
        when {{ microseconds }} is not null then {{ response_buckets() | length + 1 }}
        else {{ response_buckets() | length + 2 }}
    end
{%- endmacro %}

{#- All buckets as a relation: number, name, the times between which it lies in seconds. -#}
{% macro response_bucket_rows() -%}
    {%- set last = response_buckets()[-1][1] -%}
    {%- for name, seconds in response_buckets() %}
    select
        {{ loop.index }} as bucket_number,
        '{{ name }}' as bucket,
        {{ 'cast(null as bigint)' if loop.first else 'cast(' ~ loop.previtem[1] ~ ' as bigint)' }}
            as over_seconds,
        cast({{ seconds }} as bigint) as up_to_seconds
    union all
    {%- endfor %}
    select
        {{ response_buckets() | length + 1 }} as bucket_number,
        'later' as bucket,
        cast({{ last }} as bigint) as over_seconds,
        cast(null as bigint) as up_to_seconds
    union all
    select
        {{ response_buckets() | length + 2 }} as bucket_number,
        'never' as bucket,
        cast(null as bigint) as over_seconds,
        cast(null as bigint) as up_to_seconds
{%- endmacro %}
