"""What Dagster shows: asset keys, groups, lineage, job, schedule, sensor."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from pydantic import SecretStr

from dagster_project.contract import read_contract
from dagster_project.defs.assemble import build_defs
from dagster_project.defs.columns import with_origins
from dagster_project.defs.drawing import draw
from dagster_project.defs.event_log import KeptEventLog
from dagster_project.defs.instance import prepare_home
from dagster_project.defs.load import instant, may_pass
from dagster_project.defs.run_resource import is_part, run_resource, trigger_of
from dagster_project.defs.schedules import new_drop_sensor, nightly_job
from dagster_project.errors import ContractError, UsageError
from dagster_project.ingest import read_mappings
from dagster_project.nightly import fingerprint, loaded_mark, prepare
from dagster_project.settings import Settings
from dagster_project.transform import prepare_manifest
from tests.unit.alerts.servers import webhook


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("installation")
    return Settings(
        data_dir=folder / "data", exports=folder / "exports", schedule_timezone="Europe/Berlin"
    )


@pytest.fixture(scope="module")
def definitions(settings: Settings) -> dg.Definitions:
    return build_defs(settings)


@pytest.fixture(scope="module")
def manifest(settings: Settings) -> Path:
    return prepare_manifest(settings, read_contract(settings.contract))


def specs(definitions: dg.Definitions) -> dict[str, dg.AssetSpec]:
    return {spec.key.to_user_string(): spec for spec in definitions.resolve_all_asset_specs()}


def test_definitions_load(definitions: dg.Definitions) -> None:
    dg.Definitions.validate_loadable(definitions)


def test_raw_assets_mirror_crm_and_object(definitions: dg.Definitions) -> None:
    raw = {key for key in specs(definitions) if key.startswith("raw/")}
    raw.remove("raw/hubspot/deal_stage_dates")  # a view of deals
    assert raw == {
        *(f"raw/hubspot/{name}" for name in ("calls", "contacts", "contacts_property_history")),
        *(f"raw/hubspot/{name}" for name in ("deals", "emails", "meetings", "owners", "reviews")),
        *(f"raw/salesforce/{name}" for name in ("Account", "Contact", "Event", "Group", "Lead")),
        *(f"raw/salesforce/{name}" for name in ("LeadHistory", "Opportunity", "Task", "User")),
        *(f"raw/salesforce/{name}" for name in ("OpportunityHistory", "UserRole", "reviews")),
    }


def test_groups_are_layers(definitions: dg.Definitions) -> None:
    groups = {spec.group_name for spec in specs(definitions).values()}
    assert groups >= {"exports", "raw", "staging", "intermediate", "marts", "ops", "published"}
    assert specs(definitions)["marts/fct_lead_cycles"].group_name == "marts"
    assert specs(definitions)["contract/sla_terms"].group_name == "contract"


def test_every_asset_has_an_owner_and_a_description(definitions: dg.Definitions) -> None:
    for key, spec in specs(definitions).items():
        assert "dagster/auto_created_stub_asset" not in spec.metadata, key
        assert spec.owners, key
        assert spec.description, key


def test_what_is_made_has_columns_kinds_and_a_key(definitions: dg.Definitions) -> None:
    graph = specs(definitions)
    for key, spec in graph.items():
        assert spec.kinds, key
        if spec.group_name in {"staging", "intermediate", "marts", "ops", "restricted"}:
            schema = spec.metadata["dagster/column_schema"]
            assert all(column.type and column.description for column in schema.columns), key
            assert schema.constraints.other[0].startswith("primary key ("), key
    lead = graph["raw/salesforce/Lead"].metadata["dagster/column_schema"]
    created = next(column for column in lead.columns if column.name == "CreatedDate")
    assert created.description == "As delivered; feeds created_at."
    terms = graph["contract/sla_terms"].description or ""
    assert terms.startswith("One row per term: what a side owes")


def test_each_clause_leads_to_what_it_is_made_of(definitions: dg.Definitions) -> None:
    graph = specs(definitions)
    clauses = {key for key in graph if key.startswith("exposures/")}
    terms = (Settings().contract / "sla_terms.csv").read_text().splitlines()[1:]
    assert clauses == {
        *(f"exposures/{line.split(',')[1]}" for line in terms),
        "exposures/scorecard",
        "exposures/bi_tools",
    }
    speed = graph["exposures/speed_to_lead"]
    assert {dep.asset_key.to_user_string() for dep in speed.deps} >= {
        "contract/sla_terms",
        "intermediate/int_cycle_routing",
        "marts/fct_sla_obligations",
    }
    told = speed.description or ""
    assert "[int_cycle_touches](/assets/intermediate/int_cycle_touches)" in told
    marts = {key for key in graph if key.startswith("marts/")}
    assert {dep.asset_key.to_user_string() for dep in graph["exposures/bi_tools"].deps} == marts


def test_columns_say_where_they_come_from(manifest: Path) -> None:
    drawing, mappings = draw(manifest), read_mappings()
    model, source = (
        "model.leadpact.stg_salesforce__lead_versions",
        "source.leadpact.salesforce.lead",
    )
    made = with_origins(
        drawing,
        {
            model: {"created_at": [(source, "created_at")]},
            "model.leadpact.int_open_intervals": {
                "opens_us": [(model, f"x{number}") for number in range(8)]
            },
        },
        mappings,
    )
    by_name = {spec.key.path[-1]: spec for spec in made.models}
    versions = by_name["stg_salesforce__lead_versions"].metadata
    raw = dg.AssetKey(["raw", "salesforce", "Lead"])
    assert versions["dagster/column_lineage"].deps_by_column == {
        "created_at": [dg.TableColumnDep(raw, "CreatedDate")]
    }
    described = {c.name: c.description for c in versions["dagster/column_schema"].columns}
    assert described["created_at"].endswith(
        "\n\nFrom [Lead](/assets/raw/salesforce/Lead).CreatedDate."
    )
    assert "From" not in described["status"]
    opens = by_name["int_open_intervals"].metadata["dagster/column_schema"]
    (told,) = (c.description for c in opens.columns if c.name == "opens_us")
    assert told.endswith(".x5 and 2 more.")
    assert with_origins(drawing, {}, mappings) is drawing


def test_exports_and_publication_are_fresh_or_stale(
    settings: Settings, definitions: dg.Definitions
) -> None:
    graph = specs(definitions)
    deliveries = {
        key for key in graph if key.endswith("/deliveries") and key.startswith("exports/")
    }
    assert deliveries == {"exports/salesforce/deliveries", "exports/hubspot/deliveries"}
    for key in deliveries:
        assert graph[key].freshness_policy == dg.FreshnessPolicy.time_window(settings.exports_due)
    published = graph["published/warehouse"].freshness_policy
    assert published == dg.FreshnessPolicy.cron(
        deadline_cron="0 6 * * *", lower_bound_delta=timedelta(hours=4), timezone="Europe/Berlin"
    )


def test_an_export_leads_to_a_mart_and_to_what_is_published(definitions: dg.Definitions) -> None:
    graph = specs(definitions)
    lineage: set[str] = set()
    pending = ["published/warehouse"]
    while pending:
        key = pending.pop()
        direct = {dep.asset_key.to_user_string() for dep in graph[key].deps}
        pending += sorted((direct - lineage) & graph.keys())
        lineage |= direct
    assert {
        "exports/salesforce/Lead.csv",
        "raw/salesforce/Lead",
        "raw/hubspot/contacts",
        "intermediate/int_cycles",
        "marts/fct_lead_cycles",
        "checks/expectation_results",
    } <= lineage


def test_no_asset_is_made_twice_or_left_without_a_maker(definitions: dg.Definitions) -> None:
    job = definitions.resolve_job_def("nightly")
    steps = {node.name for node in job.graph.nodes}
    assert steps == {"load_exports", "dbt_models", "check", "publish"}


def test_postgresql_is_copied_to_where_a_database_is_named(
    settings: Settings, definitions: dg.Definitions
) -> None:
    assert "published/postgres" not in specs(definitions)
    named = settings.model_copy(update={"postgres": SecretStr("postgresql://u:s3cret@db/sales")})
    spec = specs(build_defs(named))["published/postgres"]
    assert [dep.asset_key.to_user_string() for dep in spec.deps] == ["published/warehouse"]
    assert "s3cret" not in str(spec)


def test_checks_hang_on_the_results_and_tests_on_their_models(
    definitions: dg.Definitions,
) -> None:
    made = {
        (spec.asset_key.to_user_string(), spec.name): spec.blocking
        for asset in (definitions.assets or [])
        if isinstance(asset, dg.AssetsDefinition)
        for spec in asset.check_specs
    }
    results = {name: blocks for (key, name), blocks in made.items() if key.startswith("checks/")}
    assert results["raw_salesforce_lead"]
    assert results["rows_reconcile"]
    assert {name for name, blocks in results.items() if not blocks} == {
        f"completeness_{field}" for field in ("name", "company", "role", "email", "source", "score")
    }
    assert made["marts/fct_sla_obligations", "obligations_agree_with_cycles"]
    singular = (Settings().dbt_dir / "tests").glob("*.sql")
    assert {file.stem for file in singular} <= {name for _, name in made}
    # The table's own statement asks that; as checks they would take longer than the build.
    assert not [name for _, name in made if name.startswith("primary_key")]


def test_what_was_drawn_is_drawn_again_only_when_something_changed(
    manifest: Path, definitions: dg.Definitions, tmp_path: Path
) -> None:
    for part in (manifest, manifest.with_name("drawing.pickle")):
        shutil.copy(part, tmp_path)
    file = tmp_path / manifest.name
    kept = file.with_name("drawing.pickle")
    before = kept.stat().st_mtime_ns
    drawing = draw(file)
    assert kept.stat().st_mtime_ns == before
    keys = {spec.key for spec in drawing.models}
    assert keys < {spec.key for spec in definitions.resolve_all_asset_specs()}
    assert {spec.key.to_user_string() for spec in drawing.findings} == {
        "ops/expectation_results",
        "restricted/expectation_failures",
    }
    changed = json.loads(file.read_bytes())
    changed["metadata"]["generated_at"] = "another time"
    file.write_text(json.dumps(changed))
    assert {spec.key for spec in draw(file).models} == keys
    assert kept.stat().st_mtime_ns != before


@pytest.mark.usefixtures("definitions")
def test_a_run_draws_without_importing_dbt(manifest: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from dagster_project.defs.drawing import draw\n"
        f"draw(Path({str(manifest)!r}))\n"
        "print('dbt' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_one_schedule_at_two_in_the_settings_time_zone(definitions: dg.Definitions) -> None:
    schedule = definitions.resolve_schedule_def("nightly_at_two")
    assert schedule.cron_schedule == "0 2 * * *"
    assert schedule.execution_timezone == "Europe/Berlin"
    assert schedule.job_name == "nightly"
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING


def test_nothing_happens_at_import(tmp_path: Path) -> None:
    code = (
        "import sys\nimport dagster_project.definitions\n"
        "print(sorted({'great_expectations', 'dbt.cli.main'} & set(sys.modules)))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "LEADPACT_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "[]\n"
    assert list(tmp_path.iterdir()) == []


def test_a_drop_starts_one_run_once_it_is_quiet(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    settings = Settings(exports=exports, data_dir=tmp_path / "data")
    sensor = new_drop_sensor(settings, nightly_job())
    instance = dg.DagsterInstance.ephemeral()
    cursor: str | None = None

    def tick() -> int:
        nonlocal cursor
        context = dg.build_sensor_context(instance=instance, cursor=cursor)
        result = sensor.evaluate_tick(context)
        cursor = result.cursor
        return len(result.run_requests or [])

    assert tick() == 0  # no folder
    (exports / "salesforce").mkdir(parents=True)
    file = exports / "salesforce" / "Lead.csv"
    file.write_text("Id\n")
    assert tick() == 0  # seen
    file.write_text("Id\n1\n")
    assert tick() == 0  # still growing
    assert tick() == 1  # quiet
    assert tick() == 0  # the same drop
    file.write_text("Id\n1\n2\n")
    assert [tick(), tick(), tick()] == [0, 1, 0]
    assert json.loads(cursor or "{}")["started"] == fingerprint(exports)


def test_a_folder_as_it_once_was_starts_a_run_again_and_one_already_loaded_none(
    tmp_path: Path,
) -> None:
    settings = Settings(exports=tmp_path / "exports", data_dir=tmp_path / "data")
    sensor = new_drop_sensor(settings, nightly_job())
    instance = dg.DagsterInstance.ephemeral()
    file = settings.exports / "salesforce" / "Lead.csv"
    file.parent.mkdir(parents=True)
    keys: list[str | None] = []
    cursor: str | None = None

    def deliver(text: str) -> None:
        nonlocal cursor
        file.write_text(text)
        os.utime(file, (1, 1))
        for _ in range(3):
            context = dg.build_sensor_context(instance=instance, cursor=cursor)
            result = sensor.evaluate_tick(context)
            cursor = result.cursor or cursor
            keys.extend(request.run_key for request in result.run_requests or [])

    deliver("Id\n1\n")
    deliver("Id\n1\n2\n")
    deliver("Id\n1\n")
    assert len(keys) == len(set(keys)) == 3

    file.write_text("Id\n9\n9\n9\n")
    os.utime(file, (1, 1))
    loaded_mark(settings).parent.mkdir(parents=True)
    loaded_mark(settings).write_text(fingerprint(settings.exports) or "")  # by a run by hand
    deliver("Id\n9\n9\n9\n")
    assert len(keys) == 3


def test_a_malformed_mapping_does_not_keep_the_pages_from_loading(tmp_path: Path) -> None:
    contract = tmp_path / "contract"
    shutil.copytree(Settings().contract, contract)
    (contract / "mappings").mkdir(exist_ok=True)
    (contract / "mappings" / "salesforce.yml").write_text("crm: salesforce\nobjects: [\n")
    settings = Settings(contract=contract, data_dir=tmp_path / "data")
    keys = build_defs(settings).resolve_all_asset_keys()
    assert dg.AssetKey(["raw", "salesforce", "Lead"]) in keys
    with pytest.raises(ContractError, match=r"salesforce\.yml"), prepare(settings):
        pass


def test_triggers() -> None:
    assert trigger_of({"leadpact/trigger": "command"}) == "command"
    assert trigger_of({"dagster/schedule_name": "nightly_at_two"}) == "schedule"
    assert trigger_of({"dagster/sensor_name": "new_drop"}) == "sensor"
    assert trigger_of({}) == "ui"


def test_instants() -> None:
    assert str(instant("2026-11-20T02:00:00+02:00")) == "2026-11-20 00:00:00"
    assert str(instant("2026-11-20")) == "2026-11-20 00:00:00"
    assert instant(None) is None
    with pytest.raises(UsageError, match="'soon' is no instant"):
        instant("soon")


def test_only_what_can_pass_is_tried_again() -> None:
    assert may_pass(OSError(11, "Resource temporarily unavailable"))
    assert not may_pass(PermissionError(13, "Permission denied"))
    assert not may_pass(OSError(28, "No space left on device"))


def test_dagsters_own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    home = prepare_home(Settings(data_dir=tmp_path))
    assert os.environ["DAGSTER_HOME"] == str(home)
    assert "max_concurrent_runs: 1" in (home / "dagster.yaml").read_text()

    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")  # somebody's own
    prepare_home(Settings(data_dir=tmp_path))
    assert (home / "dagster.yaml").read_text() == "telemetry: {enabled: false}\n"


def test_the_event_log_is_kept_open_and_read_by_dagsters_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DAGSTER_HOME", "")
    home = prepare_home(Settings(data_dir=tmp_path))

    @dg.asset
    def one() -> None:
        pass

    job = dg.Definitions(assets=[one], jobs=[dg.define_asset_job("j")]).resolve_job_def("j")
    with dg.DagsterInstance.get() as instance:
        assert isinstance(instance.event_log_storage, KeptEventLog)
        runs = [job.execute_in_process(instance=instance).run_id for _ in range(3)]
        assert len(instance.event_log_storage._kept) == 2  # the index and the last run
    (home / "dagster.yaml").write_text("telemetry: {enabled: false}\n")
    with dg.DagsterInstance.get() as instance:
        assert not isinstance(instance.event_log_storage, KeptEventLog)
        assert {record.dagster_run.run_id for record in instance.get_run_records()} == {*runs}
        for run_id in runs:
            assert len(instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_SUCCESS)) == 1
        latest = instance.get_latest_materialization_event(dg.AssetKey("one"))
        assert latest is not None
        assert latest.run_id == runs[-1]


def test_a_part_of_the_run_does_nothing_and_says_so(
    settings: Settings, definitions: dg.Definitions
) -> None:
    """What the button on an asset's page starts."""
    mart = dg.AssetKey(["marts", "fct_lead_cycles"])
    job = definitions.resolve_implicit_global_asset_job_def()
    done = job.get_subset(asset_selection={mart}).execute_in_process(raise_on_error=False)
    assert not done.success
    (failed,) = done.get_step_failure_events()
    told = failed.step_failure_data.error
    assert told is not None
    assert "Nothing was done: the whole run is published or nothing" in told.message
    assert not settings.warehouse_file.exists()


