"""dbt's pages: what is in them, and what must not be."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from dagster_project.compiled import Compiled
from dagster_project.contract import read_contract
from dagster_project.dbt_docs import docs_folder, make_docs
from dagster_project.settings import Settings
from dagster_project.transform import prepare_manifest, project_dir

_MODEL = "model.leadpact.rpt_speed_to_lead_curve"


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(data_dir=tmp_path_factory.mktemp("docs"))


@pytest.fixture(scope="module")
def page(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> str:
    manifest = tmp_path_factory.mktemp("parsed") / "manifest.json"
    made = prepare_manifest(settings, read_contract(settings.contract))
    manifest.write_bytes(made.read_bytes())
    compiled = Compiled(
        {_MODEL: "select '</script><b>' as x"},
        {"marts.rpt_speed_to_lead_curve": [("clock", "varchar"), ("cycles", "bigint")]},
    )
    folder = make_docs(manifest, compiled)
    assert folder == docs_folder(manifest)
    file = folder / "index.html"
    before = file.stat().st_mtime_ns
    make_docs(manifest, compiled)
    assert file.stat().st_mtime_ns == before
    return file.read_text(encoding="utf-8")


def inlined(page: str, name: str) -> dict[str, Any]:
    at = re.search(rf"{name}:\{{\"metadata\"", page)
    assert at is not None
    value, _ = json.JSONDecoder().raw_decode(page[at.end() - len('{"metadata"') :])
    return dict(value)


def test_models_show_what_was_built(page: str) -> None:
    project, catalog = inlined(page, "manifest"), inlined(page, "catalog")
    assert project["nodes"][_MODEL]["compiled_code"] == "select '</script><b>' as x"
    assert list(catalog["nodes"][_MODEL]["columns"]) == ["clock", "cycles"]
    assert catalog["nodes"][_MODEL]["columns"]["cycles"]["type"] == "bigint"
    assert {"speed_to_lead", "scorecard", "bi_tools"} <= {
        exposure["name"] for exposure in project["exposures"].values()
    }
    assert "</script><b>" not in page


def test_nothing_of_the_machine_and_no_call_home(page: str, settings: Settings) -> None:
    for path in (settings.data_dir, project_dir(settings), settings.project_root, Path.home()):
        if len(path.parts) > 1:
            assert f'"{path}' not in page, path
    metadata = inlined(page, "manifest")["metadata"]
    assert metadata["send_anonymous_usage_stats"] is False
    assert not {"user_id", "invocation_id", "env", "project_id"} & set(metadata)
    assert "root_path" not in page.partition("manifest:{")[2]
