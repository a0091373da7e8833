"""Which columns a column is made from, and that it is found once per project."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project import lineage
from dagster_project.compiled import Compiled, keep_columns, read_compiled, write_beside
from dagster_project.lineage import lineage_file, make_lineage, read_lineage, wanted

_SQL = """
with routed as (
    select l.lead_id as lead, max(l.score) as score from "leadpact"."staging"."leads" as l
    where l.is_deleted is null group by all
)
select routed.lead, routed.score + o.amount as worth, 'crm' as origin
from routed inner join "leadpact"."contract"."offers" as o on routed.lead = o.lead_id
"""


def _manifest(folder: Path) -> Path:
    nodes: dict[str, Any] = {
        "model.x.worth": {"resource_type": "model", "schema": "marts", "alias": "worth"},
        "model.x.leads": {"resource_type": "model", "schema": "staging", "alias": "leads"},
        "seed.x.offers": {"resource_type": "seed", "schema": "contract", "alias": "offers"},
    }
    source = {"resource_type": "source", "schema": "mapped", "identifier": "crm__lead"}
    folder.mkdir(parents=True)
    file = folder / "manifest.json"
    file.write_text(json.dumps({"nodes": nodes, "sources": {"source.x.lead": source}}))
    return file


def _keep(manifest: Path, worth: str = _SQL) -> None:
    leads = 'select Id as lead_id, score, is_deleted from "leadpact"."mapped"."crm__lead"'
    columns = {
        "marts.worth": [["lead", "varchar"], ["worth", "double"], ["origin", "varchar"]],
        "staging.leads": [[name, "varchar"] for name in ("lead_id", "score", "is_deleted")],
        "contract.offers": [["lead_id", "varchar"], ["amount", "double"]],
    }
    sql = {"model.x.worth": worth, "model.x.leads": leads}
    write_beside(manifest.with_name("compiled.json"), json.dumps(sql))
    write_beside(manifest.with_name("columns.json"), json.dumps(columns))


def test_a_column_is_made_from_what_it_is_computed_of(tmp_path: Path) -> None:
    manifest = _manifest(tmp_path / "one")
    _keep(manifest)
    make_lineage(manifest)
    found = read_lineage(manifest)
    assert {name: [tuple(o) for o in made] for name, made in found["model.x.worth"].items()} == {
        "lead": [("model.x.leads", "lead_id")],
        "worth": [("model.x.leads", "score"), ("seed.x.offers", "amount")],  # not is_deleted
        "origin": [],
    }
    # A source whose columns nobody declared.
    assert found["model.x.leads"]["lead_id"] == [["source.x.lead", "id"]]


def test_only_what_was_edited_is_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = _manifest(tmp_path / "one"), _manifest(tmp_path / "two")
    _keep(first)
    make_lineage(first)
    read: list[str] = []
    columns = lineage._columns

    def reading(sql: str, schema: Any, relations: Any) -> Any:
        read.append(sql)
        return columns(sql, schema, relations)

    monkeypatch.setattr(lineage, "_columns", reading)
    edited = _SQL.replace("routed.score + o.amount", "o.amount")
    _keep(second, edited)
    make_lineage(second)
    assert read == [edited]
    assert read_lineage(second)["model.x.worth"]["worth"] == [["seed.x.offers", "amount"]]
    make_lineage(second)
    assert read == [edited]


def test_it_is_wanted_once_a_project_was_built(tmp_path: Path) -> None:
    assert wanted(tmp_path) is None
    old, manifest = _manifest(tmp_path / "old"), _manifest(tmp_path / "new")
    os.utime(old, (1, 1))
    _keep(old)
    assert wanted(tmp_path) is None
    assert read_lineage(manifest) == {}
    make_lineage(manifest)  # there is nothing to read
    assert not lineage_file(manifest).exists()
    _keep(manifest)
    assert wanted(tmp_path) == manifest
    make_lineage(manifest)
    assert wanted(tmp_path) is None


def test_what_a_build_knows_is_kept_once(tmp_path: Path) -> None:
    manifest, warehouse = _manifest(tmp_path / "one"), tmp_path / "w.duckdb"
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create schema marts; create table marts.worth (lead text, worth int)")
    keep_columns(manifest, warehouse)
    assert read_compiled(manifest) is None
    write_beside(manifest.with_name("compiled.json"), '{"model.x.worth": "select 1"}')
    kept = Compiled(
        {"model.x.worth": "select 1"},
        {"marts.worth": [("lead", "varchar"), ("worth", "integer")]},
    )
    assert read_compiled(manifest) == kept
    warehouse.unlink()
    keep_columns(manifest, warehouse)  # does not look again
    assert read_compiled(manifest) == kept
