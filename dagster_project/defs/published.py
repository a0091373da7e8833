"""What readers open, as assets.

Belongs here: the published files and their metadata. Does not belong here: publishing (publish).
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta

import dagster as dg

from dagster_project import nightly
from dagster_project.defs.run_resource import RUN, the_run
from dagster_project.publish import Publication
from dagster_project.report import ENTRY_PAGE
from dagster_project.scheduler import HOUR
from dagster_project.settings import Settings

# By when the run of a night has published, on the clock of the schedule.
_DUE_HOUR = 6

WAREHOUSE = dg.AssetKey(["published", "warehouse"])
SCORECARD = dg.AssetKey(["published", "scorecard"])
POSTGRES = dg.AssetKey(["published", "postgres"])


def published_assets(settings: Settings, upstream: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The published warehouse and the pages made of it.

    All of it changes at one instant, so one step makes both.
    """

    @dg.multi_asset(
        name="publish",
        specs=[
            dg.AssetSpec(
                WAREHOUSE,
                deps=upstream,
                group_name="published",
                kinds={"duckdb", "parquet"},
                description="leadpact.duckdb, restricted.duckdb, Parquet files and pages, "
                "replaced together by one rename. Stale when the night's run has not published "
                f"by {_DUE_HOUR:02}:00.",
                freshness_policy=dg.FreshnessPolicy.cron(
                    deadline_cron=f"0 {_DUE_HOUR} * * *",
                    lower_bound_delta=timedelta(hours=_DUE_HOUR - HOUR),
                    timezone=settings.schedule_timezone,
                ),
            ),
            dg.AssetSpec(
                SCORECARD,
                deps=[WAREHOUSE],
                group_name="published",
                kinds={"html"},
                description="What both leaders see: the pages of scorecard/, made of the published "
                "marts alone, and those of restricted_scorecard/, which name the leads.",
            ),
        ],
        required_resource_keys={RUN},
    )
    def publish(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        run = the_run(context)
        with nightly.step(run):
            done = nightly.publish_build(run)
        context.instance.add_run_tags(context.run_id, _told(run, done))
        yield dg.MaterializeResult(
            asset_key=WAREHOUSE,
            metadata={
                "folder": dg.MetadataValue.path(done.folder),
                "as_of": str(done.as_of),
                "rows": dict(done.rows),
                "bytes": done.size,
                "seconds": round(done.seconds, 3),
            },
        )
        if run.scorecard is not None:
            yield dg.MaterializeResult(
                asset_key=SCORECARD,
                metadata={
                    "page": dg.MetadataValue.path(done.folder / "scorecard" / ENTRY_PAGE),
                    "pages": run.scorecard.pages,
                    "bytes": run.scorecard.size,
                    "seconds": round(run.scorecard.seconds, 3),
                },
            )

    return publish


def postgres_asset() -> dg.AssetsDefinition:
    """The copy in PostgreSQL, where the settings name a database."""

    @dg.asset(
        key=POSTGRES,
        deps=[WAREHOUSE],
        group_name="published",
        kinds={"postgres"},
        description="marts and ops in PostgreSQL, replaced in one transaction. When this fails, "
        "the files are published all the same, and PostgreSQL holds what it held.",
        required_resource_keys={RUN},
    )
    def copy_to_postgres(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
        run = the_run(context)
        with nightly.step(run):
            done = nightly.copy_to_postgres(run)
        return dg.MaterializeResult(
            metadata={
                "database": done.where,
                "as_of": str(done.as_of),
                "rows": dict(done.rows),
                "notices": list(done.notices),
                "seconds": round(done.seconds, 3),
            }
        )

    return copy_to_postgres


def _told(run: nightly.Run, done: Publication) -> dict[str, str]:
    """What a list of runs shows beside each: what was published from what."""
    new = len(run.load.new) if run.load else 0
    return {
        "leadpact/as_of": f"{done.as_of:%Y-%m-%d %H:%M}" if done.as_of else "",
        "leadpact/new_files": str(new),
        "leadpact/agreement": run.contract.content_hash[:12],
        "leadpact/version": run.record.leadpact_version,
    }
