"""The stress test of the lead definition, the grid around it and its examples, case by case."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from fractions import Fraction
from typing import Any

from tests.reference.agreement import Agreement, Criterion, in_force, norm
from tests.reference.clock import local_date
from tests.reference.compliance import wilson
from tests.reference.cycles import Cycle, World
from tests.reference.intervals import difference_interval, ratio_interval
from tests.reference.pipeline import closing_quarter, mqls_of, quarter_of, ratio

Rows = list[dict[str, Any]]

DIMENSIONS = ("all", "industry", "segment", "country", "region", "source")
SCORE_FACTORS = (0.8, 0.9, 1, 1.1, 1.2)
SIZE_FACTORS = (0.5, 1, 2)


@dataclass
class Case:
    """An MQL or a deal; a deal's lead need not have been an MQL."""

    kind: str  # mql, won, won_before, not_won
    cycle: Cycle | None
    bands: dict[str, str]

    def passes(self, agreement: Agreement, day: date) -> bool:
        cycle = self.cycle
        return cycle is not None and not cycle.is_inferred and agreement.fits(cycle.values, day)


def last_complete_quarter(world: World) -> date:
    this = quarter_of(world, local_date(world.as_of, world.zone))
    return quarter_of(world, this - timedelta(days=1))


def cases(world: World, opportunities: Rows) -> list[Case]:
    quarter = last_complete_quarter(world)
    trailing, start = [], quarter
    for _ in range(4):
        start = quarter_of(world, start - timedelta(days=1))
        trailing.append(start)
    kinds = {quarter: "won"} | dict.fromkeys(trailing, "won_before")

    found = [Case("mql", cycle, _bands(cycle)) for cycle in mqls_of(world, quarter)]
    by_id = {cycle.cycle_id: cycle for cycle in world.cycles}
    for one in opportunities:
        kind = kinds.get(closing_quarter(world, one) or date.min)
        if one["is_won"] and not one["is_deleted"] and kind:
            cycle = by_id.get(one["cycle_id"])
            where = {name: one[name] for name in ("segment", "region", "source")}
            found.append(Case(kind, cycle, _bands(cycle) | where))
    with_deals = {id(d.cycle) for d in world.deals if d.cycle and not d.opportunity.is_deleted}
    for cycle in world.cycles:
        won_at = cycle.stages.get("won")
        if won_at is not None and id(cycle) not in with_deals:
            kind = kinds.get(quarter_of(world, local_date(won_at, world.zone)))
            if kind:
                found.append(Case(kind, cycle, _bands(cycle)))
        if won_at is None and cycle.closed_at is not None and not cycle.is_inferred:
            day = local_date(cycle.closed_at, world.zone)
            found += [Case("not_won", cycle, _bands(cycle))] * (quarter_of(world, day) == quarter)
    return found


def _bands(cycle: Cycle | None) -> dict[str, str]:
    bands = {"all": "all", "industry": "unknown", "country": "unknown"}
    if cycle is not None:
        bands |= {"segment": cycle.segment, "region": cycle.region, "source": cycle.source}
        for name in ("industry", "country"):
            bands[name] = (cycle.values[name] or "unknown").strip()
    return bands


def stress_test(world: World, opportunities: Rows) -> Rows:
    tested = cases(world, opportunities)
    day = local_date(world.as_of, world.zone)
    inside = [one for one in tested if one.passes(world.agreement, day)]
    rows = []
    for dimension in DIMENSIONS:
        for value in sorted({norm(one.bands[dimension]) for one in tested}):
            mine = [one for one in tested if norm(one.bands[dimension]) == value]
            passed = [one for one in inside if norm(one.bands[dimension]) == value]
            rows.append(
                {
                    "quarter_start": last_complete_quarter(world),
                    "dimension": dimension,
                    "dimension_value": min(one.bands[dimension] for one in mine),
                }
                | _band(_counts(mine), _counts(passed), _counts(tested), _counts(inside))
            )
    return rows


def _counts(found: list[Case]) -> dict[str, int]:
    kinds = ("mql", "won", "won_before", "not_won")
    return {kind: sum(one.kind == kind for one in found) for kind in kinds}


def _band(
    mine: dict[str, int], inside: dict[str, int], whole: dict[str, int], all_inside: dict[str, int]
) -> dict[str, Any]:
    won, mql, before = mine["won"], mine["mql"], mine["won_before"]
    decided = inside["won"] + inside["not_won"]
    is_in_definition = bool(inside["mql"] or inside["won"] or inside["won_before"])
    lift_low, lift_high = ratio_interval(won, whole["won"], mql, whole["mql"])
    outside, all_outside = won - inside["won"], whole["won"] - all_inside["won"]
    outside_low, _ = difference_interval(outside, won, all_outside - outside, whole["won"] - won)
    trend_low, trend_high = ratio_interval(won, whole["won"], before, whole["won_before"])
    recall_low, recall_high = wilson(inside["won"], won) if won else (None, None)
    precision_low, precision_high = wilson(inside["won"], decided) if decided else (None, None)
    return {
        "mql": mql,
        "won": won,
        "mql_share": ratio(mql, whole["mql"]),
        "won_share": ratio(won, whole["won"]),
        "lift": _ratio_of_shares(won, whole["won"], mql, whole["mql"]),
        "lift_low": lift_low,
        "lift_high": lift_high,
        "mql_inside": inside["mql"],
        "won_inside": inside["won"],
        "won_outside": won - inside["won"],
        "is_in_definition": is_in_definition,
        "emerging": won > inside["won"],
        "is_emerging_conclusive": outside_low is not None and outside_low > 0,
        "won_before": before,
        "won_share_before": ratio(before, whole["won_before"]),
        "trend": _ratio_of_shares(won, whole["won"], before, whole["won_before"]),
        "trend_low": trend_low,
        "trend_high": trend_high,
        "cooling": is_in_definition and trend_high is not None and trend_high < 1,
        "recall": ratio(inside["won"], won),
        "recall_low": recall_low,
        "recall_high": recall_high,
        "decided_inside": decided,
        "precision": ratio(inside["won"], decided),
        "precision_low": precision_low,
        "precision_high": precision_high,
    }


