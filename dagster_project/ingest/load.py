"""One delivered file into its raw table, in one transaction, every row accounted for.

Belongs here: reading a file into a temporary table (DuckDB's reader where it can be trusted, the
careful reader or the workbook reader elsewhere), setting rows aside that have no id or contradict
one another, writing raw rows, quarantine and the load's own row. Does not belong here: finding
files (drops.py) and what concerns more than one file (pipeline.py).

How far DuckDB's reader is trusted: the file must be clean UTF-8 with its header on the first line,
the reader must accept every row in strict mode, and the rows it returns, with the line ends inside
their cells, must account for every physical line. Anything else is read again, carefully.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import duckdb

from dagster_project.ingest import sql, views, workbook
from dagster_project.ingest.dialect import FOOTER, Dialect, find_dialect
from dagster_project.ingest.drops import RefusedError
from dagster_project.ingest.mapping import CrmMapping, ObjectMapping
from dagster_project.ingest.reader import BadRow, read_carefully
from dagster_project.ingest.scan import (
    Scan,
    encoding_of,
    is_binary,
    raw_records,
    scan,
    transcode,
)

# An empty cell must stay '' and not become null; read_csv needs some text to stand for null.
_NO_NULL = "\x01no text of any export\x01"
_LONGEST_LINE = 2_000_000
"""Bytes of a line that read_csv takes without being told to make room for more."""

Raw = Callable[[dict[int, int]], dict[int, str]]


@dataclass(frozen=True)
class FileReport:
    """What became of one delivered file. Rows: `rows_in_file` = `loaded` + `quarantined`."""

    crm: str
    object: str
    file: str
    """Relative to the exports folder."""
    drop: str
    load_id: str
    sha256: str
    rows_in_file: int
    loaded: int
    quarantined: int
    status: Literal["loaded", "known", "refused"]
    error: str | None
    seconds: float


@dataclass(frozen=True)
class Incoming:
    """A file's rows in the temporary table `incoming`, cells as c0, c1, …

    `rows` is SQL of a table of them with `_row`, and with the physical line each starts on
    (`_line`) and the lines it spans (`_span`). `raw` fetches the raw text of records.
    """

    columns: tuple[str, ...]
    unnamed: tuple[int, ...]
    rows: str
    bad: list[BadRow]
    raw: Raw
    repeated: tuple[str, ...]
    """Declared columns that the header holds more than once."""


KEY_SEPARATOR = " / "
"""Between the parts of a record's id where several cells make it."""

_ROWS = "(select *, rowid as _row from incoming)"


def load_id(crm: str, object_name: str, content: str) -> str:
    """16 hexadecimal digits, the same for the same content of the same object, always."""
    return hashlib.sha256(f"{crm}|{object_name}|{content}".encode()).hexdigest()[:16]


def read_text(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    facts: Scan,
    entry: ObjectMapping,
    scratch: Path,
) -> Incoming:
    """Reads a text file into `incoming`. Raises RefusedError where it cannot be taken at all."""
    with path.open("rb", buffering=0) as stream:
        encoding = encoding_of(facts, stream)
        if encoding != "utf-8":
            source, path = stream, scratch / "utf8.csv"
            source.seek(0)
            transcode(source, encoding, path)
            with path.open("rb", buffering=0) as copy:
                facts = scan(copy)
    # A character cut in half at the end of the head must not look like a damaged one.
    try:
        dialect = find_dialect(facts.head.decode("utf-8-sig", "replace"), entry)
    except RefusedError as error:
        if is_binary(facts.head):
            raise RefusedError("is not text (binary data); export it as .csv or .xlsx") from error
        raise
    incoming = _fast(connection, path, facts, dialect) if _is_trusted(facts, dialect) else None
    return incoming or _careful(connection, path, dialect, scratch)


def _is_trusted(facts: Scan, dialect: Dialect) -> bool:
    tail = facts.tail.decode("utf-8", "replace")
    return (
        facts.is_utf8
        and not facts.has_nul
        and not dialect.is_wrapped
        and (dialect.header_line, dialect.data_line) == (1, 2)
        and not any(FOOTER.match(line.lstrip('" ')) for line in re.split(r"[\r\n]+", tail))
    )


