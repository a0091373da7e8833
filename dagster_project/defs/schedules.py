"""When the run happens: one job, one schedule, one sensor.

Belongs here: what starts a run. Does not belong here: what it does. Only one run writes at a time,
whatever starts it: Dagster queues runs (dagster.yaml) and the run itself holds a lock.
"""

import json
from typing import Any

import dagster as dg

from dagster_project.nightly import fingerprint, loaded_mark
from dagster_project.scheduler import HOUR
from dagster_project.settings import Settings

# What define_asset_job returns has no public name; these take it.
AssetJob = Any

JOB = "nightly"
_SECONDS_BETWEEN_TICKS = 60


def nightly_job() -> AssetJob:
    """Everything, from the exports to what is published."""
    return dg.define_asset_job(
        JOB,
        selection=dg.AssetSelection.all(),
        description="Load, check, build, check, publish.",
        # Steps share one writing process, and a process per step would import everything again.
        executor_def=dg.in_process_executor,
        tags={"leadpact/writes": "warehouse"},
    )


def nightly_schedule(settings: Settings, job: AssetJob) -> dg.ScheduleDefinition:
    """02:00 every night, in the time zone of the settings."""
    return dg.ScheduleDefinition(
        name="nightly_at_two",
        job=job,
        cron_schedule=f"0 {HOUR} * * *",
        execution_timezone=settings.schedule_timezone,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )


def new_drop_sensor(settings: Settings, job: AssetJob) -> dg.SensorDefinition:
    """Starts a run when something new lies in the exports folder and has stopped growing."""

    @dg.sensor(
        name="new_drop",
        job=job,
        minimum_interval_seconds=_SECONDS_BETWEEN_TICKS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="A drop that has been quiet for one tick: nobody is still copying it.",
    )
    def new_drop(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
        state = json.loads(context.cursor) if context.cursor else {}
        now = fingerprint(settings.exports)
        if now is None:
            return dg.SkipReason(f"{settings.exports} holds nothing.")
        mark = loaded_mark(settings)
        loaded = mark.read_text(encoding="utf-8") if mark.exists() else None
        if now in (state.get("started"), loaded):
            return dg.SkipReason("Nothing new since the last run.")
        if now != state.get("seen"):
            cursor = json.dumps({**state, "seen": now})
            return dg.SensorResult(
                skip_reason="Something new; waiting until it stops growing.", cursor=cursor
            )
        # Dagster starts no second run for a key, and a folder may return to what it once held.
        count = state.get("count", 0) + 1
        return dg.SensorResult(
            run_requests=[dg.RunRequest(run_key=f"{count}-{now}")],
            cursor=json.dumps({"seen": now, "started": now, "count": count}),
        )

    return new_drop
