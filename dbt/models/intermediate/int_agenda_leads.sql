-- The leads themselves: what the definition misses, which fields are not filled, and what looks as
-- if a number had been made instead of earned.
with found as (
    select
        'quarterly' as meeting,
        'definition' as topic,
        'joint' as side,
        concat_ws(' ', bands.dimension, bands.dimension_value) as subject,
        cast(bands.won_outside as double) as weight,
        concat_ws(
            '',
            bands.dimension, ' ', bands.dimension_value, ': ',
            case
                when bands.is_emerging_conclusive
                    then {{ counted('bands.won_outside', 'deal') }} || ' won outside the definition'
            end,
            case when bands.is_emerging_conclusive and bands.cooling then '; ' else '' end,
            case
                when bands.cooling
                    then concat_ws(
                        '',
                        'its share of won deals fell to ', {{ percent_words('bands.won_share') }},
                        ' from ', {{ percent_words('bands.won_share_before') }}
                    )
                else ''
            end,
            '.'
        ) as statement,
        'marts.rpt_definition_stress_test' as rows_in,
        concat_ws(
            '',
            'dimension = ''', bands.dimension, ''' and dimension_value = ',
            {{ sql_literal('bands.dimension_value') }}
        ) as row_filter
    from {{ ref('rpt_definition_stress_test') }} as bands
    where (bands.is_emerging_conclusive or bands.cooling) and bands.dimension <> 'all'
    union all
    select
        'monthly' as meeting,
        'completeness' as topic,
        'marketing' as side,
        fields.field as subject,
        fields.target_rate - fields.rate as weight,
        concat_ws(
            '',
            fields.field, ': valid on ', cast(fields.valid as string), ' of ',
            cast(fields.evaluated as string), ' leads handed over (',
            {{ percent_words('fields.rate') }}, '), ', {{ percent_words('fields.target_rate') }},
            ' promised.'
        ) as statement,
        'marts.rpt_data_completeness' as rows_in,
        concat_ws(
            '',
            'period = ''month'' and dimension = ''all'' and period_start = ',
            {{ sql_date('fields.period_start') }}, ' and field = ''', fields.field,
            ''' and rule = ''', fields.rule, ''''
        ) as row_filter
    from {{ ref('rpt_data_completeness') }} as fields
    inner join {{ ref('int_agenda_meetings') }} as meetings
        on
            meetings.meeting = 'monthly'
            and fields.period = 'month'
            and fields.period_start = meetings.period_start
    where
        fields.dimension = 'all'
        and fields.field <> 'all'
        and fields.verdict = 'missed'
        -- A field that no CRM exported is a gap in the exports, not in the leads.
        and fields.field in (select exported.datum from {{ ref('int_exported_data') }} as exported)
    union all
    select
        meetings.meeting,
        'integrity' as topic,
        'joint' as side,
        signals.signal_id as subject,
        case signals.severity when 'high' then 2 else 1 end as weight,
        signals.explanation as statement,
        'marts.rpt_integrity_evidence' as rows_in,
        concat_ws('', 'signal_id = ', {{ sql_literal('signals.signal_id') }}) as row_filter
    from {{ ref('rpt_integrity_signals') }} as signals
    inner join {{ ref('int_agenda_meetings') }} as meetings
        on
            -- Serious ones every month, all of the last complete quarter when it is over.
            (meetings.meeting = 'monthly' and signals.severity = 'high')
            or (meetings.meeting = 'quarterly' and signals.period_start = meetings.period_start)
    where
        signals.is_flagged
        and signals.period_start
        >= {{ last_complete_period('quarter') }}
)

select * from found
