{{ hubspot_activities('calls') }}
