"""What a suite is and what comes of it: plain data, without Great Expectations.

Belongs here: the dataclasses that suites are written in and results are read from. Does not
belong here: running them (`run`), keeping them (`record`), showing them (`docs`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True, slots=True)
class Check:
    """One expectation: Great Expectations' snake-case name and its arguments.

    `meaning` is one sentence for people; pages and messages show it. `column` is the column the
    result is filed under, where the arguments do not name one.
    """

    expectation: str
    arguments: Mapping[str, Any]
    meaning: str
    column: str | None = None


@dataclass(frozen=True, slots=True)
class Suite:
    """The expectations on one table.

    `rows` is the SQL that gives the rows judged; a stored table is `select * from it`. It must
    hold no `:name`, which SQLAlchemy would take for a parameter. `key` is a SQL expression over
    those rows that names one of them, as text, without personal data. A breach of a `blocking`
    suite stops the run before it publishes; of any other it is a finding.
    """

    name: str
    table: str
    rows: str
    key: str
    checks: tuple[Check, ...]
    blocking: bool

    @property
    def title(self) -> str:
        """The suite's name with its table, unique among the suites of a run."""
        return f"{self.name}.{self.table}"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What one expectation found in one period.

    `period` is the first day of the period, None for all rows together. `evaluated` counts the
    rows the expectation applies to, `unexpected` those that break it; both are None for an
    expectation on the table itself. `rate` is the share that holds, None where nothing was
    evaluated; `target` the share it must reach, None where no agreement names one.
    `failing_keys` is SQL for the rows that break it, in columns `key` and `period` (all periods;
    text of the query only, no data), None where nothing fails or no row is at fault.
    """

    suite: str
    table: str
    expectation: str
    column: str | None
    period: date | None
    evaluated: int | None
    unexpected: int | None
    rate: float | None
    target: float | None
    success: bool
    blocking: bool
    meaning: str
    failing_keys: str | None = None


@dataclass(frozen=True, slots=True)
class SuiteResult:
    """What a suite found; `validation` is Great Expectations' own result, for the pages.

    `examples` holds, per failing expectation in the order of `failures`, up to five keys of rows
    that break it; none for a suite that does not block.
    """

    name: str
    table: str
    blocking: bool
    results: tuple[CheckResult, ...]
    validation: Any = field(repr=False, compare=False)
    examples: tuple[tuple[str, ...], ...] = ()

    @property
    def success(self) -> bool:
        """Whether every expectation holds in every period."""
        return all(result.success for result in self.results)

    @property
    def failures(self) -> tuple[CheckResult, ...]:
        """The expectations that do not hold over all rows together."""
        return tuple(r for r in self.results if not r.success and r.period is None)
