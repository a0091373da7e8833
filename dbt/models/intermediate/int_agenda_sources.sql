-- Sources and pipeline: what to invest in and cut every month; benchmarks, coverage and the mix of
-- channels every quarter.
with quarters as (
    select
        {{ quarter_start(local_date(as_of())) }} as running,
        {{ last_complete_period('quarter') }} as last_complete
),

found as (
    select
        'quarterly' as meeting,
        'coverage' as topic,
        'joint' as side,
        concat_ws(' ', totals.dimension, totals.dimension_value) as subject,
        cast(totals.remaining_quota as double) as weight,
        concat_ws(
            '',
            case when totals.dimension = 'all' then 'All together' else totals.dimension_value end,
            ': ', {{ plain_number('round(totals.coverage, 2)') }},
            ' times the remaining quota of ',
            {{ plain_number('round(totals.remaining_quota)') }}, ' ',
            {{ text_variable('reporting_currency') }}, ' is open.'
        ) as statement,
        'marts.rpt_pipeline_coverage_totals' as rows_in,
        concat_ws(
            '',
            'quarter_start = ', {{ sql_date('totals.quarter_start') }}, ' and dimension = ''',
            totals.dimension, ''' and dimension_value = ',
            {{ sql_literal('totals.dimension_value') }}
        ) as row_filter
    from {{ ref('rpt_pipeline_coverage_totals') }} as totals
    inner join quarters
        on totals.quarter_start = quarters.running
    where totals.coverage is not null
    union all
    select
        'quarterly' as meeting,
        'benchmark' as topic,
        case benchmarks.diagnosis
            when 'upstream' then 'marketing'
            when 'downstream' then 'sales'
            else 'joint'
        end as side,
        concat_ws(' ', benchmarks.source, benchmarks.step) as subject,
        benchmarks.expected - benchmarks.observed as weight,
        concat_ws(
            '',
            benchmarks.source, ', ', benchmarks.step, ': ', cast(benchmarks.observed as string),
            ' where its own past lets expect ', {{ plain_number('round(benchmarks.expected, 1)') }},
            '; diagnosis ', benchmarks.diagnosis, '.'
        ) as statement,
        'marts.rpt_source_benchmarks' as rows_in,
        concat_ws(
            '',
            'quarter_start = ', {{ sql_date('benchmarks.quarter_start') }}, ' and step = ''',
            benchmarks.step, ''' and source = ', {{ sql_literal('benchmarks.source') }}
        ) as row_filter
    from {{ ref('rpt_source_benchmarks') }} as benchmarks
    inner join quarters
        on benchmarks.quarter_start = quarters.last_complete
    where benchmarks.verdict = 'below'
    union all
    select
        'quarterly' as meeting,
        'channel_mix' as topic,
        'joint' as side,
        mix.source as subject,
        mix.pipeline_share as weight,
        concat_ws(
            '',
            mix.source, ' makes ', {{ percent_words('mix.pipeline_share') }},
            ' of the pipeline, and its leads are won ',
            {{ plain_number('round(mix.relative_conversion, 2)') }},
            ' times as often as the others.'
        ) as statement,
        'marts.rpt_channel_mix' as rows_in,
        concat_ws(
            '',
            'quarter_start = ', {{ sql_date('mix.quarter_start') }}, ' and source = ',
            {{ sql_literal('mix.source') }}
        ) as row_filter
    from {{ ref('rpt_channel_mix') }} as mix
    inner join quarters
        on mix.quarter_start = quarters.last_complete
    where mix.is_flagged
    union all
    select
        'monthly' as meeting,
        'source_decision' as topic,
        'marketing' as side,
        decisions.source as subject,
        cast(decisions.mql as double) as weight,
        concat_ws('', decisions.source, ': ', decisions.decision, '. ', decisions.reason)
            as statement,
        'marts.rpt_source_decisions' as rows_in,
        concat_ws(
            '',
            'month_start = ', {{ sql_date('decisions.month_start') }}, ' and source = ',
            {{ sql_literal('decisions.source') }}
        ) as row_filter
    from {{ ref('rpt_source_decisions') }} as decisions
    inner join {{ ref('int_agenda_meetings') }} as meetings
        on
            meetings.meeting = 'monthly'
            and decisions.month_start = meetings.period_start
    where decisions.decision in ('invest', 'cut')
)

select * from found
