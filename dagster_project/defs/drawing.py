"""What dagster-dbt draws of dbt's manifest: assets and their checks, kept until either changes.

Belongs here: from manifest.json to specs. Does not belong here: who builds them (models).

Kept, because dagster-dbt imports all of dbt: two seconds of every run, for a drawing that changes
when somebody edits a model.
"""

import copyreg
import hashlib
import json
import pickle
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, ClassVar

import dagster as dg

from dagster_project.transform import CHECKED_WHILE_BUILT, primary_keys

# Names the node of dbt that a spec was drawn from.
UNIQUE_ID = "dagster_dbt/unique_id"
# What dagster-dbt needs to run dbt itself: the whole manifest at every asset.
_ITS_OWN = ("dagster_dbt/manifest", "dagster_dbt/dagster_dbt_translator", "dagster_dbt/project_id")
_DRAWN_BY = ("dagster", "dagster-dbt")

# The agreement is edited by people, not built by the run: its seeds are drawn, not materialized.
_SEEDS = "resource_type:seed"
_FINDINGS = "source:checks+,resource_type:model"
_DRAWN = frozenset({"model", "seed", "source"})

EXPOSURES = "exposures"
# Where Dagster looks for a table's columns.
COLUMN_SCHEMA = "dagster/column_schema"


@dataclass(frozen=True)
class Drawing:
    """The project as Dagster shows it.

    `agreement` are the seeds: drawn, so that a rule leads to its marts. `findings` are views of
    what the expectations found, which are as new as that. `exposures` are what people see: clauses,
    pages, tools. `by_id` has the key of every model, seed and source by dbt's unique id.
    """

    agreement: tuple[dg.AssetSpec, ...]
    models: tuple[dg.AssetSpec, ...]
    tests: tuple[dg.AssetCheckSpec, ...]
    findings: tuple[dg.AssetSpec, ...]
    exposures: tuple[dg.AssetSpec, ...]
    by_id: Mapping[str, dg.AssetKey]

    def keys(self, *layers: str) -> list[dg.AssetKey]:
        """The models of some layers, without findings."""
        return [spec.key for spec in self.models if spec.key.path[0] in layers]


def draw(manifest_file: Path) -> Drawing:
    """The drawing of a manifest."""
    file = manifest_file.with_name("drawing.pickle")
    content = manifest_file.read_bytes()
    mark = _mark(content)
    if file.exists():
        with file.open("rb") as opened:
            if pickle.load(opened) == mark:
                return pickle.load(opened)
    drawing = _draw(json.loads(content))
    # Beside it and then in its place: runs of other data directories read it too.
    with NamedTemporaryFile(dir=file.parent, delete=False) as made:
        pickle.dump(mark, made)
        pickler = pickle.Pickler(made)
        # A dependency is kept by its key: its class pickles but does not unpickle.
        pickler.dispatch_table = {
            **copyreg.dispatch_table,
            dg.AssetDep: lambda dep: (dg.AssetDep, (dep.asset_key,)),
        }
        pickler.dump(drawing)
    Path(made.name).replace(file)
    return drawing


def _mark(manifest: bytes) -> str:
    digest = hashlib.sha256(manifest)
    for part in (*map(version, _DRAWN_BY), str(Path(__file__).stat().st_mtime_ns)):
        digest.update(f"|{part}".encode())
    return digest.hexdigest()


