"""Start Dagster: the job in this process, or its pages with the daemon beside.

Belongs here: how a command becomes a Dagster run. Does not belong here: definitions (defs), and
what is printed.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, suppress
from typing import Any, TextIO

from filelock import FileLock, Timeout

from dagster_project.errors import LeadpactError, RunFailedError, UsageError, causes, disk_full
from dagster_project.nightly import Prepared, Run, Stage, Watch, prepare
from dagster_project.settings import Settings


def run_nightly(
    settings: Settings, watch: Watch, *, as_of: str | None, full_refresh: bool, forget: list[str]
) -> None:
    """The job `nightly` in this process, recorded in Dagster's history of the data directory.

    Raises ContractError and UsageError before anything is started, RefusedFilesError and
    RunFailedError after it failed; then what was published before is as it was.
    """
    with prepare(settings) as prepared:
        load: dict[str, object] = {"as_of": as_of, "full_refresh": full_refresh, "forget": forget}
        _execute(settings, prepared, watch, load)


def start_ui(settings: Settings, *, host: str, port: int, say: Callable[[str], None]) -> None:
    """Dagster's pages and its daemon, until they are stopped; both are started again if they die.

    Raises UsageError when the data directory has them already or the address is taken, and
    RunFailedError when Dagster does not start.
    """
    from dagster_project.defs.instance import prepare_home
    from dagster_project.services import keep_running, pages_url, services

    try:
        prepare_home(settings)
    except OSError as error:
        raise disk_full(error, settings.dagster_home) or UsageError(
            f"{settings.dagster_home} cannot be written to ({error.strerror}): make it writable, "
            "or name another folder with --data-dir."
        ) from error
    with _only_ui(settings):
        _refuse_taken(host, port)
        settings.ui_mark.write_text(pages_url(host, port), encoding="utf-8")
        # Ctrl-C is how people end it.
        with (
            suppress(KeyboardInterrupt),
            services(settings, host=host, port=port, say=say) as running,
        ):
            say(f"Dagster's pages are at {running.url}; Ctrl-C ends them, schedule and sensor.")
            keep_running(running)


@contextmanager
def _only_ui(settings: Settings) -> Iterator[None]:
    """Two daemons on one data directory would each start every run."""
    try:
        with FileLock(settings.ui_lock, timeout=0):
            yield
    except Timeout as error:
        where = settings.ui_mark.read_text(encoding="utf-8") if settings.ui_mark.exists() else "?"
        raise UsageError(
            f"leadpact ui is running on {settings.data_dir} already, at {where}: use that one, or "
            "name another folder with --data-dir."
        ) from error


def _refuse_taken(host: str, port: int) -> None:
    try:
        ((family, kind, protocol, _, address), *_) = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM
        )
        with socket.socket(family, kind, protocol) as tried:
            tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            tried.bind(address)
    except OSError as error:
        raise UsageError(
            f"Nobody can listen on {host}, port {port} ({error.strerror}): name others with --host "
            "and --port."
        ) from error


def _execute(settings: Settings, prepared: Prepared, watch: Watch, load: dict[str, object]) -> None:
    """`load` is the configuration of the step that loads."""
    import dagster as dg

    from dagster_project.defs.assemble import build_defs
    from dagster_project.defs.instance import prepare_home
    from dagster_project.defs.run_resource import RUN, TRIGGER_TAG, run_resource
    from dagster_project.defs.schedules import JOB

    seen: dict[str, Run] = {}

    def note(run: Run, stage: Stage, message: str) -> None:
        seen[RUN] = run
        watch(run, stage, message)

    prepare_home(settings)
    definitions = build_defs(
        settings,
        prepared=prepared,
        resource_overrides={RUN: run_resource(settings, note, prepared)},
    )
    with dg.DagsterInstance.get() as instance, redirect_stderr(_Stderr(sys.stderr)):
        try:
            definitions.resolve_job_def(JOB).execute_in_process(
                instance=instance,
                tags={TRIGGER_TAG: "command"},
                run_config={
                    "ops": {"load_exports": {"config": load}},
                    "loggers": {"file": {}},
                },
            )
        except dg.DagsterExecutionInterruptedError as error:
            raise KeyboardInterrupt from error
        except Exception as error:
            failure = seen[RUN].failure if RUN in seen else None
            raise (disk_full(error, settings.data_dir) or failure or _cause(error)) from error


class _Stderr:
    """stderr without what Dagster prints before it raises, so that it is told once, by us."""

    _TOLD_TWICE = "Exception while writing logger call to event log: "

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> int:
        return len(text) if text.startswith(self._TOLD_TWICE) else self._stream.write(text)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _cause(error: BaseException) -> LeadpactError:
    """The sentence for people inside what Dagster wrapped around it."""
    for cause in causes(error):
        if isinstance(cause, LeadpactError):
            return cause
    return RunFailedError(f"The run failed: {' '.join(str(error).split())}")
