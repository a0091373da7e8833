"""The whole of loading: every new file of every drop, then what follows from all of them.

Belongs here: the order of things, what is known already, and the bookkeeping that concerns more
than one file (deliveries, problems, `as_of`). Does not belong here: one file's rows (load.py).

Each file is one transaction. A process that is killed leaves whole files behind it and nothing of
the one it was in; the next run loads the rest and comes to the same tables.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import duckdb

from dagster_project.errors import Fault
from dagster_project.ingest import deliveries, load, sql, tables
from dagster_project.ingest.drops import (
    MANIFEST,
    STOPPED,
    WORKBOOK_SUFFIX,
    Drop,
    DropFile,
    RefusedError,
    find_drops,
    open_file,
    to_utc,
)
from dagster_project.ingest.load import FileReport, Incoming
from dagster_project.ingest.mapping import CrmMapping, Mappings
from dagster_project.ingest.reader import BadRow
from dagster_project.ingest.scan import Scan, scan
from dagster_project.ingest.tables import RawColumns
from dagster_project.ingest.views import create_views


@dataclass(frozen=True)
class Problem:
    """A load-level problem that stops nothing; a row of `ingest.problems`."""

    crm: str
    object: str | None
    field: str | None
    problem: str
    raw_value: str | None = None

    @property
    def row(self) -> tuple[str | None, ...]:
        """As the table has it; no load-level problem concerns a single record."""
        return (self.crm, self.object, None, self.field, self.problem, self.raw_value)


@dataclass
class LoadReport:
    """What a load did, for people and for Dagster's metadata."""

    as_of: datetime | None = None
    files: list[FileReport] = field(default_factory=list)
    drops: list[Drop] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def new(self) -> list[FileReport]:
        """Files loaded now for the first time."""
        return [file for file in self.files if file.status == "loaded"]

    @property
    def known(self) -> list[FileReport]:
        """Files whose content had been loaded before."""
        return [file for file in self.files if file.status == "known"]

    @property
    def refused(self) -> list[FileReport]:
        """Files nothing of which was loaded."""
        return [file for file in self.files if file.status == "refused"]

    @property
    def warnings(self) -> list[str]:
        """The problems as sentences."""
        return [problem.problem for problem in self.problems]

    @property
    def faults(self) -> list[Fault]:
        """The refused files, for RefusedFilesError; a wrong manifest speaks for all of its drop."""
        reasons = (
            (file.file, (file.error or "").removeprefix(f"{file.file} ")) for file in self.refused
        )
        return [Fault(name, reason) for name, reason in reasons if reason != STOPPED]

    def of(self, crm: str, object_name: str) -> list[FileReport]:
        """The files of one object, as one raw asset shows them."""
        return [f for f in self.files if (f.crm, f.object) == (crm, object_name)]


Progress = Callable[[FileReport], None]


def load_exports(
    connection: duckdb.DuckDBPyConnection,
    exports: Path,
    mappings: Mappings,
    *,
    as_of: datetime | None = None,
    now: datetime | None = None,
    on_progress: Progress | None = None,
) -> LoadReport:
    """Loads every file under `exports` that is not known yet and brings the bookkeeping up to date.

    `as_of` replays the past; without it, it is the newest instant of the drops that said something.
    `now` stands for the machine's clock (UTC without zone), which only warns of misdated drops.
    `on_progress` is called after each file. Refused files are in the report, everything else is
    loaded: the caller decides that the run has failed.

    Raises UsageError when the exports folder itself is unusable; then nothing was written.
    """
    started = time.perf_counter()
    drops = find_drops(exports, mappings)
    columns = tables.create_tables(connection, mappings)
    report = LoadReport(drops=drops)
    for file in load_drops(connection, drops, mappings, columns):
        report.files.append(file)
        if on_progress is not None:
            on_progress(file)
    create_views(connection, mappings, columns)
    connection.execute("begin")
    _write_deliveries(connection, drops, report.files)
    _forget_mended(connection, report.refused)
    report.problems = [
        *_misdated(connection, now or _utc_now()),
        *_drop_problems(drops, mappings),
        *_file_problems(connection, report.files),
        *_undeclared_columns(connection, mappings, columns),
    ]
    _replace(connection, "ingest.problems", [p.row for p in report.problems])
    report.as_of = to_utc(as_of) if as_of is not None else deliveries.newest_instant(connection)
    _replace(connection, "ingest.run_context", [(report.as_of,)])
    connection.execute("commit")
    report.seconds = time.perf_counter() - started
    return report