def _draw(manifest: Mapping[str, Any]) -> Drawing:
    from dagster_dbt import (
        DagsterDbtTranslator,
        DagsterDbtTranslatorSettings,
        DbtProject,
        build_dbt_asset_specs,
        dbt_assets,
    )

    class Translator(DagsterDbtTranslator):
        """Keys mirror layer and model, groups are layers; sources bind by their own `meta`."""

        # Dagster asks for each node once per node that reads it, all the way up.
        specs: ClassVar[dict[str, dg.AssetSpec]] = {}

        def get_asset_spec(
            self, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
        ) -> dg.AssetSpec:
            if unique_id not in self.specs:
                spec = super().get_asset_spec(manifest, unique_id, project)
                self.specs[unique_id] = _named(spec, self.get_resource_props(manifest, unique_id))
            return self.specs[unique_id]

    translator = Translator(DagsterDbtTranslatorSettings(enable_asset_checks=True))

    @dbt_assets(
        manifest=manifest,
        exclude=CHECKED_WHILE_BUILT,
        dagster_dbt_translator=translator,
    )
    def drawn() -> Iterator[dg.MaterializeResult]:
        yield from ()

    def specs(select: str) -> tuple[dg.AssetSpec, ...]:
        found = build_dbt_asset_specs(
            manifest=manifest, dagster_dbt_translator=translator, select=select
        )
        return tuple(map(_without_its_own, found))

    by_id = {
        unique_id: translator.get_asset_spec(manifest, unique_id, None).key
        for kind in ("nodes", "sources")
        for unique_id, node in manifest[kind].items()
        if node["resource_type"] in _DRAWN
    }
    agreement, findings = specs(_SEEDS), specs(_FINDINGS)
    # Excluding them above would take the tests along that read them beside models.
    apart = {spec.key for spec in (*agreement, *findings)}
    keyed = primary_keys(manifest)
    models = (_without_its_own(spec) for spec in drawn.specs if spec.key not in apart)
    return Drawing(
        agreement=agreement,
        models=tuple(_with_key(spec, keyed) for spec in models),
        tests=tuple(spec for spec in drawn.check_specs if spec.asset_key not in apart),
        findings=tuple(_with_key(spec, keyed) for spec in findings),
        exposures=tuple(_exposures(manifest, by_id)),
        by_id=by_id,
    )


def _with_key(spec: dg.AssetSpec, keyed: Mapping[str, Sequence[str]]) -> dg.AssetSpec:
    """With what identifies a row among its columns; the run checks it as it makes the table."""
    columns = keyed.get(".".join(spec.key.path))
    schema = spec.metadata.get(COLUMN_SCHEMA)
    if columns is None or schema is None:
        return spec
    constraint = dg.TableConstraints(other=[f"primary key ({', '.join(columns)})"])
    return spec.merge_attributes(
        metadata={COLUMN_SCHEMA: dg.TableSchema(schema.columns, constraint)}
    )


def _exposures(
    manifest: Mapping[str, Any], by_id: Mapping[str, dg.AssetKey]
) -> Iterator[dg.AssetSpec]:
    for exposure in manifest["exposures"].values():
        keys = [by_id[unique_id] for unique_id in exposure["depends_on"]["nodes"]]
        yield dg.AssetSpec(
            [EXPOSURES, exposure["name"]],
            deps=keys,
            group_name=EXPOSURES,
            kinds={exposure["type"]},
            owners=[exposure["owner"]["email"]],
            description=_with_links(exposure["description"], by_id.values()),
        )


def _with_links(text: str, keys: Iterable[dg.AssetKey]) -> str:
    """The names of models and seeds in it lead to their pages."""
    known = {key.path[-1]: link(key) for key in keys if len(key.path) == len(("layer", "name"))}
    return re.sub(r"\w+", lambda word: known.get(word[0], word[0]), text)


def link(key: dg.AssetKey) -> str:
    """A link to an asset's page, as Markdown."""
    return f"[{key.path[-1]}](/assets/{'/'.join(key.path)})"


def _named(spec: dg.AssetSpec, node: Mapping[str, Any]) -> dg.AssetSpec:
    if node["resource_type"] == "source":
        return spec
    if node["resource_type"] == "seed":  # its description would show SQL that it has not
        spec = spec.replace_attributes(description=node["description"])
    layer = "contract" if node["resource_type"] == "seed" else node["schema"]
    return spec.replace_attributes(key=dg.AssetKey([layer, node["name"]]), group_name=layer)


def _without_its_own(spec: dg.AssetSpec) -> dg.AssetSpec:
    return spec.replace_attributes(
        metadata={name: value for name, value in spec.metadata.items() if name not in _ITS_OWN}
    )
