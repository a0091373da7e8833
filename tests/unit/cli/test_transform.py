"""dbt in process, on a project of two models."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project import transform
from dagster_project.contract import Contract, read_contract
from dagster_project.errors import RunFailedError
from dagster_project.settings import PROJECT_ROOT, Settings


class SmallSettings(Settings):
    """Settings whose dbt project is the test's own."""

    project: Path

    @property
    def dbt_dir(self) -> Path:
        return self.project


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallSettings:
    project = tmp_path / "dbt"
    for folder in ("models", "macros", "tests"):
        (project / folder).mkdir(parents=True)
    (project / "dbt_project.yml").write_text(
        "name: small\nversion: 1.0.0\nprofile: small\nvars: {gap: 30}\n"
        "flags: {send_anonymous_usage_stats: false}\n"
    )
    (project / "profiles.yml").write_text(
        "small:\n  target: t\n  outputs:\n    t: {type: duckdb, schema: main, threads: 1,\n"
        "      path: \"{{ env_var('LEADPACT_WAREHOUSE') }}\"}\n"
    )
    (project / "models" / "first.sql").write_text(
        "{{ config(materialized='table') }} select 1 as id, {{ var('gap') }} as gap"
    )
    (project / "models" / "second.sql").write_text("select id from {{ ref('first') }}")
    (project / "models" / "models.yml").write_text(
        "models:\n  - {name: first, columns: [{name: id, data_tests: [unique, not_null]}]}\n"
    )
    monkeypatch.setattr(
        transform, "stage_for_dbt", lambda _contract, folder: folder.mkdir(exist_ok=True)
    )
    return SmallSettings(data_dir=tmp_path / "data", project=project)


@pytest.fixture
def contract() -> Contract:
    return replace(read_contract(PROJECT_ROOT / "dbt" / "seeds"), vars={"gap": 7})


def test_build_reports_each_node_and_lets_go_of_the_file(
    settings: SmallSettings, contract: Contract
) -> None:
    heard: list[transform.NodeResult] = []
    manifest = transform.prepare_manifest(settings, contract)
    results = transform.build(settings, contract, on_nodes=heard.extend)
    ended = [(node.name, node.kind, node.status) for node in results]
    assert ended[0] == ("first", "model", "success")
    assert sorted(ended[1:3]) == [  # two at a time
        ("not_null_first_id", "test", "pass"),
        ("unique_first_id", "test", "pass"),
    ]
    assert ended[3:] == [("second", "model", "success")]
    assert heard == results
    assert all(node.seconds > 0 for node in results)
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as connection:
        assert connection.execute("from main.first").fetchall() == [(1, 7)]

    written = manifest.stat().st_mtime_ns
    assert transform.prepare_manifest(settings, contract) == manifest
    assert manifest.stat().st_mtime_ns == written

    model = settings.dbt_dir / "models" / "second.sql"
    model.write_text("select nope from {{ ref('first') }}")
    with pytest.raises(RunFailedError) as failure:
        transform.build(settings, contract)
    assert str(failure.value).startswith(
        'dbt model second failed: Binder Error: Referenced column "nope" not found'
    )
    assert str(failure.value).endswith("(models/second.sql)")
    assert "\n" not in str(failure.value)

    model.write_text("select id from {{ ref('first') }}")
    (settings.dbt_dir / "models" / "first.sql").write_text(
        "select unnest([1, 1, null]) as id, 1 as gap"
    )
    with pytest.raises(RunFailedError) as failure:
        transform.build(settings, contract)
    assert sorted(str(failure.value).splitlines()) == [
        "dbt test not_null_first_id found 1 rows that break it.",
        "dbt test unique_first_id found 1 rows that break it.",
    ]

    model.write_text("{{ this is no jinja")
    with pytest.raises(RunFailedError, match=r"dbt cannot parse the project"):
        transform.build(settings, contract)


def test_a_test_says_in_its_own_words_what_to_mend(
    settings: SmallSettings, contract: Contract
) -> None:
    (settings.dbt_dir / "tests" / "numbers_are_small.sql").write_text(
        "select 'numbers.csv: ' || n || ' is too large: mend it.' as sentence "
        "from range(11, 18) as r(n), {{ ref('first') }}"
    )
    with pytest.raises(RunFailedError) as failure:
        transform.build(settings, contract)
    assert str(failure.value).splitlines() == [
        *(f"numbers.csv: {number} is too large: mend it." for number in range(11, 16)),
        "… and 2 more like that.",
    ]


