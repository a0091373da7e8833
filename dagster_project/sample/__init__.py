"""A believable company's CRM exports, made for trying out, testing and measuring.

Belongs here: the simulation of leads and the people who work them, written as Salesforce and
HubSpot export files straight from DuckDB. Does not belong here: reading exports (ingest).
"""

from dagster_project.sample.build import (
    DEFAULT_END,
    DEFAULT_SEED,
    SampleReport,
    WrittenFile,
    generate,
)
from dagster_project.sample.gaming import KINDS

__all__ = ["DEFAULT_END", "DEFAULT_SEED", "KINDS", "SampleReport", "WrittenFile", "generate"]
