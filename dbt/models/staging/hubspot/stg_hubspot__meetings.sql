{{ hubspot_activities('meetings') }}
