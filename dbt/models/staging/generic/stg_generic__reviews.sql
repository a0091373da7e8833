{{ marketing_reviews('generic', clean) }}
