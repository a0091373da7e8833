-- Each setting's words are for the reader of the agreement; what it does is where it is read.
{%- set settings = [
    'reporting_timezone', 'reporting_currency', 'default_calendar', 'fiscal_year_start_month',
    'mql_entry', 'mql_score_threshold', 'requalification_gap_days', 'touch_spacing_minutes',
    'conversion_window_days', 'logging_grace_minutes', 'joint_review_rejection_rate',
] %}

with settings as (
    {%- for setting in settings %}
    select
        '{{ setting }}' as subject,
        {{ loop.index }} as position,
        {{ text_variable(setting) }} as value
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
),

provisions as (
    select
        'setting' as kind,
        settings.subject,
        settings.position,
        settings.value,
        cast(null as date) as effective_from,
        cast(null as date) as effective_to
    from settings
    union all
    select
        'business_hours' as kind,
        hours.calendar_id as subject,
        hours.weekday as position,
        hours.opens || ' to ' || hours.closes as value,
        cast(null as date) as effective_from,
        cast(null as date) as effective_to
    from {{ ref('business_hours') }} as hours
    union all
    select
        'holiday' as kind,
        holidays.calendar_id as subject,
        1 as position,
        coalesce({{ clean('holidays.name') }}, 'Holiday') as value,
        holidays.holiday_date as effective_from,
        cast(null as date) as effective_to
    from {{ ref('holidays') }} as holidays
    union all
    select
        'required_field' as kind,
        fields.field as subject,
        1 as position,
        fields.rule as value,
        fields.effective_from,
        fields.effective_to
    from {{ ref('required_fields') }} as fields
    union all
    select distinct
        'reason' as kind,
        reasons.reason_code as subject,
        1 as position,
        cast(null as string) as value,
        cast(null as date) as effective_from,
        cast(null as date) as effective_to
    from {{ ref('disqualification_reasons') }} as reasons
    where {{ clean('reasons.reason_code') }} is not null
    union all
    select
        'segment' as kind,
        segments.segment as subject,
        1 as position,
        case
            when segments.min_employees is null and segments.max_employees is null
                then 'any number of employees'
            when segments.min_employees is null
                then 'up to ' || {{ plain_number('segments.max_employees') }} || ' employees'
            when segments.max_employees is null
                then {{ plain_number('segments.min_employees') }} || ' employees or more'
            else
                {{ plain_number('segments.min_employees') }} || ' to '
                || {{ plain_number('segments.max_employees') }} || ' employees'
        end as value,
        cast(null as date) as effective_from,
        cast(null as date) as effective_to
    from {{ ref('segments') }} as segments
)

select
    concat_ws(
        '|',
        provisions.kind,
        provisions.subject,
        cast(provisions.position as string),
        case when provisions.kind = 'business_hours' then provisions.value end,
        cast(provisions.effective_from as string)
    ) as provision_id,
    provisions.kind,
    provisions.subject,
    cast(provisions.position as integer) as position,
    provisions.value,
    provisions.effective_from,
    provisions.effective_to
from provisions
