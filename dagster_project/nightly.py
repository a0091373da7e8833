"""The run itself, step by step: load, check, build, check, publish. Dagster knows when, this what.

Belongs here: the order's state (what was loaded, built, found), the lock that lets one run write,
and how a run ends in the history. Does not belong here: assets and metadata (defs), and what people
see while it runs (cli).
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shlex
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import duckdb
from filelock import FileLock, Timeout

from dagster_project import postgres, transform
from dagster_project.building import Builder, building_process
from dagster_project.checking import Checker, checker, raw_tables
from dagster_project.contract import Contract, read_agreement
from dagster_project.errors import (
    BusyError,
    LeadpactError,
    RefusedFilesError,
    RunFailedError,
    UsageError,
    disk_full,
)
from dagster_project.ingest import FileReport, LoadReport, Mappings, deliveries, load_exports
from dagster_project.ingest.drops import find_drops
from dagster_project.ingest.sql import name
from dagster_project.publish import (
    Draft,
    Publication,
    RunRecord,
    history,
    make_draft,
    publish,
)
from dagster_project.publish.versions import current_version
from dagster_project.report import Scorecard, build_scorecard, warm_up
from dagster_project.settings import Settings
from dagster_project.transform import NodeResult
from expectations.model import SuiteResult
from expectations.record import create_tables, write_results
from expectations.run import breaches

if TYPE_CHECKING:
    from dagster_project.publish.postgres import PostgresCopy

# What dbt builds; the contract's seeds it fills anew by itself.
_BUILT = ["staging", "intermediate", "marts", "ops", "restricted"]

_LOCK_WAIT_SECONDS = 10.0
_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS)

Stage = Literal["load", "check", "build", "publish"]
Watch = Callable[["Run", Stage, str], None]


@dataclass
class Run:
    """One run while it goes on: what it was given, and what it has so far."""

    settings: Settings
    contract: Contract
    mappings: Mappings
    record: RunRecord
    builder: Builder
    checker: Checker
    watch: Watch
    forgotten: set[str] = field(default_factory=set)
    load: LoadReport | None = None
    nodes: list[NodeResult] = field(default_factory=list)
    suites: list[SuiteResult] = field(default_factory=list)
    draft: Draft | None = None
    publication: Publication | None = None
    scorecard: Scorecard | None = None
    failure: LeadpactError | None = None

    @property
    def docs_dir(self) -> Path:
        """Where Data Docs are written until they are published."""
        return self.settings.warehouse_file.parent / "data_docs"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What stands before anything is started: a valid agreement and exports that can be read."""

    contract: Contract
    mappings: Mappings
    builder: Builder
    checker: Checker


@contextmanager
def prepare(settings: Settings) -> Iterator[Prepared]:
    """Hold the data directory, read the agreement and the mappings, look at the exports folder.

    Raises UsageError when another run holds it or the exports are unusable, and ContractError with
    every fault; then nothing was started and nothing written.
    """
    with only_run(settings), building_process() as process, checker() as checking:
        contract, mappings = read_agreement(settings.contract)
        find_drops(settings.exports, mappings)
        building = Builder.starting(process, settings, contract)
        yield Prepared(contract, mappings, building, checking)


@contextmanager
def only_run(settings: Settings) -> Iterator[None]:
    """Hold the data directory for one run; the same process may enter again.

    Raises UsageError when another process holds it, or when it cannot be written to.
    """
    file = settings.run_lock
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        # Raw rows are personal data; also DuckDB's log beside the build file, which it may make.
        file.parent.chmod(0o700)
        lock = FileLock(file, timeout=0, is_singleton=True, thread_local=False)
        lock.acquire()
    except Timeout as error:
        raise BusyError(
            f"Another run is writing to {settings.data_dir}: wait until it has ended, or name "
            "another folder with --data-dir."
        ) from error
    except OSError as error:
        raise disk_full(error, settings.data_dir) or UsageError(
            f"{settings.data_dir} cannot be written to ({error.strerror}): make it writable, or "
            "name another folder with --data-dir."
        ) from error
    try:
        yield
    finally:
        lock.release()


def ignore_progress(_run: Run, _stage: Stage, _message: str) -> None:
    """Watch nothing."""


@contextmanager
def one_run(
    settings: Settings,
    run_id: str,
    trigger: str,
    watch: Watch = ignore_progress,
    prepared: Prepared | None = None,
) -> Iterator[Run]:
    """The run from its start to its entry in the history, whatever becomes of it.

    Failures of steps are kept in `Run.failure` by `step`, since Dagster does not pass them on here.
    Raises what `prepare` raises, unless the caller has `prepared` already.
    """
    with nullcontext(prepared) if prepared else prepare(settings) as ready:
        record = RunRecord(
            run_id=run_id,
            trigger=trigger,
            started_at=history.utc_now(),
            leadpact_version=version("leadpact"),
            contract_hash=ready.contract.content_hash,
        )
        with connect(settings.warehouse_file) as connection:
            published = current_version(settings.published_dir)
            history.begin(connection, record, published_run=published)
        run = Run(
            settings, ready.contract, ready.mappings, record, ready.builder, ready.checker, watch
        )
        try:
            yield run
        finally:
            _finish(run)


