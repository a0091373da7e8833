"""From a number of leads and a seed to folders of export files.

Belongs here: the order of work, chunk by chunk, and the report. The simulation itself is in the
sibling modules.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import duckdb

from dagster_project.errors import UsageError, disk_full
from dagster_project.sample import hubspot, salesforce
from dagster_project.sample.activities import create_activities
from dagster_project.sample.changes import create_changes
from dagster_project.sample.clock import create_arrival_hours, create_workdays, epoch
from dagster_project.sample.company import HUBSPOT, SALESFORCE, Company, Crm
from dagster_project.sample.cycles import create_cycles
from dagster_project.sample.deals import create_deals
from dagster_project.sample.drops import Drop, ExportFile
from dagster_project.sample.gaming import KINDS, delete_pending
from dagster_project.sample.leads import BLOCK, create_leads
from dagster_project.sample.people import create_people
from dagster_project.sample.sql import CHANCE_MACRO, DAY, Chance, create_table, literal

DEFAULT_SEED = 7
DEFAULT_END = datetime(2026, 11, 20, 2, tzinfo=UTC)
CHUNK = 2_000 * BLOCK
MOST_LEADS = 2**27
DAYS_COVERED = 456
_RECENT_DAYS = 120


@dataclass(frozen=True, slots=True)
class _Exporter:
    """How one CRM delivers: its files, its folder names and its dialect of CSV.

    `cut_row` is a row cut short, with the stem of the file that ends in it.
    """

    company_files: Callable[[Drop], Iterator[ExportFile]]
    chunk_files: Callable[[Company, Drop, Chance], Iterator[ExportFile]]
    cut_row: tuple[str, str]
    folder_name: str
    copy_options: str
    ends_at_midnight: bool


EXPORTERS: dict[Crm, _Exporter] = {
    "salesforce": _Exporter(
        salesforce.company_files,
        salesforce.chunk_files,
        salesforce.CUT_ROW,
        folder_name="%Y-%m-%dT%H%M%SZ",
        copy_options="format csv, header true",
        ends_at_midnight=False,
    ),
    # A folder named for a date speaks as of the midnight with which that date begins.
    "hubspot": _Exporter(
        hubspot.company_files,
        hubspot.chunk_files,
        hubspot.CUT_ROW,
        folder_name="%Y-%m-%d",
        copy_options="format csv, header true, force_quote *",
        ends_at_midnight=True,
    ),
}


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One export file: its path, data rows (without the header) and size."""

    path: Path
    rows: int
    size: int


@dataclass(frozen=True, slots=True)
class SampleReport:
    """What was written."""

    leads: int
    files: tuple[WrittenFile, ...]

    @property
    def rows(self) -> int:
        """Data rows in all files."""
        return sum(each.rows for each in self.files)

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(each.size for each in self.files)


def generate(
    out: Path,
    leads: int,
    seed: int = DEFAULT_SEED,
    crm: Literal["salesforce", "hubspot", "both"] = "both",
    end: datetime = DEFAULT_END,
    companies: tuple[Company, ...] = (SALESFORCE, HUBSPOT),
    chunk: int = CHUNK,
    progress: Callable[[Crm, int, int], None] | None = None,
    gaming: Collection[str] = (),
) -> SampleReport:
    """Writes `<out>/<crm>/<drop>/*.csv`: two drops per CRM, a week apart, the last at `end`.

    `leads` is the total; with `crm="both"` three in five come from Salesforce. The same arguments
    give the same bytes on every machine. Leads are made `chunk` at a time (a multiple of 64), which
    bounds memory; with more than one chunk, files come in numbered parts. `progress` is called
    after every chunk with the CRM, the leads written and the leads to write. `gaming` plants what
    the integrity signals look for; by default nobody games anything.

    Raises:
        UsageError: `leads` is out of range, `end` has no time zone, a kind of `gaming` is unknown,
            `out` cannot be written to, or a folder to be written exists.
        ValueError: `chunk` would tear colleagues and duplicates apart.
    """
    if end.tzinfo is None:
        raise UsageError("The end of a sample needs a time zone, for example 2026-11-20T02:00Z.")
    if not 1 <= leads <= MOST_LEADS:
        raise UsageError(f"A sample has between 1 and {MOST_LEADS} leads, not {leads}.")
    for kind in gaming:
        if kind not in KINDS:
            raise UsageError(f"{kind} is no kind of gaming: name some of {', '.join(KINDS)}.")
    if chunk % BLOCK:
        raise ValueError(f"chunk is a multiple of {BLOCK}, not {chunk}")
    wanted = [
        replace(each, gaming=each.gaming.union(kind for kind in KINDS if kind in gaming))
        for each in companies
        if crm in (each.crm, "both")
    ]
    for company in wanted:
        if (out / company.crm).exists():
            raise UsageError(
                f"{out / company.crm} exists already: name another folder, or delete it first."
            )
    shares = _share_out(leads, [each.crm for each in wanted])
    files: list[WrittenFile] = []
    with _beside(out) as made:
        for company in wanted:
            folder = Path(made) / company.crm
            work = _Work(company, folder, shares[company.crm], seed, end, chunk)
            for path, rows in work.write(progress):
                final = out / path.relative_to(made)
                files.append(WrittenFile(final, rows, path.stat().st_size))
        for company in wanted:
            (Path(made) / company.crm).rename(out / company.crm)
    return SampleReport(leads, tuple(files))


