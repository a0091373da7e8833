"""dbt's models as assets, drawn from its manifest and built by our own in-process dbt.

Belongs here: keys, groups and metadata of models. Does not belong here: running dbt (transform).

dbt's tests are no asset checks of their own: Dagster stores each check in tens of milliseconds, so
hundreds of them would take longer than the run. They run all the same, a failed one fails the step
with its sentence, and each model shows how many passed.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import dagster as dg
from dagster_dbt import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtProject,
    build_dbt_asset_specs,
    dbt_assets,
)

from dagster_project import nightly
from dagster_project.defs.run_resource import RUN, the_run
from dagster_project.nightly import AFTER_CHECKS, Run
from dagster_project.transform import NodeResult

_UNIQUE_ID = "leadpact/dbt_unique_id"
# The agreement is edited by people, not built by the run: its seeds are drawn, not materialized.
_SEEDS = "resource_type:seed"


class Translator(DagsterDbtTranslator):
    """Keys mirror layer and model, groups are layers; sources bind by `meta.dagster.asset_key`."""

    def __init__(self) -> None:
        super().__init__(DagsterDbtTranslatorSettings(enable_asset_checks=False))
        # Dagster asks for each node once per node that reads it, all the way up.
        self._specs: dict[str, dg.AssetSpec] = {}

    def get_asset_spec(
        self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetSpec:
        """The spec of one dbt node."""
        if unique_id not in self._specs:
            spec = super().get_asset_spec(manifest, unique_id, project)
            self._specs[unique_id] = _named(spec, self.get_resource_props(manifest, unique_id))
        return self._specs[unique_id]


def _named(spec: dg.AssetSpec, node: Mapping[str, Any]) -> dg.AssetSpec:
    if node["resource_type"] == "source":
        return spec
    layer = "contract" if node["resource_type"] == "seed" else node["schema"]
    return spec.replace_attributes(
        key=dg.AssetKey([layer, node["name"]]), group_name=layer
    ).merge_attributes(metadata={_UNIQUE_ID: node["unique_id"]})


def model_assets(manifest_file: Path) -> list[dg.AssetsDefinition]:
    """Every model; in two steps where some read what the expectations found."""
    manifest = json.loads(manifest_file.read_bytes())
    assets = [_step(manifest, "dbt_models", f"{_SEEDS} {AFTER_CHECKS}", after_checks=False)]
    if any(source["source_name"] == "checks" for source in manifest["sources"].values()):
        assets.append(_step(manifest, "dbt_after_checks", _SEEDS, after_checks=True))
    return assets


def agreement_assets(manifest_file: Path) -> Sequence[dg.AssetSpec]:
    """The agreement's seeds: drawn, so that a rule leads to its marts, and made by people."""
    return build_dbt_asset_specs(
        manifest=json.loads(manifest_file.read_bytes()),
        dagster_dbt_translator=Translator(),
        select=_SEEDS,
    )


def built_layers(manifest_file: Path) -> dict[str, list[dg.AssetKey]]:
    """The models' keys by schema, without those that are built after the checks."""
    manifest = json.loads(manifest_file.read_bytes())
    late = _downstream_of_checks(manifest)
    layers: dict[str, list[dg.AssetKey]] = {}
    for unique_id, node in manifest["nodes"].items():
        if node["resource_type"] == "model" and unique_id not in late:
            layers.setdefault(node["schema"], []).append(
                dg.AssetKey([node["schema"], node["name"]])
            )
    return layers


def _downstream_of_checks(manifest: Mapping[str, Any]) -> set[str]:
    found: set[str] = set()
    pending = [name for name in manifest["sources"] if ".checks." in name]
    while pending:
        for child in manifest["child_map"].get(pending.pop(), []):
            if child not in found:
                found.add(child)
                pending.append(child)
    return found


def _step(
    manifest: dict[str, Any], name: str, exclude: str, *, after_checks: bool
) -> dg.AssetsDefinition:
    @dbt_assets(
        manifest=manifest,
        name=name,
        select=AFTER_CHECKS if after_checks else "fqn:*",
        exclude=exclude,
        dagster_dbt_translator=Translator(),
        required_resource_keys={RUN},
    )
    def models(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        run = the_run(context)
        with nightly.step(run):
            nodes = nightly.build(run, after_checks=after_checks)
        yield from _results(context, run, nodes, manifest)

    return models


def _results(
    context: dg.AssetExecutionContext,
    run: Run,
    nodes: list[NodeResult],
    manifest: Mapping[str, Any],
) -> Iterator[dg.MaterializeResult]:
    """In the order in which dbt built them, which is the order Dagster wants them in."""
    keys = {
        context.assets_def.specs_by_key[key].metadata[_UNIQUE_ID]: key
        for key in context.selected_asset_keys
    }
    tests = _tests_by_model(nodes, manifest)
    rows = nightly.row_counts(run.settings.warehouse_file)
    for result in nodes:
        if result.unique_id not in keys:
            continue
        node = manifest["nodes"][result.unique_id]
        metadata: dict[str, Any] = {"seconds": round(result.seconds, 3)}
        counted = rows.get(f"{node['schema']}.{node['alias']}")
        if counted is not None:
            metadata["dagster/row_count"] = counted
        for status, count in sorted(tests[result.unique_id].items()):
            metadata[f"tests_{status}"] = count
        yield dg.MaterializeResult(asset_key=keys[result.unique_id], metadata=metadata)


def _tests_by_model(
    nodes: list[NodeResult], manifest: Mapping[str, Any]
) -> dict[str, Counter[str]]:
    """How many tests of each model ended how; a test on two models counts for both."""
    found: dict[str, Counter[str]] = {name: Counter() for name in manifest["nodes"]}
    for node in nodes:
        if node.kind == "test":
            for parent in manifest["parent_map"].get(node.unique_id, []):
                if parent in found:
                    found[parent][node.status] += 1
    return found
