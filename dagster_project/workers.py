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

# A worker is ended wherever it is; Python then says that it clears up its semaphores.
_QUIETLY = ("-W", "ignore:resource_tracker:UserWarning")
_GO_ON = "go on"


class Line:
    """What connects a called function with its caller while it works: its first argument."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe
        self._words: queue.SimpleQueue[None] = queue.SimpleQueue()

    def tell(self, content: Any) -> None:
        """Say something picklable, which `Worker.answers` yields to the caller."""
        self._pipe.send(("told", content))

    def wait(self) -> None:
        """Until the caller says `Worker.go_on`; each such word ends one wait, also a later one."""
        self._words.get()

    def go_on(self) -> None:
        """The caller said so."""
        self._words.put(None)


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
        """Have it call `function(line, *arguments)`; the caller goes on meanwhile."""
        if self._process is None:
            self._process = self._start()
        with self._told_of_death():
            self._pipe.send((function, arguments))
        self._unanswered += 1

    def go_on(self) -> None:
        """End a wait of the function that was begun."""
        with self._told_of_death():
            self._pipe.send(_GO_ON)

    def finish(self) -> Any:
        """Wait for all that was begun and return what the last call returned.

        Raises what a call raises, and RunFailedError when the process dies.
        """
        answers = self.answers()
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

    def answers(self) -> Generator[Any, None, Any]:
        """`finish`, yielding what the functions tell while they work."""
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
    line = Line(pipe)
    calls: queue.SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...]]] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(pipe, line, calls), daemon=True).start()
    while True:
        function, arguments = calls.get()
        try:
            answer = ("returned", function(line, *arguments))
        except Exception as error:
            # A traceback does not survive the pipe.
            error.add_note("".join(traceback.format_exception(error)))
            answer = ("raised", error)
        pipe.send(answer)


def _receive(
    pipe: Connection,
    line: Line,
    calls: queue.SimpleQueue[tuple[Callable[..., Any], tuple[Any, ...]]],
) -> None:
    """Pass calls and words on; end the process with the run, also when that was killed.

    The interpreter's own end is left out: what Great Expectations keeps alive past it makes
    DuckDB's extension print forty lines about leaks.
    """
    while True:
        try:
            received = pipe.recv()
            if received == _GO_ON:
                line.go_on()
            else:
                calls.put(received)
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
