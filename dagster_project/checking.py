"""The suites of expectations, run in a process of their own beside the run.

Belongs here: that process and what crosses its border. Does not belong here: what the suites say
and how they are evaluated (expectations).

Great Expectations takes three seconds to import. On a second core they pass while files are loaded
and models built; in the same process they would be added to every run.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from dagster_project.ingest import Mappings
from dagster_project.workers import Line, Worker, worker
from expectations.model import SuiteResult
from expectations.raw import RawTable

# In the checking process: what was found, with what only the pages need.
_found: list[SuiteResult] = []


@dataclass(frozen=True)
class Checker:
    """The checking process. Nobody else may have the build file open while it checks."""

    process: Worker

    def get_ready(self) -> None:
        """Import Great Expectations while the caller goes on."""
        self.process.begin(_warm_up)

    def raw(self, warehouse: Path, tables: Sequence[RawTable]) -> list[SuiteResult]:
        """The structural suites on the raw tables; raises RunFailedError if one cannot be run."""
        return self.process.call(_check_raw, warehouse, tuple(tables))

    def begin(self, warehouse: Path, tables: Sequence[RawTable]) -> None:
        """Evaluate every suite, on raw and built tables, while the caller reads the file too."""
        self.process.begin(_check_all, warehouse, tuple(tables))

    def found(self, docs_dir: Path) -> list[SuiteResult]:
        """What the suites that were begun found; their Data Docs are written meanwhile.

        `documented` waits for those. Raises RunFailedError if one could not be run.
        """
        found: list[SuiteResult] = self.process.finish()
        self.process.begin(_document, docs_dir)
        return found

    def documented(self) -> None:
        """Wait until Data Docs are written."""
        self.process.finish()


@contextmanager
def checker() -> Iterator[Checker]:
    """A checking process, started by its first call."""
    with worker("checks expectations") as process:
        yield Checker(process)


def raw_tables(mappings: Mappings) -> list[RawTable]:
    """Every raw table the mappings declare, as the suites on raw tables want them."""
    return [
        RawTable(
            crm=mapping.crm,
            object=name,
            schema=mapping.raw_schema,
            key=entry.key_columns,
            required=entry.required_columns,
        )
        for mapping in mappings
        for name, entry in mapping.objects.items()
    ]


def _warm_up(_line: Line) -> None:
    from expectations.adapter import import_great_expectations

    import_great_expectations()


def _check_raw(_line: Line, warehouse: Path, tables: Sequence[RawTable]) -> list[SuiteResult]:
    from expectations import raw
    from expectations.run import run_suites

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        suites = raw.suites(connection, tables)
    return _without_pages(run_suites(warehouse, suites))


def _check_all(_line: Line, warehouse: Path, tables: Sequence[RawTable]) -> list[SuiteResult]:
    from expectations import completeness, raw, unified
    from expectations.run import run_suites

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        suites = [
            *raw.suites(connection, tables),
            *unified.suites(connection),
            *completeness.suites(connection),
        ]
    _found[:] = run_suites(warehouse, suites)
    return _without_pages(_found)


def _document(_line: Line, docs_dir: Path) -> None:
    from expectations.docs import build_data_docs

    build_data_docs(_found, docs_dir)


def _without_pages(results: Sequence[SuiteResult]) -> list[SuiteResult]:
    """Great Expectations' own results stay here: only its pages need them, and they are large."""
    return [replace(result, validation=None) for result in results]
