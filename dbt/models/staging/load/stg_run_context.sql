select run_context.as_of
from {{ source('ingest', 'run_context') }} as run_context
