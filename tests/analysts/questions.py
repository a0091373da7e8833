"""The worked questions of docs/questions.md: their SQL, and the tables that answer them.

Run as a program, it writes the tables anew: `python -m tests.analysts.questions [DATA_DIR]`.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb

from dagster_project.settings import PROJECT_ROOT, Settings

PAGE = PROJECT_ROOT / "docs" / "questions.md"

_QUESTION = re.compile(
    r"^## (?P<title>\d+\. [^\n]+)\n.*?^```sql\n(?P<sql>.*?)^```\n\n(?P<table>(?:^\|[^\n]*\n)*)\n?",
    re.M | re.S,
)


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `table` is its answer as the page has it."""

    title: str
    sql: str
    table: str


def read() -> list[Question]:
    """The questions of the page, in order."""
    return [
        Question(found["title"], found["sql"], found["table"])
        for found in _QUESTION.finditer(PAGE.read_text())
    ]


def answered(connection: duckdb.DuckDBPyConnection, sql: str) -> str:
    """What the SQL gives, as a table of Markdown."""
    result = connection.execute(sql)
    names = [column[0] for column in result.description or []]
    rows = result.fetchall()
    numbers = [
        all(row[place] is None or _is_number(row[place]) for row in rows)
        for place in range(len(names))
    ]
    lines = [names, ["---:" if number else "---" for number in numbers]]
    lines += [[_cell(value) for value in row] for row in rows]
    return "".join(_line(line) for line in lines)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return str(value + 0.0)  # no minus before nothing
    return str(value).replace("|", "\\|")


def open_sample(data_dir: Path) -> duckdb.DuckDBPyConnection:
    """The published file of a data directory, attached, as many clients open it."""
    connection = duckdb.connect()
    connection.execute(f"attach '{data_dir / 'published' / 'leadpact.duckdb'}' (read_only)")
    connection.execute("use leadpact")
    return connection


def _write(data_dir: Path) -> None:
    page = PAGE.read_text()
    with open_sample(data_dir) as connection:

        def with_answer(found: re.Match[str]) -> str:
            whole = found[0]
            head = whole[: whole.index("```\n\n", whole.index("```sql")) + len("```\n\n")]
            return f"{head}{answered(connection, found['sql'])}\n"

        PAGE.write_text(_QUESTION.sub(with_answer, page))


if __name__ == "__main__":
    _write(Path(sys.argv[1]) if len(sys.argv) > 1 else Settings().data_dir)
