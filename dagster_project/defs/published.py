"""What readers open, as assets.

Belongs here: the published files and their metadata. Does not belong here: publishing (publish).
"""

from collections.abc import Iterator, Sequence

import dagster as dg

from dagster_project import nightly
from dagster_project.defs.run_resource import RUN, the_run

WAREHOUSE = dg.AssetKey(["published", "warehouse"])


def published_assets(upstream: Sequence[dg.AssetKey]) -> dg.AssetsDefinition:
    """The published warehouse; all of its files change at one instant, so they are one asset."""

    @dg.multi_asset(
        name="publish",
        specs=[
            dg.AssetSpec(
                WAREHOUSE,
                deps=upstream,
                group_name="published",
                kinds={"duckdb", "parquet"},
                description="leadpact.duckdb, restricted.duckdb, Parquet files and Data Docs, "
                "replaced together by one rename.",
            )
        ],
        required_resource_keys={RUN},
    )
    def publish(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        run = the_run(context)
        with nightly.step(run):
            done = nightly.publish_build(run)
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

    return publish
