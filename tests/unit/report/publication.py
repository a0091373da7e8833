"""A publication made by hand: every public table as its contract says, with the rows of a test.

Nothing is built, so a test says in a line what the marts hold, also what no company would have.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import yaml

from dagster_project.publish import RunRecord, history
from dagster_project.publish.restatements import write_restatements
from dagster_project.settings import PROJECT_ROOT

AS_OF = datetime(2026, 11, 20, 2)
THIS_WEEK, LAST_WEEK = date(2026, 11, 16), date(2026, 11, 9)
THIS_MONTH, THIS_QUARTER = date(2026, 11, 1), date(2026, 10, 1)
HOSTILE = "<script>alert(1)</script>"

Rows = Mapping[str, Sequence[Mapping[str, Any]]]


def publish_by_hand(published: Path, rows: Rows | None = None) -> Path:
    """Write leadpact.duckdb and restricted.duckdb as the current version; the version's folder."""
    version = published / ".versions" / "run-1"
    version.mkdir(parents=True)
    (published / ".current").symlink_to(Path(".versions") / "run-1")
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{version / 'leadpact.duckdb'}' as published")
        for schema in ("marts", "ops"):
            connection.execute(f"create schema published.{schema}")
        for table, columns in public_tables().items():
            described = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
            connection.execute(f"create table published.{table} ({described})")
        _write_run(connection)
        write_restatements(connection, version / "none", "run-1")
        persons = version / "restricted.duckdb"
        connection.execute(f"attach '{persons}' as persons")
        connection.execute("create schema persons.restricted")
        connection.execute(
            "create table persons.restricted.leads"
            " (lead_key varchar, name varchar, email varchar, company varchar)"
        )
        for table, several in (rows or {}).items():
            catalog = "persons" if table.startswith("restricted.") else "published"
            _insert(connection, f"{catalog}.{table}", several)
        connection.execute("detach persons")
        connection.execute("detach published")
    persons.chmod(0o600)
    return version