def load_drops(
    connection: duckdb.DuckDBPyConnection,
    drops: list[Drop],
    mappings: Mappings,
    columns: RawColumns,
) -> Iterator[FileReport]:
    """Loads the files of `drops` in their order, yielding each one's report.

    `columns` are those of all raw tables, as create_tables returns them; kept up to date.
    """
    ledger = _Ledger(connection, columns)
    with _scratch(connection) as scratch:
        for drop in drops:
            for refusal in drop.refusals:
                started = time.perf_counter()
                yield ledger.refuse(drop, refusal.object, refusal.name, refusal.reason, "", started)
            for file in drop.files:
                yield ledger.load(drop, mappings.crms[drop.crm], file, scratch)


@contextmanager
def _scratch(connection: duckdb.DuckDBPyConnection) -> Iterator[Path]:
    """A folder for copies of delivered files, beside those that DuckDB makes itself.

    Not the system's: it may be small, and other people's. One process writes to a database, so the
    folder's name is always the same, and what a killed run left is gone with the next file.
    """
    ((temporary,),) = connection.execute("select current_setting('temp_directory')").fetchall()
    folder = Path(temporary) / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


class _Ledger:
    """What the database holds, kept while files are loaded so that no file has to ask again."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, columns: RawColumns) -> None:
        self.connection = connection
        self.columns = columns
        rows = connection.execute(
            "select load_id, status, error, rows_in_file, rows_loaded, rows_quarantined"
            " from ingest.loads"
        ).fetchall()
        self.loads = {row[0]: row[1:] for row in rows}

    def load(self, drop: Drop, mapping: CrmMapping, file: DropFile, scratch: Path) -> FileReport:
        """One file in one transaction; `scratch` is emptied."""
        started = time.perf_counter()
        sha256 = ""
        for leftover in scratch.iterdir():
            leftover.unlink()
        try:
            before = _stamp(file.path)
            path, facts = _fetch(file, scratch)
            sha256 = facts.sha256
            identity = load.load_id(drop.crm, file.object, sha256)
            status, _, *counts = self.loads.get(identity, ("", None))
            if status == "loaded":
                return _report(drop, file.object, file.name, sha256, "known", counts, started)
            # Outside the transaction, which a row refused by DuckDB's reader would abort.
            incoming, rejected = self._read(mapping, file, path, facts, scratch)
            if _stamp(file.path) != before:
                raise RefusedError("changed while it was read; run again once it is whole")
        except RefusedError as error:
            return self.refuse(drop, file.object, file.name, str(error), sha256, started)
        self.connection.execute("begin")
        try:
            table = (mapping.raw_schema, file.object)
            loaded, columns = load.store(
                self.connection,
                tables.raw_table(mapping, file.object),
                self.columns[table],
                incoming,
                len(rejected),
                (file.name, identity, drop.exported_at),
            )
            entry = mapping.objects[file.object]
            unread = [load.identified(mapping, entry, incoming.columns, b) for b in incoming.bad]
            bad = unread + rejected
            load.quarantine(self.connection, identity, bad)
            load.note_repeated(self.connection, identity, file.name, incoming.repeated)
            counts = [loaded + len(bad), loaded, len(bad)]
            report = _report(drop, file.object, file.name, sha256, "loaded", counts, started)
            self._record(drop, report)
            self.connection.execute("commit")
        except BaseException:
            with suppress(duckdb.TransactionException):  # a failed commit has ended it already
                self.connection.execute("rollback")
            raise
        self.columns[table] = columns
        return report

    def _read(
        self, mapping: CrmMapping, file: DropFile, path: Path, facts: Scan, scratch: Path
    ) -> tuple[Incoming, list[BadRow]]:
        """The file's rows, and those of them that must not be loaded."""
        entry = mapping.objects[file.object]
        if file.suffix == WORKBOOK_SUFFIX:
            incoming = load.read_workbook(self.connection, path, mapping, entry, scratch)
        else:
            incoming = load.read_text(self.connection, path, facts, entry, scratch)
        return incoming, load.settle(self.connection, mapping, entry, incoming)

    def refuse(
        self, drop: Drop, object_name: str, name: str, reason: str, sha256: str, started: float
    ) -> FileReport:
        """Records a file of which nothing is loaded."""
        report = _report(
            drop, object_name, name, sha256, "refused", [0, 0, 0], started, f"{name} {reason}"
        )
        if self.loads.get(report.load_id, ())[:2] != ("refused", report.error):
            self._record(drop, report)
        return report

    def _record(self, drop: Drop, report: FileReport) -> None:
        status = "refused" if report.status == "refused" else "loaded"
        counts = (report.rows_in_file, report.loaded, report.quarantined)
        self.connection.execute(
            "insert or replace into ingest.loads values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                report.load_id,
                report.crm,
                report.object,
                report.file,
                report.sha256,
                *counts,
                drop.exported_at,
                _utc_now(),
                status,
                report.error,
            ],
        )
        self.loads[report.load_id] = (status, report.error, *counts)