@contextmanager
def step(run: Run) -> Iterator[None]:
    """Remember why a step failed, in a sentence for people, and let it fail."""
    run.failure = None  # of an attempt that is now made again
    try:
        yield
    except LeadpactError as error:
        run.failure = disk_full(error, run.settings.data_dir) or error
        raise
    except (duckdb.Error, OSError) as error:
        full = disk_full(error, run.settings.data_dir)
        run.failure = full or RunFailedError(_sentence(error))
        raise
    except Exception as error:
        run.failure = RunFailedError(f"The run stopped: {type(error).__name__}: {error}")
        raise
    except BaseException:  # Dagster's word for Ctrl-C and SIGTERM is no KeyboardInterrupt
        run.failure = RunFailedError(history.STOPPED)
        raise


def load(
    run: Run, *, as_of: datetime | None, full_refresh: bool, forget: Sequence[str] = ()
) -> LoadReport:
    """Load what is new in the exports. Raises RefusedFilesError once all else is loaded.

    Deliveries to `forget` (each `crm/name`) are taken back first. Raises UsageError when nothing
    was loaded from one, or when a full refresh would lose another that is no longer there.
    """
    settings = run.settings
    found = fingerprint(settings.exports)  # before loading, so that what arrives meanwhile is new
    with connect(settings.warehouse_file) as connection:
        _take_back(connection, run, forget, full_refresh=full_refresh)
        run.load = load_exports(
            connection,
            settings.exports,
            run.mappings,
            as_of=as_of,
            on_progress=lambda file: run.watch(run, "load", _of_file(file)),
        )
        history.record_load(
            connection,
            run.record.run_id,
            files_new=len(run.load.new),
            files_refused=len(run.load.refused),
        )
        if not run.load.refused:
            create_tables(connection)
    loaded_mark(settings).write_text(found or "", encoding="utf-8")
    if run.load.refused:
        raise RefusedFilesError(run.load.faults, len(run.load.refused))
    return run.load


def build(run: Run) -> Iterator[NodeResult]:
    """dbt's seeds, models and tests as they end.

    Every run builds from nothing. A table that a former run left would be renamed, kept beside the
    new one and dropped again by dbt, which costs more than most models, and that of a model since
    removed would be published for ever.

    Raises RunFailedError when a node failed: the raw tables' own breaches first, if there are any,
    since they are the likely cause.
    """
    run.checker.get_ready()
    with connect(run.settings.warehouse_file) as connection:
        _drop_schemas(connection, "list_contains($built, schema_name)", {"built": _BUILT})
    try:
        for node in run.builder.build():
            run.watch(run, "build", node.name)
            run.nodes.append(node)
            yield node
    except RunFailedError as error:
        suites = run.checker.raw(run.settings.warehouse_file, raw_tables(run.mappings))
        raise RunFailedError("\n".join([*breaches(suites), str(error)])) from error


def check(run: Run) -> list[SuiteResult]:
    """Every suite, on raw and built tables; what it found is written where models read it.

    What does not depend on that is copied for publishing at the same time.
    """
    run.watch(run, "check", "raw tables, leads, cycles and their completeness")
    run.checker.begin(run.settings.warehouse_file, raw_tables(run.mappings))
    # Meanwhile, what can be done before anybody knows what they find.
    run.builder.document()
    warm_up()
    with _writing_to(run.settings.published_dir):
        run.draft = make_draft(
            run.settings.warehouse_file,
            run.settings.published_dir,
            run.record.run_id,
            order_by=transform.primary_keys(json.loads(run.builder.manifest().read_bytes())),
        )
    run.suites = run.checker.found(run.docs_dir)
    with connect(run.settings.warehouse_file) as connection:
        write_results(connection, run.suites, run.record.run_id)
    return run.suites


def publish_build(run: Run) -> Publication:
    """Publish what this run loaded, built and checked.

    Raises RunFailedError when only a part of the run was asked for: nobody vouches for the rest.
    """
    if run.load is None or not run.nodes or run.draft is None:
        raise RunFailedError("Only a whole run is published: start the job nightly.")
    run.watch(run, "publish", "marts")
    run.checker.documented()
    run.builder.documented()
    with _writing_to(run.settings.published_dir):
        run.publication = publish(
            run.settings.warehouse_file,
            run.settings.published_dir,
            run.record,
            draft=run.draft,
            folders={"data_docs": run.docs_dir, "dbt_docs": _dbt_docs(run)},
            complete=lambda version: _make_scorecard(run, version),
        )
    run.settings.keys_file.write_text(json.dumps(run.draft.order_by), encoding="utf-8")
    return run.publication