def _insert(
    connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]
) -> None:
    """All at once: one by one, each row would be made durable before the next."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = ", ".join(f'"{name}"' for name in names)
    values = ", ".join("unnest(?)" for _ in names)
    connection.execute(
        f"insert into {table} ({columns}) select {values}",
        [[row.get(name) for row in rows] for name in names],
    )


@cache
def public_tables() -> dict[str, dict[str, str]]:
    """`schema.table` -> column -> type, by the contracts of the models."""
    found = {}
    for schema in ("marts", "ops"):
        for file in sorted((PROJECT_ROOT / "dbt" / "models" / schema).rglob("*.yml")):
            for model in yaml.safe_load(file.read_text()).get("models", []):
                found[f"{schema}.{model['name']}"] = {
                    column["name"]: column["data_type"] for column in model["columns"]
                }
    return found


def _write_run(connection: duckdb.DuckDBPyConnection) -> None:
    run = RunRecord("run-1", "command", AS_OF, "0.1.0", contract_hash="c" * 64)
    history.begin(connection, run, published_run=None)
    connection.execute(
        """
        create table published.ops.runs as
        select * replace (
            'published' as status, $as_of::timestamp as as_of, $as_of::timestamp as published_at,
            repeat('e', 64) as exports_hash, 12 as rows_loaded, 0 as rows_quarantined
        ) from runs.history
        """,
        {"as_of": AS_OF},
    )


def settings() -> list[dict[str, Any]]:
    """Rows of dim_agreement_provision without which no date has a zone and no money a currency."""
    values = {"reporting_timezone": "Europe/Berlin", "reporting_currency": "EUR"}
    values |= {"fiscal_year_start_month": "1", "joint_review_rejection_rate": "0.3"}
    return [
        {"provision_id": key, "kind": "setting", "subject": key, "position": n, "value": value}
        for n, (key, value) in enumerate(values.items())
    ]


def clause(code: str, side: str, **changes: Any) -> list[dict[str, Any]]:
    """A clause on the scorecard: last week, this week, this month."""
    row = {
        "side": side,
        "metric": code,
        "position": 9,
        "unit": "rate",
        "is_better": "higher",
        "target": 0.9,
        "actual": 0.8,
        "actual_low": 0.49,
        "actual_high": 0.94,
        "part": 8,
        "whole": 10,
        "trend": "steady",
        "verdict": "missed",
        "is_conclusive": False,
        "consecutive_missed": 2,
        "is_escalated": True,
        "assessable_share": 1.0,
    } | changes
    return [
        row | {"period": period, "period_start": start, "is_complete": is_complete}
        for period, start, is_complete in (
            ("week", LAST_WEEK, True),
            ("week", THIS_WEEK, False),
            ("month", THIS_MONTH, False),
        )
    ]


def term(clause: str, side: str, **changes: Any) -> dict[str, Any]:
    """A term in force since 2024."""
    return {
        "term_id": clause,
        "clause": clause,
        "side": side,
        "target_rate": 0.9,
        "require_note": False,
        "effective_from": date(2024, 1, 1),
    } | changes


def compliance(clause: str, side: str, **changes: Any) -> dict[str, Any]:
    """A row of rpt_sla_compliance: the last complete week of the whole."""
    return {
        "period": "week",
        "period_start": LAST_WEEK,
        "clause": clause,
        "side": side,
        "dimension": "all",
        "dimension_value": "all",
        "met": 8,
        "missed": 2,
        "exempt": 1,
        "pending_due": 0,
        "not_assessable": 0,
        "rate": 0.8,
        "target_rate": 0.9,
        "rate_low": 0.49,
        "rate_high": 0.94,
        "elapsed_median_s": 900.0,
        "verdict": "missed",
        "is_conclusive": False,
        "is_complete": True,
        "consecutive_missed": 2,
        "is_escalated": True,
    } | changes


def benchmark(source: str, step: str = "mql_to_sql", **changes: Any) -> dict[str, Any]:
    """A row of rpt_source_benchmarks of the running quarter."""
    return {
        "quarter_start": THIS_QUARTER,
        "source": source,
        "step": step,
        "benchmark_cycles": 40,
        "benchmark_rate": 0.3,
        "benchmark_low": 0.2,
        "benchmark_high": 0.45,
        "current_cycles": 20,
        "observed": 2,
        "expected": 6.5,
        "verdict": "below",
        "diagnosis": "downstream",
        "is_complete": False,
        "expected_low": 3.1,
        "expected_high": 9.9,
        "missed_clauses": "cadence",
    } | changes


def obligation(cycle_id: str, clause: str, side: str, **changes: Any) -> dict[str, Any]:
    """A missed obligation of last week."""
    return {
        "cycle_id": cycle_id,
        "lead_key": cycle_id.rpartition("#")[0],
        "clause": clause,
        "side": side,
        "term_id": clause,
        "owner_key": "salesforce:005",
        "team": "SDR",
        "source": "web",
        "due_at": datetime(2026, 11, 10, 9),
        "counts_on": date(2026, 11, 10),
        "status": "missed",
        "is_assessable": True,
    } | changes


def large_company(sources: int = 50, weeks: int = 53) -> dict[str, list[dict[str, Any]]]:
    """Every clause over a year of weeks, and sources with their benchmarks and curves."""
    sides = {"volume": "marketing", "fit": "marketing", "completeness": "marketing"}
    sides |= {"handoff": "marketing", "contest_review": "marketing", "speed_to_lead": "sales"}
    sides |= {"disposition": "sales", "cadence": "sales", "feedback": "sales"}
    rows: dict[str, list[dict[str, Any]]] = {"marts.dim_agreement_provision": settings()}
    rows["marts.dim_sla_term"] = [term(code, side) for code, side in sides.items()]
    card = rows["marts.rpt_scorecard"] = []
    kept = rows["marts.rpt_sla_compliance"] = []
    for place, (code, side) in enumerate(sides.items()):
        card += clause(code, side, position=place)
        for back in range(1, weeks):
            start = LAST_WEEK - timedelta(weeks=back)
            rate = 0.5 + (back * 7 + place) % 11 / 25
            card.append(
                clause(code, side, position=place, actual=rate)[0] | {"period_start": start}
            )
            kept.append(compliance(code, side, period_start=start, rate=rate))
        for period, start in (
            ("week", THIS_WEEK),
            ("month", THIS_MONTH),
            ("quarter", THIS_QUARTER),
        ):
            running = {"period": period, "period_start": start, "is_complete": False}
            kept.append(compliance(code, side, **running))
            kept += [
                compliance(code, side, dimension="source", dimension_value=f"source {n}", **running)
                for n in range(sources)
            ]
    steps = ("mql_to_sql", "sql_to_opportunity", "opportunity_to_won")
    rows["marts.rpt_source_benchmarks"] = [
        benchmark(f"source {n}", step) for n in range(sources) for step in steps
    ]
    rows["marts.rpt_conversion_curves"] = [
        {"quarter_start": THIS_QUARTER, "source": f"source {n}", "step": step, "age_days": age}
        | {"share": round(age / (200 + n), 4)}
        for n in range(sources)
        for step in steps
        for age in range(0, 91, 3)
    ]
    rows["marts.fct_sla_obligations"] = [
        obligation(f"salesforce:{n:05}#1", "speed_to_lead", "sales", source=f"source {n % sources}")
        for n in range(sources * 20)
    ]
    return rows
