"""What the models cost on a generated company: cycles, ledger with compliance, and all others.

Belongs here: one build, its seconds by model, its memory. Does not belong here: who prints (main).
"""

from __future__ import annotations

import json
import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dagster_project import nightly, transform
from dagster_project.contract import read_contract
from dagster_project.ingest import load_exports, read_mappings
from dagster_project.settings import Settings
from expectations.record import create_tables

_CYCLES = "model.leadpact.fct_lead_cycles"
_COMPLIANCE = "model.leadpact.rpt_sla_compliance"


@dataclass(frozen=True)
class Cost:
    """Seconds of loading and of models, one after the other; `memory` is this process's peak in GB.

    `cycles` is all that marts.fct_lead_cycles is made of, staging included; `ledger` what
    marts.rpt_sla_compliance needs beyond that; `others` every other model.
    """

    rows: int
    loading: float
    cycles: float
    ledger: float
    others: float
    memory: float
    slowest: list[tuple[str, float]]


def cost(exports: Path, data_dir: Path) -> Cost:
    """Load the exports and build every model, once."""
    settings = Settings(exports=exports, data_dir=data_dir)
    contract = read_contract(settings.contract)
    with nightly.connect(settings.warehouse_file) as connection:
        report = load_exports(connection, exports, read_mappings(settings.contract))
        create_tables(connection)
    built = [node for node in transform.build(settings, contract) if node.kind == "model"]
    manifest = json.loads(transform.prepare_manifest(settings, contract).read_bytes())
    cycles, compliance = _upstream(manifest, _CYCLES), _upstream(manifest, _COMPLIANCE)
    parts = [cycles, compliance - cycles, set(manifest["nodes"]) - cycles - compliance]
    of_cycles, of_ledger, of_others = (
        sum(node.seconds for node in built if node.unique_id in part) for part in parts
    )
    return Cost(
        rows=sum(file.loaded for file in report.files),
        loading=report.seconds,
        cycles=of_cycles,
        ledger=of_ledger,
        others=of_others,
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        slowest=sorted(((node.name, node.seconds) for node in built), key=lambda pair: -pair[1]),
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
