"""A second process: what crosses its border, and how it ends."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from dagster_project.errors import RunFailedError
from dagster_project.workers import Line, Worker, worker

_kept: list[int] = []


def add(_line: Line, number: int) -> int:
    _kept.append(number)
    return sum(_kept)


def count(line: Line, up_to: int) -> str:
    for number in range(up_to):
        line.tell(number)
    return "done"


def wait(line: Line, name: str) -> None:
    line.tell(f"{name}, before")
    line.wait()
    line.tell(f"{name}, after")


def refuse(_line: Line, sentence: str) -> None:
    raise RunFailedError(sentence)


def die(_line: Line) -> None:
    os._exit(9)


def whose(_line: Line) -> int:
    return os.getpid()


def sleep(_line: Line) -> None:
    time.sleep(600)


@pytest.fixture
def process() -> Iterator[Worker]:
    with worker("does sums") as started:
        yield started


def test_calls_follow_each_other_in_one_other_process(process: Worker) -> None:
    assert [process.call(add, 1), process.call(add, 2)] == [1, 3]
    process.begin(add, 4)
    process.begin(add, 8)
    assert process.finish() == 15
    assert process.call(whose) != os.getpid()


def test_what_is_told_is_heard_before_the_end(process: Worker) -> None:
    process.begin(count, 3)
    answers = process.answers()
    assert [next(answers), next(answers), next(answers)] == [0, 1, 2]
    with pytest.raises(StopIteration) as stop:
        next(answers)
    assert stop.value.value == "done"


def test_a_function_waits_for_the_word_of_its_caller(process: Worker) -> None:
    process.begin(wait, "first")
    answers = process.answers()
    assert next(answers) == "first, before"
    process.go_on()
    assert next(answers) == "first, after"
    assert list(answers) == []
    process.begin(wait, "second")
    process.go_on()  # also when it was said before the wait
    assert list(process.answers()) == ["second, before", "second, after"]


def test_an_error_comes_over_with_its_traceback_and_the_process_goes_on(process: Worker) -> None:
    with pytest.raises(RunFailedError, match="No sum today") as raised:
        process.call(refuse, "No sum today.")
    assert "in refuse" in "".join(raised.value.__notes__)
    assert process.call(add, 1) == 1


def test_what_fails_in_the_background_keeps_the_next_call_from_being_made(process: Worker) -> None:
    process.begin(refuse, "No sum today.")
    with pytest.raises(RunFailedError, match="No sum today"):
        process.call(add, 1)
    assert process.call(add, 2) == 2


def test_a_process_that_dies_is_named(process: Worker) -> None:
    with pytest.raises(RunFailedError, match="The process that does sums died"):
        process.call(die)


def test_the_block_ends_a_process_at_work_at_once() -> None:
    started = time.monotonic()
    with worker("sleeps") as process:
        pid = process.call(whose)
        process.begin(sleep)
    assert time.monotonic() - started < 60
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_killed_run_leaves_no_process_behind() -> None:
    code = (
        "from dagster_project.workers import Worker\n"
        "from tests.unit.cli.test_workers import sleep, whose\n"
        "process = Worker('sleeps')\n"
        "print(process.call(whose), flush=True)\n"
        "process.begin(sleep)\n"
        "process.finish()\n"
    )
    run = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    pid = int(run.stdout.readline())
    run.kill()
    run.communicate()
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("the worker outlived its run")