def _beside(out: Path) -> TemporaryDirectory[str]:
    """A folder in `out`, to be filled before anything stands under its name."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        return TemporaryDirectory(prefix=".sample-", dir=out)
    except OSError as error:
        raise disk_full(error, out) or UsageError(
            f"{out} cannot be written to ({error.strerror}): name another folder with --out."
        ) from error


def _share_out(leads: int, crms: list[Crm]) -> dict[Crm, int]:
    if len(crms) == 1:
        return {crms[0]: leads}
    salesforce_leads = max(1, leads * 3 // 5)
    return {"salesforce": salesforce_leads, "hubspot": leads - salesforce_leads}


@dataclass(frozen=True, slots=True)
class _Work:
    """One company's exports, from the first table to the last file."""

    company: Company
    folder: Path
    leads: int
    seed: int
    end: datetime
    chunk: int

    def write(self, progress: Callable[[Crm, int, int], None] | None) -> Iterator[tuple[Path, int]]:
        """Writes all files, yields each with its number of data rows."""
        chance = Chance(self.seed, self.company.crm)
        exporter = EXPORTERS[self.company.crm]
        drops = self._drops(exporter)
        for drop in drops:
            (self.folder / drop.folder).mkdir(parents=True)
        with duckdb.connect() as con:
            con.execute(f"set temp_directory = {literal(self.folder.parent / 'tmp')}")
            con.execute("set TimeZone = 'UTC'")
            self._prepare(con, drops[-1], chance)
            for drop in drops:
                yield from self._copy(con, drop, exporter.company_files(drop))
            parts = range(0, self.leads, self.chunk)
            for number, first in enumerate(parts, start=1):
                last = min(first + self.chunk, self.leads)
                self._simulate(con, first, last, chance)
                part = number if len(parts) > 1 else None
                for drop in drops:
                    chunk_files = exporter.chunk_files(self.company, drop, chance)
                    yield from self._copy(con, drop, chunk_files, part)
                if progress is not None:
                    progress(self.company.crm, last, self.leads)

    def _drops(self, exporter: _Exporter) -> tuple[Drop, Drop]:
        until = epoch(self.end)
        if exporter.ends_at_midnight:
            until = until // DAY * DAY
        start = until - DAYS_COVERED * DAY
        middle = until - 7 * DAY

        def name(instant: int) -> str:
            return datetime.fromtimestamp(instant, UTC).strftime(exporter.folder_name)

        return (
            Drop(name(middle), start, None, middle),
            Drop(name(until), start, middle, until),
        )

    def _prepare(self, con: duckdb.DuckDBPyConnection, drop: Drop, chance: Chance) -> None:
        """Creates the tables that every chunk reads."""
        con.execute(CHANCE_MACRO)
        create_arrival_hours(con, self.company, self.leads, drop.start, drop.until)
        create_workdays(con, self.company, drop.start, drop.until)
        create_people(con, self.company, self.leads, chance)
        create_table(con, "source_table", self.company.sources)
        create_table(con, "segment_table", self.company.segments)
        con.execute(
            f"create table present as select {drop.until} as ends_at, "
            f"{drop.until - _RECENT_DAYS * DAY} as recent_from"
        )

    def _simulate(
        self, con: duckdb.DuckDBPyConnection, first: int, last: int, chance: Chance
    ) -> None:
        """Creates the tables of the leads from number `first` up to before `last`."""
        create_leads(con, self.company, first, last, chance)
        create_cycles(con, self.company, chance)
        delete_pending(con, self.company, chance)
        create_deals(con, self.company, chance)
        create_changes(con, self.company, chance)
        create_activities(con, self.company, chance)

    def _copy(
        self,
        con: duckdb.DuckDBPyConnection,
        drop: Drop,
        files: Iterable[ExportFile],
        part: int | None = None,
    ) -> Iterator[tuple[Path, int]]:
        """Writes `files` into the folder of `drop`; the first drop has one row cut short."""
        exporter = EXPORTERS[self.company.crm]
        cut_stem, cut_row = exporter.cut_row
        suffix = "" if part is None else f"_{part:03d}"
        for file in files:
            path = self.folder / drop.folder / f"{file.stem}{suffix}.csv"
            (rows,) = con.execute(
                f"copy ({file.query}) to {literal(path)} ({exporter.copy_options})"
            ).fetchall()[0]
            if file.stem == cut_stem and drop.since is None and part in (None, 1):
                with path.open("a", encoding="utf-8", newline="") as opened:
                    opened.write(cut_row)
                rows += 1
            yield path, int(rows)
