"""dbt's models as assets and its tests as their checks, built by our own dbt process.

Belongs here: what Dagster is told of a node as it ends. Does not belong here: running dbt
(building), nor drawing the graph (drawing).
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from dagster_project import nightly
from dagster_project.defs.drawing import UNIQUE_ID, Drawing
from dagster_project.defs.run_resource import RUN, the_run
from dagster_project.transform import NodeResult


def model_assets(drawing: Drawing) -> dg.AssetsDefinition:
    """Every model but those that show what the expectations found, with the tests of all."""
    models = {spec.metadata[UNIQUE_ID]: spec.key for spec in drawing.models}
    tests = {spec.metadata[UNIQUE_ID]: spec for spec in drawing.tests}

    @dg.multi_asset(
        name="dbt_models",
        can_subset=True,  # so that asking for a part is refused in a sentence of ours
        specs=drawing.models,
        check_specs=drawing.tests,
        required_resource_keys={RUN},
        op_tags={"kind": "dbt"},
    )
    def build(
        context: dg.AssetExecutionContext,
    ) -> Iterator[dg.MaterializeResult | dg.AssetCheckResult]:
        run = the_run(context)
        with nightly.step(run):
            # Recorded while dbt goes on building.
            for node in nightly.build(run):
                if node.unique_id in models and not node.failed:
                    yield _materialized(models[node.unique_id], node)
                elif node.unique_id in tests:
                    yield _checked(tests[node.unique_id], node)

    return build


def _materialized(key: dg.AssetKey, node: NodeResult) -> dg.MaterializeResult:
    metadata: dict[str, Any] = {"seconds": round(node.seconds, 3)}
    if node.rows is not None:
        metadata["dagster/row_count"] = node.rows
    return dg.MaterializeResult(asset_key=key, metadata=metadata)


def _checked(spec: dg.AssetCheckSpec, node: NodeResult) -> dg.AssetCheckResult:
    return dg.AssetCheckResult(
        asset_key=spec.asset_key,
        check_name=spec.name,
        passed=not node.failed,
        metadata={"failures": node.failures or 0, "seconds": round(node.seconds, 3)},
    )
