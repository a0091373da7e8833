"""What one call of `leadpact query` asks, and its answer.

Belongs here: which question a call means and where its answer is to go. Does not belong here:
how a terminal hands the call over (cli).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from rich.console import Console

from dagster_project.errors import UsageError
from dagster_project.query.answers import FORMATS, Format, Target, print_answer, write_answer
from dagster_project.query.catalogue import describe_query, tables_query
from dagster_project.query.opening import open_for_questions
from dagster_project.settings import Settings

_STDIN = "-"
_ROWS = 100


@dataclass(frozen=True, slots=True)
class Call:
    """What the caller wrote; of `sql`, `file`, `tables` and `describe` exactly one says what."""

    sql: str | None = None
    file: Path | None = None
    tables: bool = False
    describe: str | None = None
    format: Format | None = None
    output: Path | None = None
    limit: int | None = None
    restricted: bool = False


def answer(settings: Settings, call: Call, say: Callable[[str], None]) -> None:
    """Ask what is published, and print or write the answer; remarks for people go to `say`.

    Raises UsageError where the call or its question is wrong or nothing is published yet.
    """
    _check_one_question(call)
    kind = _format(call)
    with TemporaryDirectory(prefix="leadpact-answer-") as scratch:
        target = Target.of(call.output or Path(scratch) / "answer")
        if call.output is not None:
            _check_place(settings, call.output)
        with open_for_questions(
            settings.published_dir, restricted=call.restricted, writable=[target.pending]
        ) as connection:
            sql = _question(call, connection, say if kind == "table" else None)
            if call.output is not None:
                rows = write_answer(connection, sql, kind, target, private=call.restricted)
                say(f"{_rows(rows)} in {call.output}.")
                return
            with _stopped_reader():
                if kind != "table":
                    write_answer(connection, sql, kind, target, to=sys.stdout.buffer)
                    return
                limit = 0 if call.tables or call.describe else _limit(call)
                shown, there_are = print_answer(connection, sql, Console(highlight=False), limit)
                sys.stdout.flush()
                say(_remark(connection, shown, there_are))


@contextmanager
def _stopped_reader() -> Iterator[None]:
    """A reader such as `head` that has seen enough is no error, also not when Python ends."""
    try:
        yield
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _check_one_question(call: Call) -> None:
    given = [call.sql is not None, call.file is not None, call.tables, call.describe is not None]
    if sum(given) != 1:
        raise UsageError(
            'Give one question: leadpact query "SQL", --file FILE, - to read it from the input, '
            "--tables or --describe TABLE."
        )


def _format(call: Call) -> Format:
    """The format asked for, else that of the output's name, else a table."""
    if call.output is None:
        if call.format == "parquet":
            raise UsageError("Parquet is nothing for a screen: name a file with --output.")
        return call.format or "table"
    named = call.format or call.output.suffix.lower().removeprefix(".")
    for kind in FORMATS:
        if kind == named != "table":
            return kind
    raise UsageError(
        f"In which format is {call.output} to be? Name it .csv, .json or .parquet, or add --format."
    )


def _limit(call: Call) -> int:
    return _ROWS if call.limit is None else call.limit


def _check_place(settings: Settings, output: Path) -> None:
    """An answer must not take the place of what leadpact itself keeps."""
    place = output.expanduser().absolute()
    if not place.parent.is_dir():
        raise UsageError(f"There is no folder {place.parent} to write {output.name} into.")
    if place.is_dir():
        raise UsageError(f"{output} is a folder: name a file in it.")
    kept = (
        settings.published_dir,
        settings.warehouse_file.parent,
        settings.dagster_home,
        settings.exports,
        settings.contract,
    )
    parents = place.parent.resolve(), *place.parent.resolve().parents
    if any(folder.resolve() in parents for folder in kept):
        raise UsageError(f"{place.parent} belongs to leadpact: write {output.name} elsewhere.")


def _question(
    call: Call, connection: duckdb.DuckDBPyConnection, say: Callable[[str], None] | None
) -> str:
    if call.tables:
        return tables_query()
    if call.describe is not None:
        comment, sql = describe_query(connection, call.describe)
        if say is not None:
            say(comment)
        return sql
    if call.file is None and call.sql != _STDIN:
        return call.sql or ""
    if call.file is None or str(call.file) == _STDIN:
        return sys.stdin.read()
    try:
        return call.file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise UsageError(f"{call.file} cannot be read: {reason}.") from error


def _remark(connection: duckdb.DuckDBPyConnection, shown: int, there_are: int) -> str:
    row = connection.execute("select max_by(as_of, published_at) from ops.runs").fetchone()
    as_of = "" if row is None or row[0] is None else f", as of {str(row[0])[:16]} UTC"
    if shown == there_are:
        return f"{_rows(shown)}{as_of}."
    return f"{shown:,} of {there_are:,} rows{as_of}; --limit 0 shows all, --output FILE writes all."


def _rows(count: int) -> str:
    return "1 row" if count == 1 else f"{count:,} rows"
