"""Start Dagster: the job in this process, or its pages with the daemon beside.

Belongs here: how a command becomes a Dagster run. Does not belong here: definitions (defs), and
what is printed.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress

from dagster_project.errors import LeadpactError, RunFailedError, UsageError, causes, disk_full
from dagster_project.nightly import Prepared, Run, Stage, Watch, prepare
from dagster_project.settings import Settings

_SECONDS_TO_END = 20.0


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


def start_ui(settings: Settings, *, host: str, port: int) -> int:
    """Dagster's pages and its daemon, until they are stopped; their exit status."""
    from dagster_project.defs.instance import prepare_home

    try:
        prepare_home(settings)
    except OSError as error:
        raise disk_full(error, settings.dagster_home) or UsageError(
            f"{settings.dagster_home} cannot be written to ({error.strerror}): make it writable, "
            "or name another folder with --data-dir."
        ) from error
    command = [sys.executable, "-m", "dagster", "dev", "-m", "dagster_project.definitions"]
    pages = subprocess.Popen(
        [*command, "-h", host, "-p", str(port)],
        env={**os.environ, "DAGSTER_DISABLE_TELEMETRY": "1"},
        cwd=settings.project_root,
        # A group of their own, so that they end with this process however it is told to.
        start_new_session=True,
    )
    try:
        return pages.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        _end_group(pages)


def _end_group(pages: subprocess.Popen[bytes]) -> None:
    """Have Dagster end its web server, daemon and code servers; kill what does not."""
    with suppress(ProcessLookupError):
        os.killpg(pages.pid, signal.SIGINT)
    with suppress(subprocess.TimeoutExpired):
        pages.wait(_SECONDS_TO_END)
    with suppress(ProcessLookupError):
        os.killpg(pages.pid, signal.SIGKILL)
    pages.wait()


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
    with dg.DagsterInstance.get() as instance:
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


def _cause(error: BaseException) -> LeadpactError:
    """The sentence for people inside what Dagster wrapped around it."""
    for cause in causes(error):
        if isinstance(cause, LeadpactError):
            return cause
    return RunFailedError(f"The run failed: {' '.join(str(error).split())}")
