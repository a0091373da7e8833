"""A second process beside the run, for a library that takes seconds to import.

Belongs here: starting it, calling into it, hearing from it while it works, ending it whatever
happens. Does not belong here: what it does (building, checking).

A pool of the standard library was rejected: it cannot be ended while it works, so an interrupted
run would wait for the model that is being built, which may take minutes; and each of its processes
first imports the command line again.
"""

from __future__ import annotations

import gc
import logging
import os
import queue
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from typing import Any

from dagster_project.errors import RunFailedError

# What a called function may say while it works; picklable, yielded to the caller by `calling`.
Tell = Callable[[Any], None]
# A worker is ended wherever it is; Python then says that it clears up its semaphores.
_QUIETLY = ("-W", "ignore:resource_tracker:UserWarning")


class Worker:
    """One process that does one call after another, each with what the former ones left there.

    It starts with its first call. `purpose` completes "The process that ..." in messages for
    people.
    """

    def __init__(self, purpose: str) -> None:
        self._purpose = purpose
        self._unanswered = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe, self._theirs = Pipe()

    def begin(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Have it call `function(tell, *arguments)`; the caller goes on meanwhile."""
        if self._process is None:
            self._process = self._start()
        with self._told_of_death():
            self._pipe.send((function, arguments))
        self._unanswered += 1

    def finish(self) -> Any:
        """Wait for all that was begun and return what the last call returned.

        Raises what a call raises, and RunFailedError when the process dies.
        """
        answers = self._answers()
        while True:
            try:
                next(answers)
            except StopIteration as stop:
                return stop.value

    def call(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """`begin`, then `finish`; a failure of what was begun before keeps it from being called."""
        self.finish()
        self.begin(function, *arguments)
        return self.finish()

    def calling(self, function: Callable[..., Any], *arguments: Any) -> Generator[Any, None, Any]:
        """`call`, yielding what the function tells while it works."""
        self.finish()
        self.begin(function, *arguments)
        return (yield from self._answers())

    def end(self) -> None:
        """End it, at once if it works on something."""
        self._pipe.close()
        self._theirs.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _start(self) -> subprocess.Popen[bytes]:
        theirs = self._theirs.fileno()
        with self._theirs:
            return subprocess.Popen(
                [sys.executable, *_QUIETLY, "-m", __name__, str(theirs)],
                pass_fds=[theirs],
                stdin=subprocess.DEVNULL,
                # Whoever interrupts the run interrupts its group of processes. The run decides.
                start_new_session=True,
            )

    def _answers(self) -> Generator[Any, None, Any]:
        content = None
        while self._unanswered:
            with self._told_of_death():
                kind, content = self._pipe.recv()
            if kind == "told":
                yield content
                continue
            self._unanswered -= 1
            if kind == "raised":
                raise content
        return content

    @contextmanager
    def _told_of_death(self) -> Iterator[None]:
        try:
            yield
        except (EOFError, ConnectionError) as error:
            raise RunFailedError(
                f"The process that {self._purpose} died; the machine may be out of memory."
            ) from error


@contextmanager
def worker(purpose: str) -> Iterator[Worker]:
    """A worker that ends with the block."""
    started = Worker(purpose)
    try:
        yield started
    finally:
        started.end()


def _serve(pipe: Connection) -> None:
    """What the process does, until its run ends."""
    collect_seldom()
    # A log that cannot be written (a full disk) is no news: the call fails, and says so. By default
    # Python prints two screens of its own for every line.
    logging.raiseExceptions = False
    calls: queue.SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...]]] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, calls), daemon=True).start()
    while True:
        function, arguments = calls.get()
        try:
            answer = ("returned", function(lambda said: pipe.send(("told", said)), *arguments))
        except Exception as error:
            # A traceback does not survive the pipe.
            error.add_note("".join(traceback.format_exception(error)))
            answer = ("raised", error)
        pipe.send(answer)


def _receive(
    pipe: Connection, calls: queue.SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...]]]
) -> None:
    """Pass calls on; end the process with the run, also one that was killed while we work for it.

    The interpreter's own end is left out: what Great Expectations keeps alive past it makes
    DuckDB's extension print forty lines about leaks.
    """
    while True:
        try:
            calls.put(pipe.recv())
        except (EOFError, OSError):
            os._exit(0)


def collect_seldom() -> None:
    """Look for garbage in cycles less often: what is imported stays, and is large.

    By default Python walks through hundreds of thousands of objects again and again: a tenth of the
    time in which dbt builds a small company.
    """
    gc.set_threshold(1_000_000, 50, 100)


if __name__ == "__main__":
    _serve(Connection(int(sys.argv[1])))