def _fast(
    connection: duckdb.DuckDBPyConnection, path: Path, facts: Scan, dialect: Dialect
) -> Incoming | None:
    """Reads with DuckDB; None where its reader refuses a row or its rows do not add up.

    The temporary table keeps the file's order, so a row's line is its position and the line ends
    inside the cells before it.
    """
    cells = [f"c{i}" for i in range(dialect.width)]
    columns = dict.fromkeys(cells, "varchar")
    try:
        _fill(connection, _read_csv(path, columns, dialect.delimiter, "skip = 1"))
    except duckdb.Error:
        return None
    accounted = _one(connection, "select count(*) from incoming")[0]
    line, span = "rowid + 2", "1"
    if accounted != facts.lines - 1:  # line ends inside cells, blank lines, or worse
        _fill(connection, _with_line_ends(cells))
        accounted += _one(connection, "select coalesce(sum(_ends), 0) from incoming")[0]
        if accounted != facts.lines - 1 or _may_have_swallowed(
            connection, cells, dialect.delimiter
        ):
            return None
        so_far = "sum(_ends) over (rows between unbounded preceding and current row)"
        line, span = f"rowid + 2 + {so_far} - _ends", "1 + _ends"
    return Incoming(
        columns=dialect.columns[: dialect.width],
        unnamed=tuple(i for i in dialect.unnamed if i < dialect.width),
        rows=f"(select *, rowid as _row, ({line})::bigint as _line, {span} as _span from incoming)",
        bad=[],
        raw=lambda spans: raw_records(path, spans),
        repeated=dialect.repeated,
    )


def _with_line_ends(cells: list[str]) -> str:
    """`incoming` with `_ends`, the line ends in a row's cells: LF, CRLF and lone CR count one each.

    Over the joined cells: an expression per cell took longer to plan than a small file to read.
    """
    return (
        "(select * exclude (_text), case when contains(_text, chr(10)) or contains(_text, chr(13))"
        " then len(regexp_extract_all(_text, '\\r\\n|\\r|\\n')) else 0 end as _ends"
        f" from (select *, concat_ws('|', {', '.join(cells)}) as _text from incoming))"
    )


def _may_have_swallowed(
    connection: duckdb.DuckDBPyConnection, cells: list[str], delimiter: str
) -> bool:
    """Whether a cell holds a line with as many delimiters as a row: two stray quotes may have
    swallowed the rows between them. The careful reader decides.
    """
    d = re.escape(delimiter)
    row = rf"[\r\n](?:[^\r\n{d}]*{d}){{{len(cells) - 1}}}[^\r\n{d}]*[\r\n]"
    found = " or ".join(f"regexp_matches({cell}, {sql.text(row)})" for cell in cells)
    statement = f"select exists (from incoming where _ends > 1 and ({found}))"
    return bool(_one(connection, statement)[0])


def _careful(
    connection: duckdb.DuckDBPyConnection, path: Path, dialect: Dialect, scratch: Path
) -> Incoming:
    clean = scratch / "clean.csv"
    reading = read_carefully(path, dialect, clean)
    _load_clean(connection, clean, dialect.width, reading.rows, reading.longest)
    return Incoming(
        columns=dialect.columns[: dialect.width],
        unnamed=tuple(i for i in dialect.unnamed if i < dialect.width),
        rows=_ROWS,
        bad=reading.bad,
        raw=lambda spans: raw_records(path, spans),
        repeated=dialect.repeated,
    )


def _load_clean(
    connection: duckdb.DuckDBPyConnection, clean: Path, width: int, rows: int, longest: int
) -> None:
    """Loads a clean file of `line,span,"cell",...` rows into `incoming`."""
    cells = [f"c{i}" for i in range(width)]
    options = "new_line = '\\n'"
    if longest * 4 > _LONGEST_LINE:  # a character has up to four bytes
        room = longest * 4 + 1000
        options += f", max_line_size = {room}, buffer_size = {room + 32_000_000}"
    columns = {"_line": "bigint", "_span": "bigint"} | dict.fromkeys(cells, "varchar")
    if rows:
        _fill(connection, _read_csv(clean, columns, ",", options))
    else:  # read_csv takes no empty file
        empty = ", ".join(f"null::{kind} as {column}" for column, kind in columns.items())
        _fill(connection, f"(select {empty} where false)")
    loaded = _one(connection, "select count(*) from incoming")[0]
    if loaded != rows:
        raise RuntimeError(f"{loaded} rows came back from a clean file of {rows}")


def _read_csv(path: Path, columns: dict[str, str], delimiter: str, options: str) -> str:
    """A read_csv that guesses nothing. Names of files may hold wildcards: they are escaped."""
    literal = re.sub(r"([*?\[])", r"[\1]", str(path))
    types = ", ".join(f"{sql.text(column)}: '{kind}'" for column, kind in columns.items())
    return (
        f"read_csv({sql.text(literal)}, columns = {{{types}}}, delim = {sql.text(delimiter)},"
        " quote = '\"', escape = '\"', header = false, auto_detect = false, strict_mode = true,"
        f" nullstr = [{sql.text(_NO_NULL)}], {options})"
    )


