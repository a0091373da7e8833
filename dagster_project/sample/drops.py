"""Deliveries: what one drop covers and the files in it.

Belongs here: `Drop`, `ExportFile`, and writing a query's result as a part of a file.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Drop:
    """One delivery: what is new or changed after `since` (None: everything) up to `until`.

    All are seconds since 1970-01-01 UTC; `start` is where the company's records begin.
    """

    folder: str
    start: int
    since: int | None
    until: int

    @property
    def since_or_start(self) -> int:
        """`since`, or an instant before all records."""
        return self.start - 1 if self.since is None else self.since

    def holds(self, at: str) -> str:
        """The SQL of whether what happened `at` is told in this drop."""
        return f"({at} > {self.since_or_start} and {at} <= {self.until})"


@dataclass(frozen=True, slots=True)
class ExportFile:
    """One file of a drop: its stem and the query of its rows, in order, with final columns."""

    stem: str
    query: str
