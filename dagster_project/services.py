"""Dagster's pages, its daemon and the server of our code, kept running.

Belongs here: starting them, noticing when one is dead or of no use, and starting it again. Does not
belong here: what a person is told before anything is started (launch).

`dagster dev` was rejected. It starts the code behind a server that passes questions on, and the
process with the code ends itself when it hears nothing for 30 seconds, as on a machine that is
overloaded or wakes from sleep. Nobody starts it again: no schedule, no sensor, until a person does.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from dagster_project import lineage
from dagster_project.errors import RunFailedError
from dagster_project.settings import Settings
from dagster_project.transform import parsed_dir

_MODULE = "dagster_project.definitions"

_SECONDS_BETWEEN_LOOKS = 5.0
_SECONDS_BETWEEN_ALERTS = 900.0
_SECONDS_TO_ANSWER = 10.0
_SECONDS_TO_END = 25.0  # a little more than what is tethered takes
# A service that ends sooner after its start is started again after a pause that doubles.
_SECONDS_OF_A_GOOD_START = 60.0
_LONGEST_PAUSE_SECONDS = 60.0
# How long the process with the code waits for a word from its server. It is only to end where that
# one was killed; by default, 30 seconds, it ends whenever the machine is busy.
_SECONDS_WITHOUT_A_WORD = 600
# Looks at pages that do not answer before they are started again.
_LOOKS_AT_SILENCE = 6
# Looks at code that cannot be reached before it is loaded again, and loads before its server is
# killed.
_LOOKS_AT_AN_ERROR = 2
_LOADS = 3
_MOST_LOOKS_BETWEEN_LOADS = 120

_STATE = """{ workspaceOrError {
    ... on PythonError { className message }
    ... on Workspace { locationEntries { locationOrLoadError {
        ... on PythonError { className message } } } } } }"""
_LOAD = f"""mutation {{ reloadRepositoryLocation(repositoryLocationName: "{_MODULE}") {{
    __typename }} }}"""

Say = Callable[[str], None]


@dataclass
class Service:
    """One process that is to run; `purpose` completes "Dagster's ..." in messages for people."""

    purpose: str
    command: list[str]
    folder: Path
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    pause: float = 0.0

    def start(self) -> None:
        """Start it, in a group of its own, so that who interrupts us does not interrupt it too."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "dagster_project.tethered", *self.command],
            stdin=subprocess.PIPE,
            cwd=self.folder,
            env={**os.environ, "DAGSTER_DISABLE_TELEMETRY": "1"},
            start_new_session=True,
        )

    @property
    def status(self) -> int | None:
        """The exit status, None while it runs."""
        return self.process.poll() if self.process else None

    def start_if_ended(self, say: Say) -> None:
        """Start it again, after a pause if it ended soon after its last start, and say so."""
        if self.status is None:
            return
        lived = time.monotonic() - self.started
        if lived < self.pause:
            return
        is_short = lived - self.pause < _SECONDS_OF_A_GOOD_START
        self.pause = min(max(1.0, self.pause * 2), _LONGEST_PAUSE_SECONDS) if is_short else 0.0
        say(f"Dagster's {self.purpose} ended (status {self.status}) and is started again.")
        self.start()

    def kill(self) -> None:
        """End it at once; runs that it started go on."""
        if self.process:
            self.process.kill()
            self.process.wait()

    def let_go(self) -> None:
        """Have it end itself, with all that it started."""
        if self.process and self.process.stdin:
            with suppress(BrokenPipeError):
                self.process.stdin.close()

    def wait(self) -> None:
        """Wait until it and all that it started have ended; kill what does not."""
        if self.process is None:
            return
        give_up = time.monotonic() + _SECONDS_TO_END
        with suppress(ProcessLookupError):
            while time.monotonic() < give_up:
                self.process.poll()
                os.killpg(self.process.pid, 0)
                time.sleep(0.1)
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@dataclass
class Services:
    """The three, and what was seen of them."""

    code: Service
    daemon: Service
    pages: Service
    url: str
    say: Say
    parsed: Path | None = None  # the folder of parsed projects
    is_watching: bool = False  # for what people are to be told of
    _silences: int = field(default=0, init=False)
    _errors: int = field(default=0, init=False)
    _loads: int = field(default=0, init=False)
    _tracing: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _traced: set[Path] = field(default_factory=set, init=False)
    _telling: subprocess.Popen[bytes] | None = field(default=None, init=False)
    _told_at: float = field(default_factory=time.monotonic, init=False)

    def look(self) -> None:
        """Start again what has ended or is of no use. To be called every few seconds."""
        for service in (self.code, self.daemon, self.pages):
            service.start_if_ended(self.say)
        self._trace()
        self._tell()
        try:
            error = code_error(ask(self.url, _STATE))
        except OSError:  # no connection, no answer in time, or one that is no success
            self._silences += 1
            if self._silences >= _LOOKS_AT_SILENCE:
                self._silences = 0
                self.pages.kill()
            return
        self._silences = 0
        self._mend(error)

    def end_looking(self) -> None:
        """End what `look` has begun; it begins anew with the next start."""
        for process in (self._tracing, self._telling):
            if process is not None:
                process.kill()
                process.wait()

    def _tell(self) -> None:
        """Have people told of what came to hold between runs, such as exports that stay away."""
        if self._telling is not None and self._telling.poll() is not None:
            self._telling = None
        is_due = time.monotonic() - self._told_at >= _SECONDS_BETWEEN_ALERTS
        if self.is_watching and is_due and self._telling is None:
            self._told_at = time.monotonic()
            self._telling = subprocess.Popen(
                [sys.executable, "-m", "dagster_project.cli", "alert"],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # it says on stderr what failed
                start_new_session=True,
            )

    def _trace(self) -> None:
        """Have the origins of columns found once a project was built, and then shown."""
        if self._tracing is None:
            manifest = lineage.wanted(self.parsed) if self.parsed else None
            if manifest is not None and manifest not in self._traced:
                self._traced.add(manifest)
                self._tracing = subprocess.Popen(
                    [sys.executable, "-m", lineage.__name__, str(manifest)],
                    stdin=subprocess.DEVNULL,
                    start_new_session=True,
                )
        elif (status := self._tracing.poll()) is not None:
            self._tracing = None
            if status == 0:
                with suppress(OSError):  # then they are seen after the next start
                    ask(self.url, _LOAD)
            else:
                self.say(
                    "The pages do not show where columns come from; what keeps them stands above."
                )

    def _mend(self, error: str | None) -> None:
        if error is None:
            if self._loads:
                self.say("The project is loaded again; schedule and sensor work.")
            self._errors = self._loads = 0
            return
        self._errors += 1
        if self._errors < min(_LOOKS_AT_AN_ERROR * 2**self._loads, _MOST_LOOKS_BETWEEN_LOADS):
            return
        self._errors = 0
        if self._loads == 0:
            self.say(f"Dagster cannot read the project ({error}); it is loaded again.")
        self._loads += 1
        if self._loads % (_LOADS + 1) == 0:
            self.code.kill()
        else:
            with suppress(OSError):  # the next look sees what came of it
                ask(self.url, _LOAD)


