"""The suites of expectations, run in a process of their own beside the run.

Belongs here: that process and what crosses its border. Does not belong here: what the suites say
and how they are evaluated (expectations).

Great Expectations takes three seconds to import. On a second core they pass while files are loaded
and models built; in the same process they would be added to every run.
"""

from __future__ import annotations

import atexit
import multiprocessing
import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from dagster_project.errors import RunFailedError
from dagster_project.ingest import Mappings
from expectations.model import SuiteResult
from expectations.raw import RawTable

# In the checking process: what was found so far, with what only the pages need.
_found: list[SuiteResult] = []


@dataclass(frozen=True)
class Checker:
    """The checking process. Nobody else may have the build file open while it checks."""

    process: ProcessPoolExecutor

    def raw(self, warehouse: Path, tables: Sequence[RawTable]) -> list[SuiteResult]:
        """The structural suites on the raw tables; raises RunFailedError if one cannot be run."""
        return self._call(_check_raw, warehouse, tuple(tables))

    def built(self, warehouse: Path, docs_dir: Path) -> list[SuiteResult]:
        """The suites on the built tables, and Data Docs of these and of the raw ones."""
        return self._call(_check_built, warehouse, docs_dir)

    def _call(self, function, *arguments) -> list[SuiteResult]:  # type: ignore[no-untyped-def]
        try:
            return self.process.submit(function, *arguments).result()
        except BrokenProcessPool as error:
            raise RunFailedError(
                "The process that checks expectations died; the machine may be out of memory."
            ) from error


@contextmanager
def checker() -> Iterator[Checker]:
    """A checking process that is importing Great Expectations while the caller goes on."""
    # Not forked: a fork inherits the locks of DuckDB's and Dagster's threads as they stand.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(max_workers=1, mp_context=context, initializer=_warm_up) as process:
        process.submit(_ready)  # the process starts with its first task
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


def _warm_up() -> None:
    # Registered first, so called last: what Great Expectations keeps alive past the interpreter's
    # end makes DuckDB's extension print forty lines about leaks on the run's stderr.
    atexit.register(os._exit, 0)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from expectations.adapter import import_great_expectations

    import_great_expectations()


def _end_with_parent() -> None:
    """A run that is killed cannot end its helper, which would wait for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _ready() -> None:
    """Nothing: being called means that the process has warmed up."""


def _check_raw(warehouse: Path, tables: Sequence[RawTable]) -> list[SuiteResult]:
    from expectations import raw
    from expectations.run import run_suites

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        suites = raw.suites(connection, tables)
    return _keep(run_suites(warehouse, suites))


def _check_built(warehouse: Path, docs_dir: Path) -> list[SuiteResult]:
    from expectations import completeness, unified
    from expectations.docs import build_data_docs
    from expectations.run import run_suites

    with duckdb.connect(str(warehouse), read_only=True) as connection:
        suites = [*unified.suites(connection), *completeness.suites(connection)]
    built = _keep(run_suites(warehouse, suites))
    build_data_docs(_found, docs_dir)
    return built


def _keep(results: list[SuiteResult]) -> list[SuiteResult]:
    """Great Expectations' own results stay here: only its pages need them, and they are large."""
    _found.extend(results)
    return [replace(result, validation=None) for result in results]
