"""Published file -> PostgreSQL, in one transaction, for tools without a DuckDB driver.

Belongs here: what is copied, as which types, how readers are kept from noticing, who may read it.
Does not belong here: how a version came to be published, nor Dagster. Restricted data has no way
here: the restricted file is never opened.

psycopg is imported by these modules alone, and they only where a copy is asked for.
"""

from dagster_project.publish.postgres.copying import PostgresCopy, copy_to_postgres

__all__ = ["PostgresCopy", "copy_to_postgres"]