@contextmanager
def services(settings: Settings, *, host: str, port: int, say: Say) -> Iterator[Services]:
    """Start all three; end them, and the runs they started, with the block.

    Raises RunFailedError when one of them ends before the pages answer.
    """
    with TemporaryDirectory(prefix="leadpact-") as name:
        folder = Path(name)
        socket, workspace = folder / "code.sock", folder / "workspace.yaml"
        server = {"location_name": _MODULE, "host": "localhost", "socket": str(socket)}
        workspace.write_text(yaml.safe_dump({"load_from": [{"grpc_server": server}]}))
        read = ("--workspace", str(workspace))
        at = settings.project_root
        all_three = Services(
            code=Service("code server", _code_server(socket), at),
            daemon=Service("daemon", ["dagster._daemon", "run", *read], at),
            pages=Service(
                "web server", ["dagster_webserver", "-h", host, "-p", str(port), *read], at
            ),
            url=pages_url(host, port),
            say=say,
            parsed=parsed_dir(settings),
            is_watching=bool(settings.alerts.get_secret_value().strip()),
        )
        started = (all_three.code, all_three.daemon, all_three.pages)
        try:
            # What reads it would wait for it, and complain meanwhile.
            all_three.code.start()
            _wait(all_three, socket.exists)
            all_three.daemon.start()
            all_three.pages.start()
            _wait(all_three, lambda: _answers(all_three.url))
            yield all_three
        finally:
            all_three.end_looking()
            for service in started:
                service.let_go()
            for service in started:
                service.wait()


def keep_running(running: Services) -> None:
    """Look after the services, for ever."""
    while True:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
        running.look()


def ask(url: str, query: str) -> dict[str, Any]:
    """The data of the pages' answer to a GraphQL query. Raises OSError when there is none."""
    request = urllib.request.Request(
        f"{url}/graphql",
        data=json.dumps({"query": query}).encode(),
        headers={"Content-Type": "application/json"},
    )
    # A proxy for the web has no part in this.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=_SECONDS_TO_ANSWER) as answer:
            data: dict[str, Any] | None = json.load(answer)["data"]
    except (HTTPException, ValueError, KeyError) as error:
        raise ConnectionError(f"{url} gave no answer to a question: {error}") from error
    if data is None:
        raise ConnectionError(f"{url} could not answer a question.")
    return data


def code_error(state: dict[str, Any]) -> str | None:
    """Why the pages cannot read the project, in a line; None when they can, or are about to."""
    workspace = state["workspaceOrError"]
    entries = workspace.get("locationEntries", ())
    for error in (workspace, *(entry["locationOrLoadError"] or {} for entry in entries)):
        if "message" in error:
            first = next(iter(error["message"].splitlines()), "")
            return first or str(error["className"])
    return None


def pages_url(host: str, port: int) -> str:
    """Where a browser on this machine finds the pages."""
    reached = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{reached}]:{port}" if ":" in reached else f"http://{reached}:{port}"


def _code_server(socket: Path) -> list[str]:
    return [
        *("dagster", "code-server", "start", "-m", _MODULE, "--location-name", _MODULE),
        *("--socket", str(socket), "--use-python-environment-entry-point"),
        *("--heartbeat-ttl", str(_SECONDS_WITHOUT_A_WORD), "--log-level", "warning"),
    ]


def _answers(url: str) -> bool:
    try:
        ask(url, _STATE)
    except OSError:
        return False
    return True


def _wait(running: Services, is_ready: Callable[[], bool]) -> None:
    while not is_ready():
        for service in (running.code, running.daemon, running.pages):
            if service.status is not None:
                raise RunFailedError(
                    f"Dagster's {service.purpose} ended as it started (status {service.status}); "
                    "what it says about it stands above."
                )
        time.sleep(0.2)