def _utc_now() -> datetime:
    """UTC without zone, to the second."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


def _stamp(path: Path) -> tuple[int, int] | None:
    """Size and modification time: a file that is still being copied changes them."""
    try:
        found = path.stat()
    except OSError:  # opening it tells why
        return None
    return found.st_size, found.st_mtime_ns


def _fetch(file: DropFile, scratch: Path) -> tuple[Path, Scan]:
    """Where the file's bytes lie, unpacked from a zip if need be, and the facts about them."""
    with open_file(file) as stream:
        if file.member is None:
            return file.path, scan(stream)
        path = scratch / f"member{file.suffix}"
        with path.open("wb") as copy:
            return path, scan(stream, copy)


def _report(
    drop: Drop,
    object_name: str,
    name: str,
    sha256: str,
    status: Literal["loaded", "known", "refused"],
    counts: list[int],
    started: float,
    error: str | None = None,
) -> FileReport:
    # Every refused file is a refusal of its own, also where two hold the same.
    content = f"unread {name}" if status == "refused" else sha256
    return FileReport(
        crm=drop.crm,
        object=object_name,
        file=name,
        drop=drop.name,
        load_id=load.load_id(drop.crm, object_name, content),
        sha256=sha256,
        rows_in_file=counts[0],
        loaded=counts[1],
        quarantined=counts[2],
        status=status,
        error=error,
        seconds=time.perf_counter() - started,
    )


def _forget_mended(connection: duckdb.DuckDBPyConnection, refused: list[FileReport]) -> None:
    """Removes refusals of files that were corrected since or are no longer delivered."""
    mended = connection.execute(
        "select list(load_id) from ingest.loads"
        " where status = 'refused' and load_id not in (select unnest(?::varchar[]))",
        [[file.load_id for file in refused]],
    ).fetchall()[0][0]
    for table in ("ingest.loads", "ingest.deliveries") if mended else ():
        connection.execute(
            f"delete from {table} where load_id in (select unnest(?::varchar[]))", [mended]
        )


_Delivery = tuple[str, str, str, str, datetime, str, str, bool]


def _write_deliveries(
    connection: duckdb.DuckDBPyConnection, drops: list[Drop], files: list[FileReport]
) -> None:
    """One row per file of each drop on disk; what earlier runs saw of other drops stays.

    Per object and drop the rows are replaced as a whole, so a file that was refused and then
    corrected leaves no trace of incompleteness.
    """
    by_name = {(drop.crm, drop.name): drop for drop in drops}
    incomplete = {(f.crm, f.drop, f.object) for f in files if f.status == "refused"}
    wanted: dict[tuple[str, str, str, datetime], set[_Delivery]] = {}
    for f in files:
        drop = by_name[f.crm, f.drop]
        is_complete = (f.crm, f.drop, f.object) not in incomplete
        group = (f.crm, f.object, f.drop, drop.exported_at)
        row = (f.crm, f.object, f.drop, f.file, drop.exported_at, drop.mode, f.load_id, is_complete)
        wanted.setdefault(group, set()).add(row)
    there: dict[tuple[str, str, str, datetime], set[_Delivery]] = {}
    for row in connection.execute(f"select {_DELIVERY} from ingest.deliveries").fetchall():
        there.setdefault((row[0], row[1], row[2], row[4]), set()).add(row)
    changed = [group for group, rows in wanted.items() if there.get(group) != rows]
    if not changed:
        return
    outdated = [list(values) for values in zip(*changed, strict=True)]
    connection.execute(
        "delete from ingest.deliveries where (crm, object, drop_name, exported_at) in"
        " (select unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[]),"
        " unnest(?::timestamp[]))",
        outdated,
    )
    rows = sorted(row for group in changed for row in wanted[group])
    _insert(connection, f"ingest.deliveries ({_DELIVERY})", rows)


