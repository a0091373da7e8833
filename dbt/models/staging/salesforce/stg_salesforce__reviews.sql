{{ marketing_reviews('salesforce', salesforce_id) }}
