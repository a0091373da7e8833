-- The meetings, and the last complete period that each looks back on.
{%- for meeting, minutes, period in review_meetings() %}
select
    '{{ meeting }}' as meeting,
    {{ minutes }} as minutes,
    '{{ period }}' as period,
    {{ last_complete_period(period) }} as period_start
{{ 'union all' if not loop.last }}
{%- endfor %}
