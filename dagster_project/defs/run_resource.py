"""The resource every asset needs: the one run that may write, from its lock to its history.

Belongs here: the run's start and end as Dagster sees them. Does not belong here: the steps.
"""

from collections.abc import Mapping

import dagster as dg

from dagster_project.nightly import Prepared, Run, Watch, ignore_progress, one_run
from dagster_project.settings import Settings

RUN = "run"
TRIGGER_TAG = "leadpact/trigger"


def run_resource(
    settings: Settings, watch: Watch = ignore_progress, prepared: Prepared | None = None
) -> dg.ResourceDefinition:
    """The run, begun before the first step and ended after the last, also after a failure."""

    @dg.resource(description="One run at a time: its lock, its inputs and its row in ops.runs.")
    def leadpact_run(context: dg.InitResourceContext):  # type: ignore[no-untyped-def]
        tags = context.run.tags if context.run else {}
        run_id = context.run.run_id if context.run else "ephemeral"
        with one_run(settings, run_id, trigger_of(tags), watch, prepared) as run:
            yield run

    return leadpact_run


def the_run(context: dg.AssetExecutionContext | dg.AssetCheckExecutionContext) -> Run:
    """The run that this step belongs to."""
    return context.resources.run


def trigger_of(tags: Mapping[str, str]) -> str:
    """What started a run, from Dagster's own tags: command, schedule, sensor or ui."""
    if TRIGGER_TAG in tags:
        return tags[TRIGGER_TAG]
    if "dagster/schedule_name" in tags:
        return "schedule"
    return "sensor" if "dagster/sensor_name" in tags else "ui"
