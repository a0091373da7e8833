"""The warehouse and the slow second implementation say the same of companies of boundary cases."""

from __future__ import annotations

import csv
import math
import re
from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.models.warehouse import Rows, build_warehouse, rows
from tests.reference.clock import parse_instant
from tests.reference.companies import DOUBTS, Company, write_company
from tests.reference.completeness import completeness
from tests.reference.cycles import World
from tests.reference.disqualification import queue, rates, reasons, reviews
from tests.reference.rules import (
    reference_allocation,
    reference_benchmarks,
    reference_compliance,
    reference_curves,
    reference_cycles,
    reference_decisions,
    reference_funnel,
    reference_integrity,
    reference_obligations,
    reference_opportunities,
    reference_touches,
    reference_volume,
    world_of,
)
from tests.reference.what_if import speed_curve, what_if

ALL = ("salesforce", "hubspot", "zoho")
CENTS = 0.006  # money is rounded to cents in the warehouse
BILLIONTHS = 0.0000001  # shares and parts of a target are rounded to a billionth
COMPLIANCE_KEY = ["period", "period_start", "clause", "dimension", "dimension_value"]

COMPANIES: dict[str, dict[str, Any]] = {
    "every CRM with its history": {
        "seed": 2,
        "crms": ALL,
        "history": dict.fromkeys(ALL, "history"),
    },
    "no CRM with a history": {
        "seed": 6,
        "crms": ALL,
        "history": dict.fromkeys(ALL, "none"),
        "drops": 4,
    },
    "stage dates only": {
        "seed": 9,
        "crms": ("hubspot", "zoho"),
        "history": {"hubspot": "dates", "zoho": "dates"},
        "doubts": DOUBTS,
        "reporting_timezone": "America/New_York",
    },
    "cycles open by score": {"seed": 104, "crms": ALL, "mql_entry": "score"},
    "every open reading of the rules": {
        "seed": 23,
        "crms": ALL,
        "history": dict.fromkeys(ALL, "history"),
        "doubts": DOUBTS,
        "reporting_timezone": "Australia/Sydney",
    },
    "every open reading, no history": {
        "seed": 31,
        "crms": ALL,
        "history": dict.fromkeys(ALL, "none"),
        "doubts": DOUBTS,
        "drops": 3,
    },
}


@pytest.fixture(scope="module", params=list(COMPANIES), ids=lambda name: name.replace(" ", "_"))
def built(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Company, Path]:
    folder = tmp_path_factory.mktemp("company")
    company = write_company(folder, **COMPANIES[request.param])
    return company, build_warehouse(folder / "data", company.exports, company.agreement)


def differences(
    ours: Rows, reference: Rows, key: Sequence[str], tolerance: float = CENTS
) -> list[str]:
    """Rows only one side has, and cells in which the two differ, in words."""
    mine = {tuple(row[name] for name in key): row for row in ours}
    theirs = {tuple(row[name] for name in key): row for row in reference}
    assert len(mine) == len(ours)
    assert len(theirs) == len(reference)
    found = [f"only the warehouse has {name}" for name in mine.keys() - theirs.keys()]
    found += [f"only the reference has {name}" for name in theirs.keys() - mine.keys()]
    for name in mine.keys() & theirs.keys():
        for column in theirs[name].keys() & mine[name].keys():
            one, other = mine[name][column], theirs[name][column]
            if not _same(one, other, tolerance):
                found.append(f"{name} {column}: warehouse {one!r}, reference {other!r}")
    return found


def _same(one: Any, other: Any, tolerance: float) -> bool:
    numbers = (int, float, Decimal)
    if isinstance(one, numbers) and isinstance(other, numbers):
        return math.isclose(one, other, abs_tol=tolerance)
    return bool(one == other)


def test_cycles(built: tuple[Company, Path]) -> None:
    company, warehouse = built
    reference = reference_cycles(company.exports, company.agreement)
    assert len(reference) > 20
    ours = rows(warehouse, "from marts.fct_lead_cycles")
    assert differences(ours, reference, ["cycle_id"]) == []


def test_touches(built: tuple[Company, Path]) -> None:
    company, warehouse = built
    reference = reference_touches(company.exports, company.agreement)
    assert len(reference) > 20
    for row in reference:
        del row["touch_key"]  # each side has its own
    ours = rows(
        warehouse, "select *, split_part(touch_key, ':', 4) as record_id from marts.fct_touches"
    )
    assert differences(ours, reference, ["lead_key", "record_id", "direction"]) == []


def test_opportunities(built: tuple[Company, Path]) -> None:
    company, warehouse = built
    reference = reference_opportunities(company.exports, company.agreement)
    assert reference
    ours = rows(warehouse, "from marts.fct_opportunities")
    assert differences(ours, reference, ["opportunity_key"]) == []