_DELIVERY = "crm, object, drop_name, file_name, exported_at, mode, load_id, is_complete"


# Load-level problems are listed as things stand now: those put right are gone from the list.


def _misdated(connection: duckdb.DuckDBPyConnection, now: datetime) -> Iterator[Problem]:
    """Drops of a day that has not come: loaded ones too that are no longer delivered."""
    for crm, name, sentence in deliveries.dated_ahead(connection, now):
        yield Problem(crm, None, "exported_at", sentence, name)


def _drop_problems(drops: list[Drop], mappings: Mappings) -> Iterator[Problem]:
    for drop in drops:
        if drop.files and not drop.is_dated:
            sentence = (
                f"{drop.crm}/{drop.name} has neither {MANIFEST} nor a date in its name; its"
                " modification time stands for the instant of its export"
            )
            yield Problem(drop.crm, None, None, sentence, drop.name)
        if not (drop.files or drop.refusals or drop.unmatched):
            sentence = f"{drop.crm}/{drop.name} is empty; nothing was read from it"
            yield Problem(drop.crm, None, None, sentence, drop.name)
        for name in drop.unmatched:
            names = ", ".join(mappings.crms[drop.crm].objects)
            sentence = f"{name} belongs to no object of the mapping ({names}) and was not read"
            yield Problem(drop.crm, None, None, sentence, name)


def _file_problems(
    connection: duckdb.DuckDBPyConnection, files: list[FileReport]
) -> Iterator[Problem]:
    """What was noted when the files now delivered were loaded."""
    rows = connection.execute(
        "select crm, object, field, problem from ingest.file_problems join ingest.loads"
        " using (load_id) where list_contains(?, load_id) order by all",
        [[file.load_id for file in files]],
    ).fetchall()
    for row in rows:
        yield Problem(*row)


def _undeclared_columns(
    connection: duckdb.DuckDBPyConnection, mappings: Mappings, columns: RawColumns
) -> Iterator[Problem]:
    for mapping in mappings:
        for object_name, entry in mapping.objects.items():
            undeclared = entry.undeclared(columns[mapping.raw_schema, object_name])
            table = tables.raw_table(mapping, object_name)
            for column in undeclared:
                if _is_delivered(connection, table, column):
                    sentence = (
                        f"the column {column} of {object_name} is not in the mapping; it is kept in"
                        f" {mapping.raw_schema}.{object_name} and used nowhere"
                    )
                    yield Problem(mapping.crm, object_name, column, sentence)


def _is_delivered(connection: duckdb.DuckDBPyConnection, table: str, column: str) -> bool:
    """False for a column that an earlier mapping declared and no file ever had."""
    row = connection.execute(
        f"select exists (from {table} where {sql.name(column)} is not null)"
    ).fetchone()
    return bool(row and row[0])


def _replace(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple]) -> None:
    """Makes `rows` the whole content of `table`; writes nothing where they are that already."""
    if connection.execute(f"select * from {table}").fetchall() == rows:
        return
    connection.execute(f"delete from {table}")
    _insert(connection, table, rows)


def _insert(connection: duckdb.DuckDBPyConnection, table: str, rows: list[tuple]) -> None:
    if rows:
        places = ", ".join("?" for _ in rows[0])
        connection.executemany(f"insert into {table} values ({places})", rows)