def _fill(connection: duckdb.DuckDBPyConnection, source: str) -> None:
    connection.execute(f"create or replace temp table incoming as select * from {source}")


def read_workbook(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    mapping: CrmMapping,
    entry: ObjectMapping,
    scratch: Path,
) -> Incoming:
    """Reads an .xlsx file into `incoming`. Raises RefusedError where it cannot be taken."""
    clean = scratch / "clean.csv"
    reading, header = workbook.read_workbook(path, entry, clean, mapping.decimal)
    _load_clean(connection, clean, len(header.columns), reading.rows, reading.longest)
    cells = ", ".join(f"c{i}" for i in range(len(header.columns)))

    def raw(spans: dict[int, int]) -> dict[int, str]:
        found = connection.execute(
            f"select _line, concat_ws(chr(9), {cells}) from incoming"
            " where _line in (select unnest(?))",
            [list(spans)],
        ).fetchall()
        return dict(found)

    return Incoming(header.columns, header.unnamed, _ROWS, reading.bad, raw, header.repeated)


def settle(
    connection: duckdb.DuckDBPyConnection,
    mapping: CrmMapping,
    entry: ObjectMapping,
    incoming: Incoming,
) -> list[BadRow]:
    """The rows that have no id or contradict another, which are put into the table `rejected`."""
    connection.execute(
        "create or replace temp table rejected (_row bigint, line bigint, span bigint, reason text,"
        " record_id text)"
    )
    cells = {column.casefold(): f"c{i}" for i, column in enumerate(incoming.columns)}
    is_salesforce = _has_salesforce_ids(mapping, entry)
    key = [
        _key_part([cells[c.casefold()] for c in columns if c.casefold() in cells], is_salesforce)
        for columns in entry.key_columns
    ]
    if not key:
        return []
    is_blank = " or ".join(f"{part} = ''" for part in key)
    parts = ", ".join(key)
    blank, repeated = _one(
        connection,
        "select count(*) filter (where _blank),"
        " count(*) filter (where not _blank) - count(distinct _key) filter (where not _blank)"
        f" from (select {is_blank} as _blank, concat_ws(chr(31), {parts}) as _key from incoming)",
    )
    if not blank and not repeated:
        return []
    if blank:
        columns = ", ".join(names[0] for names in entry.key_columns)
        connection.execute(
            "insert into rejected select _row, _line, _span, ?::varchar, null"
            f" from {incoming.rows} where {is_blank}",
            [f"has no id (column {columns} is blank)"],
        )
    if repeated:
        modified = [cells[c.casefold()] for c in entry.modified_columns if c.casefold() in cells]
        _reject_contradictions(connection, mapping, incoming, key, modified)
    rows = connection.execute(
        "select line, span, reason, record_id from rejected order by line"
    ).fetchall()
    texts = incoming.raw({line: span for line, span, *_ in rows})
    return [
        BadRow(line, reason, texts[line], record_id=identity) for line, _, reason, identity in rows
    ]


def identified(
    mapping: CrmMapping, entry: ObjectMapping, columns: tuple[str, ...], bad: BadRow
) -> BadRow:
    """A row that does not read, with its record's id where the cells before its fault hold it.

    As the key of a row that reads: Salesforce's ids cut to 15 characters, parts joined by ` / `.
    """
    certain = {
        column.casefold(): cell.strip() for column, cell in zip(columns, bad.certain, strict=False)
    }
    delivered = {column.casefold() for column in columns}
    parts = []
    for names in entry.key_columns:
        # A spelling that is in the header and beyond the fault may be the one that is filled.
        there = [n.casefold() for n in names if n.casefold() in delivered]
        filled = next((certain.get(name) for name in there if certain.get(name) != ""), None)
        if not filled or any(map(_is_damaged, filled)):
            return bad
        parts.append(filled[:15] if _has_salesforce_ids(mapping, entry) else filled)
    return replace(bad, record_id=KEY_SEPARATOR.join(parts)) if parts else bad


def _is_damaged(character: str) -> bool:
    return character == "\0" or "\ud800" <= character <= "\udfff"


def _has_salesforce_ids(mapping: CrmMapping, entry: ObjectMapping) -> bool:
    return mapping.kind == "salesforce" and bool(entry.fields)