def test_data_directories_share_what_was_parsed_and_load_their_own_agreement(
    settings: SmallSettings, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.dbt_dir / "models" / "second.sql").write_text("select of_company from {{ ref('a') }}")

    def stage_for_dbt(_contract: Contract, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        (folder / "a.csv").write_text(f"of_company\n{folder.parents[2].name}\n")

    def parse_again(*_arguments: object) -> None:
        raise AssertionError("parsed again")

    monkeypatch.setattr(transform, "stage_for_dbt", stage_for_dbt)
    for company in ("ours", "theirs", "ours"):
        own = SmallSettings(data_dir=settings.data_dir / company, project=settings.project)
        transform.build(own, contract)
        with duckdb.connect(str(own.warehouse_file), read_only=True) as connection:
            assert connection.execute("from main.second").fetchall() == [(company,)]
        monkeypatch.setattr(transform, "_parse_anew", parse_again)
    with pytest.raises(AssertionError, match="parsed again"):
        transform.prepare_manifest(settings, replace(contract, vars={"gap": 8}))


def test_what_dbt_compiled_is_kept_and_serves_the_next_night(
    settings: SmallSettings, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    (settings.dbt_dir / "models" / "braces.sql").write_text("select '{{ '{{' }} as delivered' as t")

    def built(agreement: Contract) -> list[tuple[object, ...]]:
        transform._parsed.clear()  # another night, another process
        transform.build(settings, agreement)
        with duckdb.connect(str(settings.warehouse_file), read_only=True) as connection:
            return connection.execute("from main.first, main.second, main.braces").fetchall()

    fingerprint = transform.stage(settings, contract)
    assert transform._compiled(settings, fingerprint) == {}
    assert built(contract) == [(1, 7, 1, "{{ as delivered")]
    kept = transform._compiled(settings, fingerprint)
    assert kept["model.small.first"].strip() == "select 1 as id, 7 as gap"
    assert kept["model.small.second"] == 'select id from "leadpact"."main"."first"'
    assert "model.small.braces" not in kept
    with monkeypatch.context() as patched:
        changed = kept | {"model.small.first": "select 1 as id, 9 as gap"}
        patched.setattr(transform, "_compiled", lambda *_: changed)
        assert built(contract) == [(1, 9, 1, "{{ as delivered")]
    manifest = transform.parse(settings, contract, fingerprint)
    assert "{{ var('gap') }}" in manifest.nodes["model.small.first"].raw_code
    assert built(replace(contract, vars={"gap": 8})) == [(1, 8, 1, "{{ as delivered")]


def test_a_large_company_is_built_one_model_at_a_time(
    settings: SmallSettings, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    invoke = transform._invoke

    def listen(given: Settings, agreement: Contract, arguments: list[str], **options: Any) -> Any:
        asked.append(arguments)
        return invoke(given, agreement, arguments, **options)

    monkeypatch.setattr(transform, "_invoke", listen)
    transform.build(settings, contract)
    assert asked[-1][asked[-1].index("--threads") + 1] == "2"
    monkeypatch.setattr(transform, "_LARGE", settings.warehouse_file.stat().st_size)
    transform.build(settings, contract)
    assert asked[-1][asked[-1].index("--threads") + 1] == "1"


def test_a_checkout_that_cannot_be_written_to_is_parsed_in_the_data_directory(
    settings: SmallSettings, contract: Contract, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.access", lambda path, mode: mode != os.W_OK or path.name != "dbt")
    assert transform.prepare_manifest(settings, contract).is_relative_to(settings.data_dir)
    assert not (settings.dbt_dir / "target").exists()


def test_primary_keys_are_read_from_the_manifest() -> None:
    manifest = {
        "nodes": {
            "model.a": {"resource_type": "model", "schema": "marts", "alias": "fct"},
            "model.b": {"resource_type": "model", "schema": "marts", "alias": "v"},
            "test.c": {
                "resource_type": "test",
                "test_metadata": {"name": "primary_key", "kwargs": {"columns": ["id"]}},
                "attached_node": "model.a",
            },
            "test.d": {"resource_type": "test", "test_metadata": {"name": "not_null"}},
        }
    }
    assert transform.primary_keys(manifest) == {"marts.fct": ["id"]}
