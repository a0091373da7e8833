"""Exports on disk -> raw tables: drops, dialects, mappings, quarantine.

Belongs here: everything between a delivered file and `raw_<crm>`, `mapped` and `ingest` in the
build file. Does not belong here: what a value means (dbt's staging), Dagster (defs/), and what is
shown to people while it runs (cli.py).

The way of a file: drops.py finds it and says to which object it belongs (mapping.py); scan.py
hashes it and tells its encoding; dialect.py finds its header by the declared columns; load.py reads
it with DuckDB, or has reader.py or workbook.py read it, and writes its rows, all in one
transaction; pipeline.py does this for every file and keeps the books (tables.py);
deliveries.py tells as of when the data speaks; views.py makes the views that dbt reads
(canonical.py).
"""

from dagster_project.ingest.drops import Drop, DropFile, Refusal, find_drops
from dagster_project.ingest.load import FileReport
from dagster_project.ingest.mapping import (
    CrmMapping,
    Mappings,
    ObjectMapping,
    mapping_files,
    read_mappings,
)
from dagster_project.ingest.pipeline import (
    LoadReport,
    Problem,
    load_drops,
    load_exports,
)
from dagster_project.ingest.tables import create_tables
from dagster_project.ingest.views import create_views

__all__ = [
    "CrmMapping",
    "Drop",
    "DropFile",
    "FileReport",
    "LoadReport",
    "Mappings",
    "ObjectMapping",
    "Problem",
    "Refusal",
    "create_tables",
    "create_views",
    "find_drops",
    "load_drops",
    "load_exports",
    "mapping_files",
    "read_mappings",
]
