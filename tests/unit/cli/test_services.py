"""Dagster's three processes: what is started again, when, and what a person reads."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest
from typer.testing import CliRunner

from dagster_project import services
from dagster_project.cli import app
from dagster_project.services import Service, Services, code_error, pages_url
from dagster_project.settings import PROJECT_ROOT, Settings


def server(purpose: str = "test server") -> Service:
    return Service(purpose, ["http.server", "0", "--bind", "127.0.0.1"], PROJECT_ROOT)


def test_what_ends_is_started_again_and_said() -> None:
    service, said = server(), list[str]()
    service.start()
    try:
        service.start_if_ended(said.append)
        assert said == []
        assert service.process is not None
        first = service.process.pid
        service.kill()
        service.start_if_ended(said.append)
        assert said == ["Dagster's test server ended (status -9) and is started again."]
        assert service.status is None
        assert service.process.pid != first
        service.kill()
        service.start_if_ended(said.append)  # so soon that it waits
        assert len(said) == 1
    finally:
        service.let_go()
        service.wait()


def test_it_ends_with_whoever_started_it() -> None:
    code = (
        "import sys, time\n"
        "from tests.unit.cli.test_services import server\n"
        "service = server()\n"
        "service.start()\n"
        "print(service.process.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    starter = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert starter.stdout is not None
    pid = int(starter.stdout.readline())
    starter.kill()
    starter.communicate()
    deadline = time.monotonic() + 15
    while Path(f"/proc/{pid}/cmdline").exists() and time.monotonic() < deadline:
        if not Path(f"/proc/{pid}/cmdline").read_bytes():
            break  # ended, and waited for by nobody
        time.sleep(0.05)
    else:
        assert not Path(f"/proc/{pid}").exists()


def state(*errors: dict[str, str] | None) -> dict[str, Any]:
    return {"workspaceOrError": {"locationEntries": [{"locationOrLoadError": e} for e in errors]}}


def test_why_the_project_cannot_be_read() -> None:
    assert code_error(state({}, None)) is None
    gone = {"className": "Unreachable", "message": "Could not reach it\n\nStack"}
    assert code_error(state(gone)) == "Could not reach it"
    assert code_error(state({"className": "Unreachable", "message": ""})) == "Unreachable"
    assert code_error({"workspaceOrError": gone}) == "Could not reach it"


def test_code_that_cannot_be_reached_is_loaded_again_then_its_server_killed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    said, done = list[str](), list[str]()
    answers = state({"className": "E", "message": "gone"})

    def ask(_url: str, query: str) -> dict[str, Any]:
        if query.startswith("mutation"):
            done.append("load")
        return answers

    monkeypatch.setattr(services, "ask", ask)
    code, other = server(), server()
    monkeypatch.setattr(code, "kill", lambda: done.append("kill"))
    running = Services(code, other, other, "http://nowhere", said.append)
    for _ in range(2 + 4 + 8):
        running.look()
    assert done == ["load", "load", "load"]
    for _ in range(16):
        running.look()
    assert done == ["load", "load", "load", "kill"]
    answers = state({})
    running.look()
    running.look()
    assert said == [
        "Dagster cannot read the project (gone); it is loaded again.",
        "The project is loaded again; schedule and sensor work.",
    ]


def test_pages_that_do_not_answer_are_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(_url: str, _query: str) -> dict[str, Any]:
        raise TimeoutError

    monkeypatch.setattr(services, "ask", ask)
    killed = list[str]()
    pages, other = server(), server()
    monkeypatch.setattr(pages, "kill", lambda: killed.append("pages"))
    running = Services(other, other, pages, "http://nowhere", killed.append)
    for _ in range(5):
        running.look()
    assert killed == []
    running.look()
    assert killed == ["pages"]


def test_where_a_browser_finds_them() -> None:
    assert pages_url("127.0.0.1", 3000) == "http://127.0.0.1:3000"
    assert pages_url("0.0.0.0", 80) == "http://127.0.0.1:80"
    assert pages_url("::", 80) == "http://[::1]:80"


@contextmanager
def held(file: Path) -> Iterator[None]:
    code = (
        "import sys\nfrom filelock import FileLock\n"
        "with FileLock(sys.argv[1]):\n    print('held', flush=True)\n    sys.stdin.readline()\n"
    )
    holder = subprocess.Popen(
        [sys.executable, "-c", code, str(file)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    try:
        yield
    finally:
        holder.communicate("go\n", timeout=10)


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Told by the environment, which the command itself writes to."""
    monkeypatch.setenv("LEADPACT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    return tmp_path


def test_a_second_ui_on_a_data_directory_is_told(data_dir: Path) -> None:
    settings = Settings(data_dir=data_dir)
    settings.dagster_home.mkdir()
    settings.ui_mark.write_text("http://127.0.0.1:3000")
    with held(settings.ui_lock):
        result = CliRunner().invoke(app, ["ui", "--port", "1"])
    assert result.exit_code == 2
    assert result.stderr == (
        f"leadpact ui is running on {data_dir} already, at http://127.0.0.1:3000: use that one, "
        "or name another folder with --data-dir.\n"
    )


@pytest.mark.usefixtures("data_dir")
def test_a_taken_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(app, ["ui", "--port", str(port)])
    assert result.exit_code == 2
    assert result.stderr == (
        f"Nobody can listen on 127.0.0.1, port {port} (Address already in use): name others with "
        "--host and --port.\n"
    )


class Begun:
    """Stands for a process that was begun, in place of subprocess.Popen."""

    all: ClassVar[list[Begun]] = []

    def __init__(self, command: list[str], **_options: object) -> None:
        self.command = command
        self.status: int | None = None
        self.killed = False
        self.all.append(self)

    def poll(self) -> int | None:
        return self.status

    def kill(self) -> None:
        self.killed = True

    def wait(self) -> None:
        pass


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Begun]:
    Begun.all.clear()
    monkeypatch.setattr(services.subprocess, "Popen", Begun)
    return Begun.all


