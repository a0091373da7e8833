"""The resource every asset needs: the one run that may write, from its lock to its history.

Belongs here: the run's start and end as Dagster sees them. Does not belong here: the steps.
"""

from collections.abc import Callable, Mapping, Set
from contextlib import nullcontext

import dagster as dg

from dagster_project.alerts.telling import telling
from dagster_project.nightly import Prepared, Run, Watch, ignore_progress, one_run
from dagster_project.settings import Settings

RUN = "run"
TRIGGER_TAG = "leadpact/trigger"
_ONLY_WHOLE = (
    "Nothing was done: the whole run is published or nothing, so no asset is made by itself. Start "
    "the job nightly (Jobs, nightly, Materialize all), or leadpact nightly."
)


def run_resource(
    settings: Settings,
    watch: Watch = ignore_progress,
    prepared: Prepared | None = None,
    whole: Set[dg.AssetKey] = frozenset(),
) -> dg.ResourceDefinition:
    """The run, begun before the first step and ended after the last, also after a failure.

    `whole` are the assets of a run. None where Dagster was asked for a part of them; then no step
    does anything.
    """

    @dg.resource(description="One run at a time: its lock, its inputs and its row in ops.runs.")
    def leadpact_run(context: dg.InitResourceContext):  # type: ignore[no-untyped-def]
        tags = context.run.tags if context.run else {}
        run_id = context.run.run_id if context.run else "ephemeral"
        if context.run and is_part(context.run, whole):
            yield None
            return
        # The command line tells by itself, also of what it could not begin.
        told = nullcontext() if prepared else telling(settings, _warn(context))
        with told, one_run(settings, run_id, trigger_of(tags), watch, prepared) as run:
            yield run

    return leadpact_run


def _warn(context: dg.InitResourceContext) -> Callable[[str], None]:
    return context.log.warning if context.log else print


def the_run(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Run:
    """The run that this step belongs to; fails the step where only a part was asked for."""
    run: Run | None = context.resources.run
    if run is None:
        raise dg.Failure(_ONLY_WHOLE, allow_retries=False)
    return run


def is_part(run: dg.DagsterRun, whole: Set[dg.AssetKey]) -> bool:
    """Whether somebody chose only some of the assets, or only checks, as Dagster's pages let them.

    Its button for all assets of a job chooses each of them.
    """
    if run.asset_selection is None:
        return bool(run.op_selection or run.asset_check_selection)
    return not run.asset_selection >= whole


def trigger_of(tags: Mapping[str, str]) -> str:
    """What started a run, from Dagster's own tags: command, schedule, sensor or ui."""
    if TRIGGER_TAG in tags:
        return tags[TRIGGER_TAG]
    if "dagster/schedule_name" in tags:
        return "schedule"
    return "sensor" if "dagster/sensor_name" in tags else "ui"
