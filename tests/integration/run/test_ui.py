"""`leadpact ui` while its processes die; takes a minute."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from dagster_project.services import ask

_STATE = """{ workspaceOrError { ... on Workspace { locationEntries {
    locationOrLoadError { __typename } } } } }"""


def _reads_the_project(url: str) -> bool:
    try:
        (entry,) = ask(url, _STATE)["workspaceOrError"]["locationEntries"]
    except OSError:
        return False
    return bool(entry["locationOrLoadError"]["__typename"] == "RepositoryLocation")


def _until(condition: Callable[[], bool], seconds: float = 120) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail("it took too long")
        time.sleep(0.5)


def _processes_of(starter: int) -> dict[int, str]:
    """What it started, and what those started, by process id."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid,args"], capture_output=True, text=True)
    rows = [line.split(maxsplit=2) for line in listed.stdout.splitlines()[1:]]
    found: dict[int, str] = {}
    pending = {starter}
    while pending:
        children = {int(pid): args for pid, parent, args in rows if int(parent) in pending}
        found |= children
        pending = set(children)
    return found


def test_it_recovers_from_a_dead_code_server_and_ends_clean(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    ui = subprocess.Popen(
        [sys.executable, "-m", "dagster_project.cli", "ui", "--port", str(port)],
        env={**os.environ, "LEADPACT_DATA_DIR": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        _until(lambda: _reads_the_project(url))
        started = _processes_of(ui.pid)
        (code,) = (pid for pid, args in started.items() if "dagster api grpc" in args)
        os.kill(code, signal.SIGKILL)
        _until(lambda: not _reads_the_project(url))
        _until(lambda: _reads_the_project(url))
        started |= _processes_of(ui.pid)
    finally:
        ui.send_signal(signal.SIGTERM)
        said, _ = ui.communicate(timeout=60)
    assert ui.returncode == 0
    assert "Dagster cannot read the project" in said
    assert "SupersessionWarning" not in said
    left = subprocess.run(["ps", "-eo", "pid"], capture_output=True, text=True).stdout.split()
    assert {str(pid) for pid in started} & set(left) == set()
