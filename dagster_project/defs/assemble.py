"""All definitions together, for Dagster and for tests.

Belongs here: which definitions there are, the policy that holds for all assets (an owner), and the
log they write. Does not belong here: what any of them does.
"""

import logging
from collections.abc import Mapping

import dagster as dg

from dagster_project.contract import Contract, read_contract
from dagster_project.defs.checks import FAILURES, RESULTS, checks
from dagster_project.defs.columns import with_origins
from dagster_project.defs.drawing import draw
from dagster_project.defs.load import load_assets
from dagster_project.defs.models import model_assets
from dagster_project.defs.published import postgres_asset, published_assets
from dagster_project.defs.run_resource import RUN, run_resource
from dagster_project.defs.schedules import new_drop_sensor, nightly_job, nightly_schedule
from dagster_project.errors import ContractError
from dagster_project.ingest import Mappings, read_mappings
from dagster_project.lineage import read_lineage
from dagster_project.nightly import Prepared
from dagster_project.settings import Settings
from dagster_project.transform import prepare_manifest

# Owns what has no owner of its own; models have that of their dbt group.
_OWNER = "data-team@leadpact.example"
# Layers whose tables are published, or that the checks on built tables read.
_PUBLISHED = ("marts", "ops", "restricted")
_CHECKED = ("intermediate", "marts")


def build_defs(
    settings: Settings,
    *,
    prepared: Prepared | None = None,
    resource_overrides: Mapping[str, object] | None = None,
) -> dg.Definitions:
    """Dagster's definitions for one installation.

    `prepared` saves reading the agreement again. Writes dbt's manifest where it is stale. Raises
    RunFailedError when dbt cannot parse its project. A malformed agreement or mapping does not keep
    the pages from loading: they draw what ships, and the run names every fault as it starts.
    """
    contract = prepared.contract if prepared else _contract(settings)
    mappings = prepared.mappings if prepared else _mappings(settings)
    manifest = prepared.builder.manifest() if prepared else prepare_manifest(settings, contract)
    drawing = draw(manifest)
    if prepared is None:  # for the pages
        drawing = with_origins(drawing, read_lineage(manifest), mappings)
    findings = [spec.key for spec in drawing.findings]
    job = nightly_job()
    assets = [
        *load_assets(mappings, settings.exports_due),
        *drawing.agreement,
        *drawing.exposures,
        model_assets(drawing),
        checks(mappings, drawing.keys(*_CHECKED), drawing.findings),
        published_assets(settings, [*drawing.keys(*_PUBLISHED), *findings, RESULTS, FAILURES]),
        *([postgres_asset()] if settings.postgres else []),
    ]
    made = [asset.keys for asset in assets if isinstance(asset, dg.AssetsDefinition)]
    return dg.Definitions(
        assets=[*dg.map_asset_specs(_with_owner, assets)],
        jobs=[job],
        schedules=[nightly_schedule(settings, job)],
        sensors=[new_drop_sensor(settings, job)],
        resources={
            RUN: run_resource(settings, whole=frozenset().union(*made)),
            **(resource_overrides or {}),
        },
        loggers={"console": dg.colored_console_logger, "file": file_logger(settings)},
        executor=dg.in_process_executor,
    )


def file_logger(settings: Settings) -> dg.LoggerDefinition:
    """Dagster's log in a file under its own folder, so that the terminal shows only the run."""

    @dg.logger({}, description="nightly.log in Dagster's folder.")
    def to_file(_context: dg.InitLoggerContext) -> logging.Logger:
        logger = logging.getLogger("leadpact.dagster")
        logger.propagate = False
        logger.setLevel(logging.INFO)
        for handler in list(logger.handlers):
            logger.removeHandler(handler)
            handler.close()
        file = logging.FileHandler(settings.dagster_home / "nightly.log", encoding="utf-8")
        file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
        # Where the log cannot be written (a full disk) the run says why it fails; by default Python
        # prints two screens of its own for every line.
        file.handleError = lambda _record: None  # type: ignore[method-assign,assignment]
        logger.addHandler(file)
        return logger

    return to_file


def _with_owner(spec: dg.AssetSpec) -> dg.AssetSpec:
    return spec if spec.owners else spec.replace_attributes(owners=[_OWNER])


def _contract(settings: Settings) -> Contract | None:
    try:
        return read_contract(settings.contract)
    except ContractError:
        return None


def _mappings(settings: Settings) -> Mappings:
    try:
        return read_mappings(settings.contract)
    except ContractError:
        return read_mappings()
