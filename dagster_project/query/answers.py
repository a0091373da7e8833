"""Where an answer goes: a screen, or a file in a format of machines.

Belongs here: asking, and handing the answer over whole or not at all. Does not belong here: how
rows are laid out on a screen (screen).
"""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import duckdb
from rich.console import Console

from dagster_project.query.screen import print_rows
from dagster_project.query.statements import errors_as_sentences, one_question

Format = Literal["table", "csv", "json", "parquet"]
FORMATS: tuple[Format, ...] = ("table", "csv", "json", "parquet")

# The columns of what EXPLAIN gives: a drawing of several lines.
_PLAN = ["explain_key", "explain_value"]
_OPTIONS = {
    "csv": "format csv, header true, use_tmp_file false",
    "json": "format json, array true, use_tmp_file false",
    "parquet": "format parquet, compression zstd, use_tmp_file false",
}


@dataclass(frozen=True, slots=True)
class Target:
    """A file for an answer, and the one beside it that takes its place when it is whole."""

    file: Path
    pending: Path

    @staticmethod
    def of(file: Path) -> Target:
        """The target for a file that is to be written."""
        return Target(file, file.with_name(f".{file.name}.{os.getpid()}"))


def print_answer(
    connection: duckdb.DuckDBPyConnection, sql: str, console: Console, limit: int
) -> tuple[int, int]:
    """Print the first `limit` rows (0: all); how many were printed, and how many there are."""
    question = one_question(connection, sql)
    with errors_as_sentences(question):
        result = connection.execute(question)
        names = [column[0] for column in result.description or []]
        rows = result.fetchmany(limit + 1) if limit else result.fetchall()
        there_are = len(rows)
        if limit and there_are > limit:
            there_are = limit + _rest(connection, question, limit)
            rows = rows[:limit]
    if names == _PLAN:
        console.file.writelines(plan for _, plan in rows)
    else:
        print_rows(console, names, rows)
    return len(rows), there_are


def _rest(connection: duckdb.DuckDBPyConnection, question: str, seen: int) -> int:
    """How many rows there are beyond those seen. Counting anew is quicker than fetching them."""
    try:
        counted = connection.execute(f"select count(*) from (\n{question}\n)").fetchone()
        return int(counted[0]) - seen if counted else 0
    except duckdb.Error:  # what cannot stand in a subquery, such as EXPLAIN
        return len(connection.execute(question).fetchall()) - seen


def write_answer(
    connection: duckdb.DuckDBPyConnection,
    sql: str,
    kind: Format,
    target: Target,
    *,
    to: BinaryIO | None = None,
    private: bool = False,
) -> int:
    """Write the whole answer to the target, or through it to a stream; how many rows it has.

    `connection` must be allowed to write `target.pending`. A `private` file can be read by its
    owner alone.
    """
    question = one_question(connection, sql)
    start = "copy (\n"
    mask = os.umask(0o077) if private else None
    try:
        with errors_as_sentences(question, before=len(start)):
            written = connection.execute(
                f"{start}{question}\n) to '{str(target.pending).replace(chr(39), chr(39) * 2)}' "
                f"({_OPTIONS[kind]})"
            ).fetchone()
        if to is None:
            target.pending.replace(target.file)
        else:
            with target.pending.open("rb") as file:
                shutil.copyfileobj(file, to)
            to.flush()
    finally:
        if mask is not None:
            os.umask(mask)
        target.pending.unlink(missing_ok=True)
    return int(written[0]) if written else 0