def _key_part(cells: list[str], is_salesforce: bool) -> str:
    first_filled = ", ".join(f"nullif(trim({cell}), '')" for cell in cells)
    part = f"coalesce({first_filled}, '')" if cells else "''"
    # Salesforce's 18-character ids are the 15-character ones and a checksum.
    return f"left({part}, 15)" if is_salesforce else part


def _reject_contradictions(
    connection: duckdb.DuckDBPyConnection,
    mapping: CrmMapping,
    incoming: Incoming,
    key: list[str],
    modified: list[str],
) -> None:
    """Of rows with one id, the newest stays, the first of equally new ones; rows identical to it
    stay too. The others go to `rejected`.
    """
    content = ", ".join(f"c{i}" for i in range(len(incoming.columns)))
    instants = [views.instant(cell, mapping) for cell in modified]
    newest = f"coalesce({', '.join(instants)}) desc nulls last, " if instants else ""
    why = "newer, or the first of equally new ones" if instants else "the first"
    parts = ", ".join(key)
    filled = " and ".join(f"{part} <> ''" for part in key)
    connection.execute(
        "insert into rejected"
        " with rivals as (select _row, _line as line, _span as span,"
        f" concat_ws('{KEY_SEPARATOR}', {parts}) as id, row({content}) as content,"
        f" row_number() over (partition by {parts} order by {newest}_row) as rank"
        f" from {incoming.rows} where ({parts}) in (select ({parts}) from incoming where {filled}"
        f" group by {parts} having count(*) > 1)),"
        " kept as (select id, line, content from rivals where rank = 1)"
        " select rivals._row, rivals.line, rivals.span, 'repeats the id of line ' ||"
        " kept.line || ' with other content; line ' || kept.line || ' stays ("
        + why
        + ")', rivals.id from rivals join kept using (id) where rivals.content <> kept.content"
    )


def store(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    known_columns: list[str],
    incoming: Incoming,
    rejected: int,
    provenance: tuple[str, str, datetime],
) -> tuple[int, list[str]]:
    """Moves `incoming`, but for its `rejected` rows, into a raw table whose delivered columns are
    `known_columns`, adding what it lacks. `provenance`: file, load id, exported_at.

    Returns the rows written and the table's columns afterwards.
    """
    empty: set[int] = set()
    for index in incoming.unnamed:
        if not _one(connection, f"select count(*) from incoming where c{index} <> ''")[0]:
            empty.add(index)
    kept = [(i, column) for i, column in enumerate(incoming.columns) if i not in empty]
    there = {column.casefold() for column in known_columns}
    for _, column in kept:
        if column.casefold() not in there:
            connection.execute(f"alter table {table} add column {sql.name(column)} varchar")
            known_columns = [*known_columns, column]
    names = sql.names([column for _, column in kept])
    cells = ", ".join(f"c{i}" for i, _ in kept)
    written = connection.execute(
        f"insert into {table} ({names}, _file, _line, _load_id, _exported_at)"
        f" select {cells}, ?, _line, ?, ? from {incoming.rows}"
        + (" where _row not in (select _row from rejected)" if rejected else ""),
        provenance,
    ).fetchall()[0][0]
    return written, known_columns


def quarantine(connection: duckdb.DuckDBPyConnection, identity: str, bad: list[BadRow]) -> None:
    """Writes bad rows, in the order of their lines."""
    ordered = sorted(bad, key=lambda row: row.line)
    for start in range(0, len(ordered), 10_000):
        part = ordered[start : start + 10_000]
        connection.execute(
            "insert into ingest.quarantined_rows"
            " (load_id, line_number, reason, raw_text, record_id) select ?, unnest(?::bigint[]),"
            " unnest(?::varchar[]), unnest(?::varchar[]), unnest(?::varchar[])",
            [
                identity,
                [b.line for b in part],
                [b.reason for b in part],
                [b.raw_text for b in part],
                [b.record_id for b in part],
            ],
        )


def note_repeated(
    connection: duckdb.DuckDBPyConnection, identity: str, file: str, repeated: tuple[str, ...]
) -> None:
    """Notes that of several columns of one name only the first is read."""
    for column in repeated:
        sentence = (
            f"{column} stands more than once in the header of {file}; the first is read, the others"
            " are kept under a number"
        )
        connection.execute(
            "insert into ingest.file_problems values (?, ?, ?)", [identity, column, sentence]
        )


def _one(connection: duckdb.DuckDBPyConnection, statement: str) -> tuple:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return row