def _ratio_of_shares(part: int, whole: int, other: int, other_whole: int) -> float | None:
    if not whole or not other:
        return None
    return float(Fraction(part, whole) / Fraction(other, other_whole))


# --- the grid -------------------------------------------------------------------------------


def grid(world: World, opportunities: Rows) -> Rows:
    """The definition written anew for every point, and all cases judged by it."""
    tested = cases(world, opportunities)
    day = local_date(world.as_of, world.zone)
    today = [
        c for c in world.agreement.definition if in_force(day, c.effective_from, c.effective_to)
    ]
    points: dict[tuple[float | None, ...], dict[str, Any]] = {}
    for score in SCORE_FACTORS:
        for low in SIZE_FACTORS:
            for high in SIZE_FACTORS:
                moved, bounds = _moved(today, score, low, high)
                if not tested:
                    continue
                passed = [
                    one for one in tested if one.passes(replace_definition(world, moved), day)
                ]
                row = _point(_counts(passed), _counts(tested))
                row["is_in_force"] = (score, low, high) == (1, 1, 1)
                known = points.get(bounds)
                row["is_in_force"] |= known is not None and known["is_in_force"]
                points[bounds] = row
    in_force_now = next((row for row in points.values() if row["is_in_force"]), None)
    return [
        {
            "quarter_start": last_complete_quarter(world),
            "score_threshold": bounds[0],
            "employees_min": bounds[1],
            "employees_max": bounds[2],
            **row,
            "mql_change": row["mql_passing"] - in_force_now["mql_passing"] if in_force_now else 0,
        }
        for bounds, row in points.items()
    ]


def replace_definition(world: World, definition: list[Criterion]) -> Agreement:
    return replace(world.agreement, definition=definition)


def _moved(
    definition: list[Criterion], score: float, low: float, high: float
) -> tuple[list[Criterion], tuple[float | None, ...]]:
    """The definition with its bounds moved, and the bounds that hold then."""
    moved = []
    lows: dict[str, list[float]] = {"score": [], "employees": []}
    highs: list[float] = []
    for criterion in definition:
        name, operator = criterion.attribute, criterion.operator
        is_moved = operator in ("at_least", "between") and criterion.kind != "disqualifier"
        if is_moved and name in lows:
            numbers = [float(part) for part in criterion.value.split("|")]
            numbers[0] = round(numbers[0] * (score if name == "score" else low), 6)
            lows[name].append(numbers[0])
            if name == "employees" and operator == "between":
                numbers[1] = round(numbers[1] * high, 6)
                highs.append(numbers[1])
            criterion = replace(criterion, value="|".join(str(one) for one in numbers))
        moved.append(criterion)
    return moved, (
        max(lows["score"], default=None),
        max(lows["employees"], default=None),
        min(highs, default=None),
    )


def _point(passed: dict[str, int], whole: dict[str, int]) -> dict[str, Any]:
    decided = passed["won"] + passed["not_won"]
    return {
        "mql_passing": passed["mql"],
        "pass_rate": ratio(passed["mql"], whole["mql"]),
        "won_passing": passed["won"],
        "recall": ratio(passed["won"], whole["won"]),
        "decided_passing": decided,
        "precision": ratio(passed["won"], decided),
    }


# --- examples -------------------------------------------------------------------------------


def examples(world: World) -> Rows:
    """Which leads are told, and why; the words are not the reference's."""
    latest: dict[str, Cycle] = {}
    for cycle in mqls_of(world, last_complete_quarter(world)):
        known = latest.get(cycle.lead_key)
        if not cycle.is_deleted and (known is None or cycle.mql_at > known.mql_at):
            latest[cycle.lead_key] = cycle
    rows = []
    for verdict in ("pass", "fail"):
        kinds: list[list[Cycle]] = [[], [], []]
        for cycle in latest.values():
            if cycle.is_fit == (verdict == "pass"):
                kinds[_kind(world, cycle) - 1].append(cycle)
        for number, found in enumerate(kinds, 1):
            found.sort(key=lambda cycle: cycle.cycle_id)
            found.sort(key=lambda cycle: cycle.mql_at, reverse=True)
            found.sort(key=lambda cycle: "sal" not in cycle.stages)
            found.sort(key=lambda c: failures(world, c) * (-1 if number == 3 else 1))
        told: list[Cycle] = []
        while any(kinds):
            told += [found.pop(0) for found in kinds if found]
        rows += [
            {
                "quarter_start": last_complete_quarter(world),
                "verdict": verdict,
                "example_number": number,
                "cycle_id": cycle.cycle_id,
                "lead_key": cycle.lead_key,
                "mql_at": cycle.mql_at,
                "source": cycle.source,
                "segment": cycle.segment,
                "region": cycle.region,
            }
            for number, cycle in enumerate(told[:3], 1)
        ]
    return rows


def _kind(world: World, cycle: Cycle) -> int:
    if "won" in cycle.stages:
        return 1
    if cycle.is_fit and "rejected" in cycle.stages:
        return 2
    return 2 if failures(world, cycle) == 1 else 3


def failures(world: World, cycle: Cycle) -> int:
    """How many criteria of its day a lead failed."""
    day = local_date(cycle.mql_at, world.zone)
    return sum(
        not replace_definition(world, [criterion]).fits(cycle.values, day)
        for criterion in world.agreement.definition
    )
