"""What only the engine can say: does it know a time zone, can it compile a regular expression.

Belongs here: questions put to DuckDB, because DuckDB is what will convert the instants and run the
expressions; Python's own answers differ (look-aheads compile in Python and not in RE2).
"""

from __future__ import annotations

import zoneinfo
from functools import cache

import duckdb


@cache
def time_zones() -> frozenset[str]:
    """IANA zones that the engine knows too.

    The engine alone is too generous: its list holds three-letter names of its own, in which BST is
    Bangladesh and PST a fixed offset.
    """
    with duckdb.connect() as connection:
        rows = connection.execute("select name from pg_timezone_names()").fetchall()
    return frozenset(zoneinfo.available_timezones()) & {name for (name,) in rows}


def expression_fault(pattern: str) -> str | None:
    """Why the engine's RE2 dialect refuses `pattern`, in its words; None if it compiles."""
    with duckdb.connect() as connection:
        try:
            connection.execute("select regexp_matches('', ?, 'i')", [pattern])
        except duckdb.InvalidInputException as error:
            return str(error).removeprefix("Invalid Input Error: ")
    return None
