"""dbt's own pages of the project, as one file that needs no server and no network.

Belongs here: what goes into that file and what stays out. Does not belong here: when it is made
(nightly) and published (publish).

`dbt docs generate --static` puts the same together, but compiles every model again and writes paths
of this machine into it. The template is dbt's.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from dagster_project.compiled import Compiled, write_beside

PROJECT = "leadpact"
_FOLDER = "dbt_docs"
# Of a machine or a call, or of use to dbt alone.
_ITS_OWN = frozenset(
    {"root_path", "build_path", "compiled_path", "created_at", "unrendered_config", "raw_code_path"}
)
_OF_A_CALL = frozenset({"invocation_id", "invocation_started_at", "user_id", "env", "project_id"})


def docs_folder(manifest: Path) -> Path:
    """Where the pages are kept: beside the manifest of their project."""
    return manifest.with_name(_FOLDER)


def make_docs(manifest: Path, compiled: Compiled) -> Path:
    """The folder with the pages, made where it is not kept already."""
    folder = docs_folder(manifest)
    page = folder / "index.html"
    if not page.exists():
        folder.mkdir(exist_ok=True)
        project = _public(json.loads(manifest.read_bytes()), compiled)
        write_beside(page, _page(project, _catalog(project, compiled)))
    return folder


def _page(manifest: Mapping[str, Any], catalog: Mapping[str, Any]) -> str:
    template = _template().read_text(encoding="utf-8")
    for name, content in (("MANIFEST", manifest), ("CATALOG", catalog)):
        # Within a script element `</` would end it.
        text = json.dumps(content, separators=(",", ":")).replace("</", "<\\/")
        template = template.replace(f'"{name}.JSON INLINE DATA"', text)
    return template


def _template() -> Path:
    # Importing dbt takes a second; where it lies does not.
    spec = find_spec("dbt")
    places = list(spec.submodule_search_locations or ()) if spec else []
    found = [Path(place) / "task" / "docs" / "index.html" for place in places]
    return next(file for file in found if file.exists())


def _public(manifest: dict[str, Any], compiled: Compiled) -> dict[str, Any]:
    """The manifest without unit tests, other packages' macros and what is of this machine."""
    metadata = {
        name: value for name, value in manifest["metadata"].items() if name not in _OF_A_CALL
    }
    # With it on, the page would call home.
    metadata["send_anonymous_usage_stats"] = False
    nodes = {key: _without_its_own(node) for key, node in manifest["nodes"].items()}
    for key, sql in compiled.sql.items():
        if key in nodes:
            nodes[key] |= {"compiled": True, "compiled_code": sql}
    macros = {
        key: _without_its_own(macro)
        for key, macro in manifest["macros"].items()
        if macro["package_name"] == PROJECT
    }
    sources = {key: _without_its_own(source) for key, source in manifest["sources"].items()}
    return {
        **manifest,
        "metadata": metadata,
        "nodes": nodes,
        "sources": sources,
        "macros": macros,
        "unit_tests": {},
        "disabled": {},
    }


def _without_its_own(node: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in node.items() if name not in _ITS_OWN}


def _catalog(manifest: Mapping[str, Any], compiled: Compiled) -> dict[str, Any]:
    """Columns and their types as they were built.

    No numbers of rows: those change every night, and Dagster's pages show them.
    """
    found: dict[str, dict[str, Any]] = {"nodes": {}, "sources": {}}
    for kind, entries in found.items():
        for key, node in manifest[kind].items():
            table = node.get("identifier") or node.get("alias")
            columns = compiled.columns.get(f"{node['schema']}.{table}")
            if columns:
                entries[key] = {
                    "metadata": {
                        "type": (node.get("config") or {}).get("materialized", "view"),
                        "schema": node["schema"],
                        "name": table,
                        "database": node["database"],
                        "comment": None,
                        "owner": None,
                    },
                    "columns": {
                        name: {"type": kind, "index": index, "name": name, "comment": None}
                        for index, (name, kind) in enumerate(columns, start=1)
                    },
                    "stats": {},
                    "unique_id": key,
                }
    return {"metadata": {}, **found, "errors": None}