def test_all_assets_chosen_one_by_one_are_the_whole_run() -> None:
    one, two = dg.AssetKey("one"), dg.AssetKey("two")

    def run(**chosen: Any) -> dg.DagsterRun:
        return dg.DagsterRun(job_name="nightly", run_id="r-1", **chosen)

    whole = {one, two}
    assert not is_part(run(), whole)
    assert not is_part(run(asset_selection=frozenset(whole)), whole)
    assert is_part(run(asset_selection=frozenset({one})), whole)
    check = dg.AssetCheckKey(one, "is_there")
    assert is_part(run(asset_check_selection=frozenset({check})), whole)
    assert is_part(run(op_selection=["publish"]), whole)


def test_a_scheduled_run_that_cannot_begin_is_told(tmp_path: Path) -> None:
    contract = tmp_path / "contract"
    shutil.copytree(Settings().contract, contract)
    (contract / "sla_terms.csv").write_text("nonsense\n")
    with webhook() as web:
        settings = Settings(
            contract=contract, data_dir=tmp_path / "data", alerts=SecretStr(web.address)
        )
        resource = run_resource(settings)
        with (
            pytest.raises(dg.DagsterResourceFunctionError),
            dg.build_resources({"run": resource}),
        ):
            pass
    (posted,) = web.messages
    assert posted["message"] == (
        "The run did not begin. The agreement is faulty; leadpact check-contract lists every fault."
    )
    assert posted["type"] == "failure"
