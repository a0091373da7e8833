{{ hubspot_activities('emails') }}
