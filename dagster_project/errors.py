"""What can go wrong, said to people: one family of exceptions, each with the exit status it means.

Belongs here: the exceptions every part raises. Does not belong here: how they are shown (cli).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong at one place of one file.

    `line` is 1-based and physical; None where the fault concerns the whole file. `column` is the
    name of the column, None where no single column is at fault.
    """

    file: str
    message: str
    line: int | None = None
    column: str | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        column = "" if self.column is None else f"column {self.column}: "
        return f"{place}: {column}{self.message}"


class LeadpactError(Exception):
    """A message for people, complete in itself; `exit_code` is the command's exit status."""

    exit_code = 1


class RunFailedError(LeadpactError):
    """The run failed; what was published before stays as it was."""


class UsageError(LeadpactError):
    """The call is wrong (a missing folder, a second run while one runs); nothing was started."""

    exit_code = 2


class ContractError(LeadpactError):
    """The agreement is wrong; nothing was started. `faults` lists every place."""

    exit_code = 2

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


class RefusedFilesError(LeadpactError):
    """Files were refused; everything else was loaded, nothing new was published."""

    exit_code = 3

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))
