"""From which columns each column of a model is made, read off its compiled SQL.

Belongs here: that, once per parsed project. Does not belong here: how it is shown (defs), and when
it is made: it takes seconds, so `leadpact ui` does it beside itself (services), never a run.

What a column is computed from counts; what only chooses its row (`where`, `join … on`) does not.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dagster_project.compiled import Compiled, columns_file, read_compiled, write_beside

# By dbt's unique id of a model and by column: the columns it is made from, each with the unique id
# of its model, seed or source.
Lineage = dict[str, dict[str, list[tuple[str, str]]]]

_FILE = "lineage.json"
_DIALECT = "duckdb"


def lineage_file(manifest: Path) -> Path:
    """Where it is kept: beside the manifest of its project."""
    return manifest.with_name(_FILE)


def read_lineage(manifest: Path) -> Lineage:
    """What is kept; nothing before it was made."""
    file = lineage_file(manifest)
    if not file.exists():
        return {}
    return {key: entry["columns"] for key, entry in json.loads(file.read_bytes()).items()}


def wanted(parsed: Path) -> Path | None:
    """The manifest of the project used last, if it was built and its lineage is not kept yet.

    `parsed` is the folder of parsed projects.
    """
    manifests = sorted(parsed.glob("*/manifest.json"), key=lambda file: file.stat().st_mtime_ns)
    last = manifests[-1] if manifests else None
    if last is None or not columns_file(last).exists() or lineage_file(last).exists():
        return None
    return last


def make_lineage(manifest: Path) -> None:
    """Make and keep it. What another project's models made of the same SQL is taken from there."""
    compiled = read_compiled(manifest)
    if compiled is None or lineage_file(manifest).exists():
        return
    project = json.loads(manifest.read_bytes())
    content = _trace(project, compiled, _known(manifest))
    write_beside(lineage_file(manifest), json.dumps(content))


def _known(manifest: Path) -> dict[str, Any]:
    """The lineage of the project before: after an edit most of it still holds."""
    files = manifest.parent.parent.glob(f"*/{_FILE}")
    newest = max(files, key=lambda file: file.stat().st_mtime_ns, default=None)
    return json.loads(newest.read_bytes()) if newest else {}


def _trace(
    project: Mapping[str, Any], compiled: Compiled, known: Mapping[str, Any]
) -> dict[str, Any]:
    relations = {f"{node['schema']}.{table}": key for key, node, table in _relations(project)}
    schema: Any = None
    found: dict[str, Any] = {}
    for key, sql in compiled.sql.items():
        if project["nodes"][key]["resource_type"] != "model":
            continue
        parents = [relation for relation in compiled.columns if relation in sql.replace('"', "")]
        mark = _mark(sql, {parent: compiled.columns[parent] for parent in sorted(parents)})
        if key in known and known[key]["mark"] == mark:
            found[key] = known[key]
            continue
        schema = schema or _schema(compiled)
        found[key] = {"mark": mark, "columns": _columns(sql, schema, relations)}
    return found


def _relations(project: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], str]]:
    for key, node in {**project["nodes"], **project["sources"]}.items():
        if node["resource_type"] in {"model", "seed", "source"}:
            yield key, node, node.get("identifier") or node["alias"]


def _mark(sql: str, parents: Mapping[str, object]) -> str:
    text = json.dumps([version("sqlglot"), sql, parents])
    return hashlib.sha256(text.encode()).hexdigest()


def _schema(compiled: Compiled) -> Any:
    from sqlglot import MappingSchema, to_table

    schema = MappingSchema(dialect=_DIALECT)
    for table, columns in compiled.columns.items():
        quoted = ".".join(f'"{part}"' for part in table.split(".", 1))
        schema.add_table(to_table(quoted, dialect=_DIALECT), dict(columns), dialect=_DIALECT)
    return schema


def _columns(
    sql: str, schema: Any, relations: Mapping[str, str]
) -> dict[str, list[tuple[str, str]]]:
    from sqlglot import exp
    from sqlglot.lineage import lineage

    # A column of a view that no mapping feeds may be unknown to the schema.
    roots = lineage(None, sql, schema=schema, dialect=_DIALECT, allow_partial_qualification=True)
    found: dict[str, list[tuple[str, str]]] = {}
    for column, root in roots.items():
        origins: set[tuple[str, str]] = set()
        for node in root.walk():
            table = None if node.downstream else node.expression.find(exp.Table)
            if table is not None and f"{table.db}.{table.name}" in relations:
                name = exp.to_column(node.name).name.lower()
                origins.add((relations[f"{table.db}.{table.name}"], name))
        found[column.lower()] = sorted(origins)
    return found


if __name__ == "__main__":
    os.nice(19)  # nobody waits for it
    make_lineage(Path(sys.argv[1]))