def test_origins_are_found_once_for_a_built_project_and_then_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, begun: list[Begun]
) -> None:
    asked: list[str] = []
    monkeypatch.setattr(services, "ask", lambda _url, query: asked.append(query))
    said: list[str] = []
    nothing = server()
    running = Services(nothing, nothing, nothing, "http://nowhere", said.append, parsed=tmp_path)
    running._trace()
    assert begun == []
    manifest = tmp_path / "print" / "manifest.json"
    manifest.parent.mkdir()
    manifest.write_text("{}")
    manifest.with_name("columns.json").write_text("{}")
    running._trace()
    running._trace()
    assert [process.command[1:] for process in begun] == [
        ["-m", "dagster_project.lineage", str(manifest)]
    ]
    assert asked == []
    begun[0].status = 0
    running._trace()
    assert "reloadRepositoryLocation" in asked[0]
    running._trace()  # it was tried, even if nothing came of it
    assert len(begun) == 1
    assert said == []


def test_origins_that_cannot_be_found_are_said(tmp_path: Path, begun: list[Begun]) -> None:
    said: list[str] = []
    nothing = server()
    running = Services(nothing, nothing, nothing, "http://nowhere", said.append, parsed=tmp_path)
    (tmp_path / "print").mkdir()
    for name in ("manifest.json", "columns.json"):
        (tmp_path / "print" / name).write_text("{}")
    running._trace()
    begun[0].status = 1
    running._trace()
    assert said == ["The pages do not show where columns come from; what keeps them stands above."]


def test_people_are_told_between_runs_where_somebody_is_named(
    monkeypatch: pytest.MonkeyPatch, begun: list[Begun]
) -> None:
    now = 1000.0
    monkeypatch.setattr(services.time, "monotonic", lambda: now)
    nothing = server()
    silent = Services(nothing, nothing, nothing, "http://nowhere", print)
    telling = Services(nothing, nothing, nothing, "http://nowhere", print, is_watching=True)
    for watching in (silent, telling):
        watching._told_at = now
        watching._tell()
    assert begun == []
    now += 900
    for watching in (silent, telling, telling):
        watching._tell()
    assert [process.command[1:] for process in begun] == [["-m", "dagster_project.cli", "alert"]]
    now += 900
    telling._tell()  # one at a time
    assert len(begun) == 1
    begun[0].status = 1
    telling._tell()
    assert len(begun) == 2
    telling.end_looking()
    assert [process.killed for process in begun] == [False, True]
