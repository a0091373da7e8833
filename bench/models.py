"""What the models cost on a generated company: cycles, ledger with compliance, and all others.

Belongs here: one build and publication, their seconds and memory. Does not belong here: who prints
(main).
"""

from __future__ import annotations

import json
import resource
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from bench.dashboards import Wait, waits
from dagster_project import nightly, transform
from dagster_project.contract import read_contract
from dagster_project.ingest import load_exports, read_mappings
from dagster_project.publish import RunRecord, history, publish
from dagster_project.settings import Settings
from expectations.record import create_tables

_CYCLES = "model.leadpact.fct_lead_cycles"
_COMPLIANCE = "model.leadpact.rpt_sla_compliance"


@dataclass(frozen=True)
class Cost:
    """Seconds of loading and of models, one after the other; `memory` is this process's peak in GB.

    `cycles` is all that marts.fct_lead_cycles is made of, staging included; `ledger` what
    marts.rpt_sla_compliance needs beyond that; `others` every other model. `waits` are those of
    dashboards on what was published, longest first.
    """

    rows: int
    loading: float
    cycles: float
    ledger: float
    others: float
    publishing: float
    memory: float
    slowest: list[tuple[str, float]]
    waits: list[Wait]


def cost(exports: Path, data_dir: Path) -> Cost:
    """Load the exports, build every model and publish, once."""
    settings = Settings(exports=exports, data_dir=data_dir)
    contract = read_contract(settings.contract)
    record = RunRecord(
        run_id="bench",
        trigger="command",
        started_at=history.utc_now(),
        leadpact_version=version("leadpact"),
        contract_hash=contract.content_hash,
    )
    with nightly.connect(settings.warehouse_file) as connection:
        history.begin(connection, record, published_run=None)
        report = load_exports(connection, exports, read_mappings(settings.contract))
        create_tables(connection)
    built = [node for node in transform.build(settings, contract) if node.kind == "model"]
    manifest = json.loads(transform.prepare_manifest(settings, contract).read_bytes())
    cycles, compliance = _upstream(manifest, _CYCLES), _upstream(manifest, _COMPLIANCE)
    parts = [cycles, compliance - cycles, set(manifest["nodes"]) - cycles - compliance]
    of_cycles, of_ledger, of_others = (
        sum(node.seconds for node in built if node.unique_id in part) for part in parts
    )
    publication = publish(
        settings.warehouse_file,
        settings.published_dir,
        record,
        order_by=transform.primary_keys(manifest),
    )
    return Cost(
        rows=sum(file.loaded for file in report.files),
        loading=report.seconds,
        cycles=of_cycles,
        ledger=of_ledger,
        others=of_others,
        publishing=publication.seconds,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        slowest=sorted(((node.name, node.seconds) for node in built), key=lambda pair: -pair[1]),
        waits=sorted(
            waits(settings.published_dir / "leadpact.duckdb"), key=lambda wait: -wait.milliseconds
        ),
    )


def _upstream(manifest: dict[str, Any], node: str) -> set[str]:
    found: set[str] = set()
    pending = [node]
    while pending:
        name = pending.pop()
        if name not in found:
            found.add(name)
            pending.extend(manifest["parent_map"].get(name, []))
    return found
