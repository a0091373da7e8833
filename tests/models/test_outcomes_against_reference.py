"""Pipeline, lead definition, scorecard and agenda: warehouse and reference say the same.

Companies of boundary cases, seen when some of their quarters are over.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.models.test_against_reference import ALL, BILLIONTHS, CENTS, differences
from tests.models.warehouse import Rows, build_warehouse, rows
from tests.reference.agenda import KEYS, Company, agenda
from tests.reference.companies import DOUBTS, write_company
from tests.reference.rules import (
    reference_channel_mix,
    reference_conversion_change,
    reference_coverage,
    reference_coverage_totals,
    reference_examples,
    reference_grid,
    reference_opportunities,
    reference_stress_test,
    world_of,
)
from tests.reference.scorecard import Blind, scorecard


class Seen(NamedTuple):
    """A company, its warehouse and the instant at which it is seen."""

    exports: Path
    agreement: Path
    warehouse: Path
    as_of: datetime

    def said_by(self, reference: Callable[[Path, Path, datetime], Rows]) -> Rows:
        return reference(self.exports, self.agreement, self.as_of)


COMPANIES: dict[str, dict[str, Any]] = {
    "a company of three CRMs": {
        "seed": 7,
        "crms": ALL,
        "leads": 200,
        "history": dict.fromkeys(ALL, "history"),
        "drops": 4,
    },
    "a company of doubts": {
        "seed": 9,
        "crms": ALL,
        "leads": 150,
        "history": dict.fromkeys(ALL, "history"),
        "doubts": DOUBTS,
        "reporting_timezone": "Australia/Sydney",
        "drops": 4,
    },
}
DAYS_AFTER = 75
"""How long after the last drop they are seen."""


@pytest.fixture(scope="module", params=list(COMPANIES), ids=lambda name: name.replace(" ", "_"))
def seen(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder = tmp_path_factory.mktemp("outcomes")
    company = write_company(folder, **COMPANIES[request.param])
    as_of = company.as_of + timedelta(days=DAYS_AFTER)
    warehouse = build_warehouse(folder / "data", company.exports, company.agreement, as_of)
    return Seen(company.exports, company.agreement, warehouse, as_of)


def test_pipeline_coverage(seen: Seen) -> None:
    reference = seen.said_by(reference_coverage)
    assert {row["coverage_status"] for row in reference} == {
        "no_quota",
        "quota_reached",
        "quota_open",
    }
    assert any(row["open_without_rate"] for row in reference)
    assert any(row["coverage"] for row in reference)
    ours = rows(seen.warehouse, "from marts.rpt_pipeline_coverage")
    assert ours[0].keys() == reference[0].keys()
    assert differences(ours, reference, ["quarter_start", "segment", "region"], CENTS) == []


def test_pipeline_coverage_totals(seen: Seen) -> None:
    reference = seen.said_by(reference_coverage_totals)
    ours = rows(seen.warehouse, "from marts.rpt_pipeline_coverage_totals")
    assert ours[0].keys() == reference[0].keys()
    key = ["quarter_start", "dimension", "dimension_value"]
    assert differences(ours, reference, key, CENTS) == []


def test_channel_mix(seen: Seen) -> None:
    reference = seen.said_by(reference_channel_mix)
    assert any(row["relative_conversion"] for row in reference)
    ours = rows(seen.warehouse, "from marts.rpt_channel_mix")
    assert ours[0].keys() == reference[0].keys()
    assert differences(ours, reference, ["quarter_start", "source"], BILLIONTHS) == []


def test_conversion_change(seen: Seen) -> None:
    reference = seen.said_by(reference_conversion_change)
    assert any(row["from_mix"] and row["from_rates"] for row in reference)
    ours = rows(seen.warehouse, "from marts.rpt_conversion_change")
    assert ours[0].keys() == reference[0].keys()
    key = ["quarter_start", "step", "dimension", "dimension_value"]
    assert differences(ours, reference, key, BILLIONTHS) == []


def test_definition_stress_test(seen: Seen) -> None:
    reference = seen.said_by(reference_stress_test)
    whole = next(row for row in reference if row["dimension"] == "all")
    assert 0 < whole["won_inside"] < whole["won"]
    assert 0 < whole["mql_inside"] < whole["mql"]
    ours = rows(seen.warehouse, "from marts.rpt_definition_stress_test")
    assert ours[0].keys() == reference[0].keys()
    assert differences(ours, reference, ["dimension", "dimension_value"], BILLIONTHS) == []


def test_definition_grid(seen: Seen) -> None:
    reference = seen.said_by(reference_grid)
    assert len({row["mql_passing"] for row in reference}) > 3
    ours = rows(seen.warehouse, "from marts.rpt_definition_grid")
    assert ours[0].keys() == reference[0].keys()
    key = ["score_threshold", "employees_min", "employees_max"]
    assert differences(ours, reference, key, BILLIONTHS) == []


def test_definition_examples(seen: Seen) -> None:
    reference = seen.said_by(reference_examples)
    assert {row["verdict"] for row in reference} == {"pass", "fail"}
    ours = rows(seen.warehouse, "from marts.rpt_definition_examples")
    assert differences(ours, reference, ["verdict", "example_number"]) == []
    for row in ours:
        assert (row["criteria_failed"] is None) == (row["verdict"] == "pass")
        assert row["chosen_because"].startswith(f"{row['verdict']}ed")
        # Keys and company values only: no address, no job title.
        told = f"{row['criteria_met']} {row['criteria_failed']}".lower()
        assert not any(word in told for word in ("@", "vp sales", "acme.example", "intern "))


def test_scorecard(seen: Seen) -> None:
    blind = Blind(
        frozenset(
            row["clause"]
            for row in rows(
                seen.warehouse,
                "select clause from marts.rpt_sla_assessability "
                "group by clause having not bool_or(is_assessable)",
            )
        ),
        frozenset(
            (row["cycle_id"], row["clause"])
            for row in rows(
                seen.warehouse, "from marts.fct_sla_obligations where not is_assessable"
            )
        ),
    )
    exported = rows(seen.warehouse, "from intermediate.int_exported_data")
    assert any(row["datum"] == "closings" for row in exported)
    world = world_of(seen.exports, seen.agreement, seen.as_of)
    reference = scorecard(world, seen.said_by(reference_opportunities), blind)
    assert {row["trend"] for row in reference} == {"improving", "worsening", "steady", None}
    assert {"met", "missed", "no_data", "no_target"} <= {row["verdict"] for row in reference}
    assert any(row["side"] == "joint" and row["consecutive_missed"] for row in reference)
    ours = rows(seen.warehouse, "from marts.rpt_scorecard")
    assert ours[0].keys() == reference[0].keys()
    assert differences(ours, reference, ["period", "period_start", "metric"], BILLIONTHS) == []


def test_review_agenda(seen: Seen) -> None:
    """Item by item: its place, what its sentence says, and exactly the rows its filter picks."""
    variables = world_of(seen.exports, seen.agreement, seen.as_of).agreement.variables
    reference = agenda(
        Company(
            cache(lambda name: rows(seen.warehouse, f"from marts.{name}")),
            seen.as_of,
            str(variables["reporting_timezone"]),
            int(variables["fiscal_year_start_month"]),
            str(variables["reporting_currency"]),
            frozenset(
                row["datum"] for row in rows(seen.warehouse, "from intermediate.int_exported_data")
            ),
        )
    )
    assert {"escalation", "missed_clause", "coverage"} <= {row["topic"] for row in reference}
    ours = rows(seen.warehouse, "from marts.rpt_review_agenda")
    assert differences(ours, reference, ["meeting", "position"]) == []
    told = {(row["meeting"], row["position"]): row for row in ours}
    for item in reference:
        row = told[(item["meeting"], item["position"])]
        place = 0
        for part in item["parts"]:
            assert part in row["statement"][place:], (row["statement"], part)
            place = row["statement"].index(part, place) + len(part)
        behind = rows(seen.warehouse, f"from {row['rows_in']} where {row['row_filter']}")
        key = KEYS[row["rows_in"].removeprefix("marts.")]
        assert behind, row["row_filter"]
        assert {tuple(one[column] for column in key) for one in behind} == item["rows"]


def test_what_may_be_null_is_described(seen: Seen) -> None:
    """Why it is, is for its reader to say; that it is not forgotten, for this test."""
    described: dict[str, dict[str, str]] = {}
    for column in rows(
        seen.warehouse,
        "select schema_name || '.' || table_name as place, column_name, comment "
        "from duckdb_columns() where schema_name in ('marts', 'ops')",
    ):
        described.setdefault(column["place"], {})[column["column_name"]] = column["comment"]
    assert len(described) > 40
    silent = []
    for place, columns in described.items():
        counts = ", ".join(f'count(*) - count("{name}") as "{name}"' for name in columns)
        nulls = rows(seen.warehouse, f"select {counts} from {place}")[0]
        silent += [
            f"{place}.{name}"
            for name, comment in columns.items()
            if nulls[name] and "null" not in (comment or "").lower()
        ]
    assert silent == []
