-- Every cycle that sales said anything of is in one week's rate and in four trailing ones that have
-- begun, every rejection in one reason and one review of each period and cut.
{{ config(meta={'dagster': {'ref': {'name': 'rpt_disqualification_rates'}}}) }}
with cycles as (
    select
        {{ week_start(local_date(first_disposition_at('cycles'))) }} as week_start,
        count(*) as dispositioned,
        count(cycles.rejected_at) as rejected
    from {{ ref('fct_lead_cycles') }} as cycles
    where {{ is_dispositioned('cycles') }}
    group by {{ week_start(local_date(first_disposition_at('cycles'))) }}
),

expected as (
    select
        cycles.week_start,
        'week' as period,
        cycles.dispositioned,
        cycles.rejected
    from cycles
    union all
    select
        weeks.week_start,
        'trailing_four_weeks' as period,
        sum(cycles.dispositioned) as dispositioned,
        sum(cycles.rejected) as rejected
    from (select distinct dates.week_start from {{ ref('dim_date') }} as dates) as weeks
    inner join cycles
        on
            cycles.week_start <= weeks.week_start
            and cycles.week_start > weeks.week_start - interval '28' day
    where weeks.week_start <= {{ local_date(as_of()) }}
    group by weeks.week_start
),

rates as (
    select
        rates.week_start,
        rates.period,
        rates.dimension,
        sum(rates.dispositioned) as dispositioned,
        sum(rates.rejected) as rejected
    from {{ ref('rpt_disqualification_rates') }} as rates
    group by rates.week_start, rates.period, rates.dimension
),

cuts as (
    {%- for dimension, column in compliance_dimensions() %}
    select '{{ dimension }}' as dimension
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

rejections as (
    select count(*) as rejected
    from {{ ref('fct_rejections') }}
),

reports as (
    {%- for mart in ['rpt_disqualification_reasons', 'rpt_rejection_reviews'] %}
    select
        '{{ mart }}' as mart,
        report.period,
        report.dimension,
        sum(report.rejected) as rejected
    from {{ ref(mart) }} as report
    group by report.period, report.dimension
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select
    'rpt_disqualification_rates' as mart,
    coalesce(expected.period, rates.period) as period,
    coalesce(cuts.dimension, rates.dimension) as dimension
from expected
cross join cuts
full outer join rates
    on
        expected.week_start = rates.week_start
        and expected.period = rates.period
        and cuts.dimension = rates.dimension
where
    expected.period is null
    or rates.period is null
    or expected.dispositioned <> rates.dispositioned
    or expected.rejected <> rates.rejected
union all
select
    reports.mart,
    reports.period,
    reports.dimension
from reports
cross join rejections
where reports.rejected <> rejections.rejected
