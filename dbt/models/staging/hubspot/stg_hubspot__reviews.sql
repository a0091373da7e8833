{{ marketing_reviews('hubspot', clean) }}