@contextmanager
def _writing_to(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        # The system names a link's target, or a file within the folder that is being removed.
        if error.errno not in _NOT_WRITABLE:
            raise
        raise RunFailedError(
            f"{folder} cannot be written to ({error.strerror}): make it and all that it holds "
            "writable, and run again."
        ) from error


def copy_to_postgres(run: Run) -> PostgresCopy:
    """Copy what this run published; raises PostgresError, and the files stay published."""
    return postgres.copy_published(
        run.settings, lambda table: run.watch(run, "publish", f"{table} to PostgreSQL")
    )


def _dbt_docs(run: Run) -> Path:
    """dbt's pages, to be moved away: linked, since they are the same until a model is edited."""
    folder = run.settings.warehouse_file.parent / "dbt_docs"
    shutil.rmtree(folder, ignore_errors=True)
    return shutil.copytree(run.builder.docs(), folder, copy_function=_link)


def _link(file: str, link: str) -> None:
    try:
        os.link(file, link)
    except OSError:  # on another disk, or of another owner
        shutil.copyfile(file, link)


def _make_scorecard(run: Run, version: Path) -> None:
    run.watch(run, "publish", "scorecard")
    run.scorecard = build_scorecard(version)


@contextmanager
def connect(warehouse: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The build file, for writing; its folder is made where there is none.

    Someone who reads it for a moment (`leadpact status`) is waited for. Raises RunFailedError when
    the file stays locked, or is no database.
    """
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    give_up = time.monotonic() + _LOCK_WAIT_SECONDS
    while True:
        try:
            connection = duckdb.connect(
                str(warehouse), config={"temp_directory": str(warehouse.parent / "tmp")}
            )
            break
        except duckdb.IOException as error:
            if "Could not set lock" not in str(error) or time.monotonic() > give_up:
                raise RunFailedError(_sentence(error)) from error
            time.sleep(0.2)
    with connection:
        warehouse.chmod(0o600)
        connection.execute("set TimeZone = 'UTC'")
        yield connection


def _finish(run: Run) -> None:
    """Write the run's end; also when it was interrupted, so no run stays `running`."""
    run.builder.process.end()  # who is interrupted at work still holds the build file
    run.checker.process.end()
    if run.draft and not run.publication:
        run.draft.discard()
    failure = run.failure
    outcome: history.Outcome = "published" if run.publication else "failed"
    if not run.publication and isinstance(failure, RefusedFilesError):
        outcome = "refused"
    finished_at = run.publication.published_at if run.publication else history.utc_now()
    message = None if run.publication else str(failure or "The run was stopped.")
    with connect(run.settings.warehouse_file) as connection:
        history.finish(
            connection, run.record.run_id, outcome, finished_at=finished_at, message=message
        )


def fingerprint(exports: Path) -> str | None:
    """Stands for the names, sizes and times of all files in the folder; None when there is none."""
    files = (
        sorted(path for path in exports.rglob("*") if path.is_file()) if exports.is_dir() else []
    )
    if not files:
        return None
    digest = hashlib.sha256()
    for path in files:
        stat = path.stat()
        digest.update(f"{path}|{stat.st_size}|{stat.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def loaded_mark(settings: Settings) -> Path:
    """The file that holds the fingerprint of the exports as the last load found them."""
    return settings.warehouse_file.with_name("exports.fingerprint")


def _take_back(
    connection: duckdb.DuckDBPyConnection, run: Run, forget: Sequence[str], *, full_refresh: bool
) -> None:
    new = [name for name in forget if name not in run.forgotten]  # the step may be made again
    if new:
        deliveries.refuse_unknown(connection, new)
    if full_refresh:
        _refuse_missing_drops(connection, run, forget)
        _forget_loads(connection)
    elif new:
        deliveries.forget(connection, new)
    run.forgotten.update(new)


def _refuse_missing_drops(
    connection: duckdb.DuckDBPyConnection, run: Run, forget: Sequence[str]
) -> None:
    exports = run.settings.exports
    found = deliveries.missing_drops(connection, find_drops(exports, run.mappings))
    missing = [name for name in found if name not in forget]
    if missing:
        was, now, them = ("was", "is", "it") if len(missing) == 1 else ("were", "are", "them")
        options = " ".join(f"--forget {shlex.quote(name)}" for name in missing)
        raise UsageError(
            f"{', '.join(missing)} {was} loaded and {now} no longer in {exports}: put {them} back, "
            f"run without --full-refresh, or add {options} to lose what came with {them} alone."
        )


def _forget_loads(connection: duckdb.DuckDBPyConnection) -> None:
    """Drop all that loading made, so that every file is read anew; the run history stays."""
    _drop_schemas(
        connection, r"schema_name in ('ingest', 'mapped') or schema_name like 'raw\_%' escape '\'"
    )


def _drop_schemas(
    connection: duckdb.DuckDBPyConnection, which: str, values: dict[str, object] | None = None
) -> None:
    schemas = connection.execute(
        "select distinct schema_name from duckdb_schemas() "
        f"where database_name = current_database() and ({which})",
        values,
    ).fetchall()
    for (schema,) in schemas:
        connection.execute(f"drop schema {name(schema)} cascade")


def _of_file(file: FileReport) -> str:
    return f"{file.crm} {file.file}"


def _sentence(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'A file'} cannot be used: {os.strerror(error.errno or 0)}."
    return " ".join(line.strip() for line in str(error).splitlines() if line.strip())