def test_obligations(built: tuple[Company, Path]) -> None:
    company, warehouse = built
    reference = reference_obligations(company.exports, company.agreement)
    assert {row["status"] for row in reference} == {"met", "missed", "pending", "exempt"}
    for row in reference:
        del row["evidence_record_id"]  # the reference names none for tests at one instant
    ours = rows(warehouse, "from marts.fct_sla_obligations")
    assert differences(ours, reference, ["cycle_id", "clause"]) == []


def test_unreadable_dates_of_rulings_are_problems(built: tuple[Company, Path]) -> None:
    company, warehouse = built
    written = {
        # A form tool rules on the leads of Salesforce.
        (("salesforce" if file.parts[-3] == "forms" else file.parts[-3]), lead_id, field, text)
        for file in company.exports.rglob("reviews.csv")
        for lead_id, *dates in _cells(file, "lead_id", "rejected_at", "ruled_at")
        for field, text in zip(("rejected_at", "ruled_at"), dates, strict=True)
        if text and parse_instant(text) is None
    }
    assert written
    listed = rows(
        warehouse,
        """
        select problems.*, raw_values.raw_value
        from ops.problems as problems
        inner join restricted.problem_values as raw_values using (problem_id)
        where
            problems.object = 'reviews'
            and problems.problem = 'the value is no date or time and counts as blank'
        """,
    )
    assert {
        (row["crm"], row["record_id"], row["field"], row["raw_value"]) for row in listed
    } == written
    assert len(listed) == len(written)


def _cells(file: Path, *columns: str) -> list[list[str]]:
    with file.open(encoding="utf-8", newline="") as lines:
        return [[row[column] for column in columns] for row in csv.DictReader(lines)]


def test_compliance(built: tuple[Company, Path]) -> None:
    company, warehouse = built
    reference = reference_compliance(company.exports, company.agreement)
    assert {row["verdict"] for row in reference} == {"met", "missed", "no_data"}
    assert {row["is_escalated"] for row in reference} == {True, False}
    assert {row["is_conclusive"] for row in reference} == {True, False}
    ours = rows(warehouse, "from marts.rpt_sla_compliance")
    assert ours[0].keys() - reference[0].keys() == {"not_assessable"}
    assert differences(ours, reference, COMPLIANCE_KEY, BILLIONTHS) == []


def test_mql_volume(built: tuple[Company, Path]) -> None:
    company, warehouse = built
    reference = reference_volume(company.exports, company.agreement)
    ours = rows(warehouse, "from marts.rpt_mql_volume")
    assert ours[0].keys() == reference[0].keys()
    key = ["period", "period_start", "segment", "region"]
    assert differences(ours, reference, key, BILLIONTHS) == []


OUTCOMES: dict[str, tuple[Callable[[World], Rows], list[str]]] = {
    "rpt_disqualification_queue": (queue, ["queue", "cycle_id"]),
    "rpt_disqualification_rates": (
        rates,
        ["period", "week_start", "dimension", "dimension_value"],
    ),
    "rpt_rejection_reviews": (
        reviews,
        ["period", "period_start", "dimension", "dimension_value"],
    ),
    "rpt_data_completeness": (
        completeness,
        ["period", "period_start", "field", "rule", "dimension", "dimension_value"],
    ),
    "rpt_sla_what_if": (
        what_if,
        [
            *("period", "period_start", "clause", "clock", "calendar_id", "limit_seconds"),
            *("dimension", "dimension_value"),
        ],
    ),
    "rpt_speed_to_lead_curve": (
        speed_curve,
        ["clock", "arrival", "dimension", "dimension_value", "bucket"],
    ),
}


@pytest.mark.parametrize("mart", OUTCOMES)
def test_marts_of_the_protocol(built: tuple[Company, Path], mart: str) -> None:
    company, warehouse = built
    compute, key = OUTCOMES[mart]
    reference = compute(world_of(company.exports, company.agreement))
    # Without a history a rejection is seldom seen.
    assert len(reference) > 5 or mart == "rpt_rejection_reviews"
    ours = rows(warehouse, f"from marts.{mart}")
    assert differences(ours, reference, key, BILLIONTHS) == []


def test_reasons_of_rejections(built: tuple[Company, Path]) -> None:
    """Reasons outside the taxonomy are compared ignoring case: CRMs list them in several."""
    company, warehouse = built
    reference = reasons(world_of(company.exports, company.agreement))
    assert not reference or "taxonomy" in {row["reason_kind"] for row in reference}
    ours = rows(
        warehouse,
        """
        select * replace (lower(listed_reason) as listed_reason)
        from marts.rpt_disqualification_reasons
        """,
    )
    key = ["period", "period_start", "dimension", "dimension_value", "reason_kind", "reason_code"]
    assert differences(ours, reference, [*key, "listed_reason"], BILLIONTHS) == []


