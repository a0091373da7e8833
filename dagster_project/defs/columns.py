"""Where each column comes from, on the assets of the models.

Belongs here: how lineage and mappings become metadata. Does not belong here: making the lineage
(lineage).

Two ways at once: Dagster's own metadata, which its API and its paid pages read, and words in the
description of each column, since the free pages leave that metadata out.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import dagster as dg

from dagster_project.defs.drawing import COLUMN_SCHEMA, UNIQUE_ID, Drawing, link
from dagster_project.ingest import Mappings
from dagster_project.lineage import Lineage

COLUMN_LINEAGE = "dagster/column_lineage"

# More would bury the description.
_MOST_NAMED = 6

Origin = tuple[dg.AssetKey, str]


def with_origins(drawing: Drawing, lineage: Lineage, mappings: Mappings) -> Drawing:
    """The drawing with the origins of columns; as it is where no lineage is kept yet."""
    if not lineage:
        return drawing
    delivered = _delivered(mappings)

    def traced(specs: Iterable[dg.AssetSpec]) -> tuple[dg.AssetSpec, ...]:
        return tuple(
            _traced(spec, lineage.get(spec.metadata[UNIQUE_ID], {}), drawing.by_id, delivered)
            for spec in specs
        )

    return replace(drawing, models=traced(drawing.models), findings=traced(drawing.findings))


def _traced(
    spec: dg.AssetSpec,
    columns: Mapping[str, Sequence[tuple[str, str]]],
    by_id: Mapping[str, dg.AssetKey],
    delivered: Mapping[Origin, Sequence[str]],
) -> dg.AssetSpec:
    origins: dict[str, list[Origin]] = {}
    for column, named in columns.items():
        found = [(by_id[unique_id], name) for unique_id, name in named if unique_id in by_id]
        origins[column] = [
            (key, spelling)
            for key, name in found
            for spelling in delivered.get((key, name), [name])
        ]
    schema = spec.metadata.get(COLUMN_SCHEMA)
    if schema is None:
        return spec
    described = [_described(column, origins.get(column.name, [])) for column in schema.columns]
    deps = {
        column: [dg.TableColumnDep(key, name) for key, name in found]
        for column, found in origins.items()
    }
    return spec.merge_attributes(
        metadata={
            COLUMN_SCHEMA: dg.TableSchema(described, schema.constraints),
            COLUMN_LINEAGE: dg.TableColumnLineage(deps),
        }
    )


def _described(column: dg.TableColumn, origins: Sequence[Origin]) -> dg.TableColumn:
    if not origins:
        return column
    named = [f"{link(key)}.{name}" for key, name in origins[:_MOST_NAMED]]
    more = f" and {len(origins) - _MOST_NAMED} more" if len(origins) > _MOST_NAMED else ""
    words = f"{column.description or ''}\n\nFrom {', '.join(named)}{more}."
    return dg.TableColumn(column.name, column.type, words.strip(), column.constraints, column.tags)


def _delivered(mappings: Mappings) -> dict[Origin, tuple[str, ...]]:
    """The columns as delivered, by raw table and canonical field."""
    return {
        (dg.AssetKey(["raw", mapping.crm, name]), field): source.columns
        for mapping in mappings
        for name, entry in mapping.objects.items()
        for field, source in entry.fields.items()
        if source.columns
    }
