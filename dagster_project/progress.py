"""What people see on stderr while something runs.

Belongs here: the one line that moves. Does not belong here: closing summaries.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.status import Status

if TYPE_CHECKING:
    from dagster_project.nightly import Run, Stage

_VERBS = {"load": "Loading", "check": "Checking", "build": "Building", "publish": "Publishing"}


@contextmanager
def watching() -> Iterator[Callable[[Run, Stage, str], None]]:
    """Show which step the run is at; where stderr is no terminal, one line per stage."""
    console = Console(stderr=True, highlight=False)
    shown = ""
    with console.status("Starting") as status:

        def watch(_run: Run, stage: Stage, message: str) -> None:
            nonlocal shown
            line = f"{_VERBS[stage]} {message}"
            if console.is_terminal:
                status.update(line)
            elif shown != stage:
                console.print(_VERBS[stage], style=None)
            shown = stage

        yield watch


@contextmanager
def counting(what: str) -> Iterator[Callable[[str, int, int], None]]:
    """Show how many of how many are done."""
    console = Console(stderr=True, highlight=False)
    with console.status("Starting") as status:
        yield _counter(status, what)


@contextmanager
def following(verb: str) -> Iterator[Callable[[str], None]]:
    """Show what is being worked on."""
    console = Console(stderr=True, highlight=False)
    with console.status("Starting") as status:
        yield lambda what: status.update(f"{verb} {what}")


def _counter(status: Status, what: str) -> Callable[[str, int, int], None]:
    def count(group: str, done: int, total: int) -> None:
        status.update(f"{group}: {done:,} of {total:,} {what}")

    return count