def test_every_verdict_is_explained(built: tuple[Company, Path]) -> None:
    """One whole sentence each, without a gap where something was not known."""
    _, warehouse = built
    told = rows(
        warehouse,
        """
        select cycle_id, clause, explanation from marts.fct_sla_obligations
        left join marts.sla_explanations using (cycle_id, clause)
        """,
    )
    count = rows(warehouse, "select count(*) as n from marts.fct_sla_obligations")[0]["n"]
    whole = re.compile(r"[A-Z](?!.*(  | [,.;]|\(\)))[^\n]+[^ ,;:(]\.")
    assert len(told) == count > 0
    assert [row for row in told if not whole.fullmatch(row["explanation"] or "")] == []


def test_funnel(built: tuple[Company, Path]) -> None:
    company, warehouse = built
    reference = reference_funnel(company.exports, company.agreement)
    ours = rows(warehouse, "from marts.rpt_funnel")
    key = ["period", "period_start", "dimension", "dimension_value"]
    assert differences(ours, reference, key) == []


def test_conversion_curves(built: tuple[Company, Path]) -> None:
    company, warehouse = built
    reference = reference_curves(company.exports, company.agreement)
    ours = rows(warehouse, "from marts.rpt_conversion_curves")
    key = ["quarter_start", "source", "step", "age_days"]
    assert differences(ours, reference, key, BILLIONTHS) == []


def unjudged(warehouse: Path) -> frozenset[tuple[date, str, str]]:
    """Quarter, source and clause that the exports cannot judge at all."""
    found = rows(
        warehouse,
        """
        from marts.rpt_sla_compliance
        where period = 'quarter' and dimension = 'source' and not_assessable = met + missed
        """,
    )
    return frozenset((row["period_start"], row["dimension_value"], row["clause"]) for row in found)


def test_source_benchmarks(built: tuple[Company, Path]) -> None:
    company, warehouse = built
    reference = reference_benchmarks(company.exports, company.agreement, unjudged(warehouse))
    assert reference
    ours = rows(warehouse, "from marts.rpt_source_benchmarks")
    assert ours[0].keys() - reference[0].keys() == {"is_complete", "expected_low", "expected_high"}
    assert differences(ours, reference, ["quarter_start", "source", "step"], BILLIONTHS) == []


def test_source_decisions(built: tuple[Company, Path]) -> None:
    company, warehouse = built
    reference = reference_decisions(company.exports, company.agreement, unjudged(warehouse))
    ours = rows(warehouse, "from marts.rpt_source_decisions")
    assert ours[0].keys() - reference[0].keys() == {"reason"}
    assert differences(ours, reference, ["month_start", "source"]) == []


def test_integrity(built: tuple[Company, Path]) -> None:
    """To the precision of the formula that the warehouse takes chances from, times a family."""
    company, warehouse = built
    unknowable = {
        (row["crm"], row["clause"])
        for row in rows(
            warehouse,
            "select distinct crm, clause from marts.fct_sla_obligations "
            "inner join marts.fct_lead_cycles using (cycle_id) where not is_assessable",
        )
    }
    reference = reference_integrity(company.exports, company.agreement, unknowable)
    assert len({(row["signal"], row["measure"]) for row in reference}) >= 5
    ours = rows(warehouse, "from marts.rpt_integrity_signals where signal <> 'bar_lowering'")
    key = ["signal", "measure", "subject", "period_start"]
    assert differences(ours, reference, key, 0.00002) == []


def test_lead_allocation(built: tuple[Company, Path]) -> None:
    company, warehouse = built
    reference = reference_allocation(company.exports, company.agreement)
    assert reference
    ours = rows(warehouse, "from marts.rpt_lead_allocation")
    assert differences(ours, reference, ["period", "period_start", "owner_key"], BILLIONTHS) == []


def test_replay_of_the_past(tmp_path: Path) -> None:
    """With an instant given, what is dated after it has not happened."""
    company = write_company(tmp_path, 2, crms=("salesforce",), drops=3)
    as_of = company.as_of.replace(day=1)
    warehouse = build_warehouse(tmp_path / "data", company.exports, company.agreement, as_of)
    reference = reference_cycles(company.exports, company.agreement, as_of)
    assert len(reference) < len(reference_cycles(company.exports, company.agreement))
    ours = rows(warehouse, "from marts.fct_lead_cycles")
    assert differences(ours, reference, ["cycle_id"]) == []
    reference = reference_compliance(company.exports, company.agreement, as_of)
    ours = rows(warehouse, "from marts.rpt_sla_compliance")
    assert differences(ours, reference, COMPLIANCE_KEY, BILLIONTHS) == []
