"""What can go wrong, said to people: one family of exceptions, each with the exit status it means.

Belongs here: the exceptions every part raises. Does not belong here: how they are shown (cli).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

# How the system, SQLite (Dagster's) and DuckDB say it; the last is DuckDB's temporary folder.
_DISK_FULL = (
    "No space left on device",
    "Disk quota exceeded",
    "database or disk is full",
    "failed to offload data block",
)
_NAMED_FILE = re.compile(r'file \\?"(/[^"\\]+)')


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong at one place of one file.

    `line` is 1-based and physical; None where the fault concerns the whole file. `column` is the
    name of the column, None where no single column is at fault; `key` likewise, in a YAML file.
    """

    file: str
    message: str
    line: int | None = None
    column: str | None = None
    key: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        column = "" if self.column is None else f"column {self.column}: "
        key = "" if self.key is None else f"key {self.key}: "
        return f"{place}: {column}{key}{self.message}"


class LeadpactError(Exception):
    """A message for people, complete in itself; `exit_code` is the command's exit status."""

    exit_code = 1


class RunFailedError(LeadpactError):
    """The run failed; what was published before stays as it was."""


class PostgresError(LeadpactError):
    """PostgreSQL was not brought up to date and holds what it held; the published files are new."""


class UsageError(LeadpactError):
    """The call is wrong (a missing folder, a second run while one runs); nothing was started."""

    exit_code = 2


class BusyError(UsageError):
    """Another run has the data directory; it will say itself how it ends."""


class ContractError(LeadpactError):
    """The agreement is wrong; nothing was started. `faults` lists every place."""

    exit_code = 2

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class RefusedFilesError(LeadpactError):
    """Files were refused; everything else was loaded, nothing new was published.

    `files` is how many: more than `faults` where one fault speaks for other files too.
    """

    exit_code = 3

    def __init__(self, faults: Sequence[Fault], files: int) -> None:
        self.faults = tuple(faults)
        self.files = files
        super().__init__("\n".join(str(fault) for fault in self.faults))


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error, then what it was raised from or while handling, inwards."""
    seen: set[int] = set()
    cause: BaseException | None = error
    while cause is not None and id(cause) not in seen:
        yield cause
        seen.add(id(cause))  # what is raised again while it is handled may be its own context
        cause = cause.__cause__ or cause.__context__


def disk_full(error: BaseException, folder: Path) -> RunFailedError | None:
    """The sentence for people where the disk is full, whoever wrote to it; else None.

    `folder` is named where the error names no file.
    """
    for cause in causes(error):
        text = str(cause)
        if any(words in text for words in _DISK_FULL):
            named = _NAMED_FILE.search(text)
            file = named[1] if named else getattr(cause, "filename", None)
            where = Path(file).parent if isinstance(file, str) else folder
            return RunFailedError(
                f"The disk that holds {where} is full: make room there and run it again."
            )
    return None
