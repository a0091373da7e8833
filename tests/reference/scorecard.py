"""What the leaders see, by looking through every cycle, deal and obligation for every period.

What the exports can say anything about is not judged here: ``Blind`` is told to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import sqrt
from statistics import NormalDist
from typing import Any

from tests.reference.clock import local_date
from tests.reference.compliance import compliance, counts_on, period_end, wilson
from tests.reference.cycles import Cycle, World, month_start
from tests.reference.intervals import difference_interval
from tests.reference.ledger import DISPOSITIONS, ledger
from tests.reference.pipeline import cents, coverage_totals, quarter_of
from tests.reference.sources import source_benchmarks

Rows = list[dict[str, Any]]

DAY = timedelta(days=1)
PERIODS = ("week", "month")
METRICS = (
    ("joint", "acceptance", "rate", "higher"),
    ("joint", "disqualification", "rate", "lower"),
    ("joint", "sql", "count", "higher"),
    ("joint", "pipeline_created", "amount", "higher"),
    ("joint", "won", "amount", "higher"),
    ("joint", "coverage", "ratio", "higher"),
    ("joint", "sources_below", "count", "lower"),
    ("marketing", "volume", "count", "higher"),
    ("marketing", "fit", "rate", "higher"),
    ("marketing", "completeness", "rate", "higher"),
    ("marketing", "handoff", "rate", "higher"),
    ("marketing", "contest_review", "rate", "higher"),
    ("sales", "speed_to_lead", "rate", "higher"),
    ("sales", "disposition", "rate", "higher"),
    ("sales", "cadence", "rate", "higher"),
    ("sales", "feedback", "rate", "higher"),
)


@dataclass(frozen=True)
class Blind:
    """What nobody can judge: clauses in every CRM, obligations by cycle and clause, and rejections
    where none could have been exported."""

    clauses: frozenset[str] = frozenset()
    obligations: frozenset[tuple[str, str]] = frozenset()
    rejections: bool = False


def scorecard(world: World, opportunities: Rows, blind: Blind) -> Rows:
    """One row per week or month and metric."""
    rows = _clauses(world, blind) + _joint(world, opportunities)
    for row in rows:
        if blind.rejections and row["metric"] in ("acceptance", "disqualification"):
            row |= {"actual": None, "actual_low": None, "actual_high": None}
            row |= {"verdict": "not_assessable", "is_conclusive": False}
    found = {(row["period"], row["period_start"], row["metric"]): row for row in rows}
    runs: dict[tuple[str, str], int] = {}
    for row in sorted(rows, key=lambda row: row["period_start"]):
        place, (side, _, unit, is_better) = next(
            (number, metric)
            for number, metric in enumerate(METRICS, start=1)
            if metric[1] == row["metric"]
        )
        row |= {"position": place, "side": side, "unit": unit, "is_better": is_better}
        before = found.get((row["period"], _period_before(row), row["metric"]))
        row["previous"] = before["actual"] if before else None
        row["trend"] = _trend(row, before)
        if side == "joint":
            run = runs.get((row["period"], row["metric"]), 0)
            if row["is_complete"]:
                run = {"missed": run + 1, "met": 0}.get(row["verdict"], run)
            runs[(row["period"], row["metric"])] = run
            row["consecutive_missed"] = None if row["verdict"] == "not_assessable" else run
    for row in rows:
        del row["amounts"]
    return rows


def _period_before(row: dict[str, Any]) -> date:
    return _start(row["period"], row["period_start"] - DAY)


def _start(period: str, day: date) -> date:
    return day - DAY * (day.isoweekday() - 1) if period == "week" else month_start(day)


def _trend(row: dict[str, Any], before: dict[str, Any] | None) -> str | None:
    if before is None or row["actual"] is None or before["actual"] is None:
        return None
    if row["unit"] != "rate" and not row["is_complete"]:
        return None
    change = row["actual"] - before["actual"]
    z = NormalDist().inv_cdf(0.975)
    if row["unit"] == "rate":
        low, high = difference_interval(row["part"], row["whole"], before["part"], before["whole"])
        assert low is not None
        assert high is not None
        is_chance = low <= 0 <= high
    elif row["unit"] == "count":
        is_chance = abs(change) <= z * sqrt(row["actual"] + before["actual"])
    else:
        # Each deal comes or does not: the variance of a sum is that of its parts.
        variance = sum(round(amount) ** 2 for amount in row["amounts"] + before["amounts"])
        is_chance = abs(change) <= z * sqrt(variance)
    if is_chance:
        return "steady"
    return "improving" if (change > 0) == (row["is_better"] == "higher") else "worsening"


def _row(world: World, period: str, start: date, metric: str) -> dict[str, Any]:
    """A row about which nothing is known."""
    return {
        "period": period,
        "period_start": start,
        "metric": metric,
        "target": None,
        "actual": None,
        "actual_low": None,
        "actual_high": None,
        "part": None,
        "whole": None,
        "pending_due": None,
        "verdict": "no_data",
        "is_conclusive": False,
        "is_complete": period_end(period, start) <= local_date(world.as_of, world.zone),
        "consecutive_missed": 0,
        "is_escalated": False,
        "assessable_share": None,
        "amounts": [],
    }


# --- what each side owes --------------------------------------------------------------------


def _clauses(world: World, blind: Blind) -> Rows:
    obligations = ledger(world)
    rows = []
    for told in compliance(world):
        period, start, clause = told["period"], told["period_start"], told["clause"]
        if told["dimension"] != "all" or period not in PERIODS:
            continue
        if start > local_date(world.as_of, world.zone):
            continue
        judged = [
            (one.cycle.cycle_id, clause)
            for one in obligations
            if one.clause == clause
            and one.status in ("met", "missed")
            and _start(period, counts_on(world, one)) == start
        ]
        is_volume = clause == "volume"
        assert is_volume or len(judged) == told["met"] + (told["missed"] or 0)
        seen = [one for one in judged if one not in blind.obligations]
        row = _row(world, period, start, clause)
        row |= {
            "target": told["target_count"] if is_volume else told["target_rate"],
            "part": told["met"],
            "whole": len(judged) if not is_volume else None,
            "pending_due": told["pending_due"],
        }
        if clause in blind.clauses or (judged and not seen):
            row |= {
                "verdict": "not_assessable",
                "consecutive_missed": None,
                "assessable_share": 0.0,
            }
        else:
            row |= {
                "actual": told["met"] if is_volume else told["rate"],
                "actual_low": told["rate_low"],
                "actual_high": told["rate_high"],
                "verdict": told["verdict"],
                "is_conclusive": told["is_conclusive"],
                "consecutive_missed": told["consecutive_missed"],
                "is_escalated": told["is_escalated"],
                "assessable_share": len(seen) / len(judged) if judged else None,
            }
        rows.append(row)
    return rows


# --- what both answer for -------------------------------------------------------------------


def _joint(world: World, opportunities: Rows) -> Rows:
    rows: Rows = []
    deals = [deal for deal in opportunities if not deal["is_deleted"]]
    created = [(deal["created_at"], deal) for deal in deals]
    won = [(deal["closed_at"], deal) for deal in deals if deal["is_won"]]
    for period in PERIODS:
        for start in _begun(world, period):

            def is_in(at: datetime | None, period: str = period, start: date = start) -> bool:
                return at is not None and _start(period, local_date(at, world.zone)) == start

            rows.append(_share(world, period, start, "acceptance", _accepted(world, is_in)))
            rows.append(_share(world, period, start, "disqualification", _turned(world, is_in)))
            sqls = [cycle for cycle in world.cycles if is_in(_sql_at(cycle))]
            rows.append(_amount(world, period, start, "sql", [Fraction(1) for _ in sqls]))
            for metric, dated in (("pipeline_created", created), ("won", won)):
                amounts = [
                    Fraction(0)
                    if deal["amount_reporting"] is None
                    else cents(deal["amount_reporting"])
                    for at, deal in dated
                    if is_in(at)
                ]
                rows.append(_amount(world, period, start, metric, amounts))
            if not rows[-1]["is_complete"]:
                rows.append(_coverage(world, period, start, opportunities))
                rows.append(_sources_below(world, period, start))
    return rows


def _begun(world: World, period: str) -> list[date]:
    """Since the quarter of the first cycle, which is the first that the calendar of days holds."""
    today = local_date(world.as_of, world.zone)
    first = min((local_date(cycle.mql_at, world.zone) for cycle in world.cycles), default=today)
    day = quarter_of(world, first)
    starts = set()
    while day <= today:
        starts.add(_start(period, day))
        day += DAY
    return sorted(starts)


def _accepted(world: World, is_in: Callable[[datetime | None], bool]) -> list[bool]:
    """Of each MQL that sales decided on in the period, whether it accepted it."""
    found = []
    for cycle in world.cycles:
        if cycle.is_inferred:
            continue
        sal_at, rejected_at = cycle.stages.get("sal"), cycle.stages.get("rejected")
        if sal_at is not None and (rejected_at is None or sal_at <= rejected_at):
            found.append((sal_at, True))
        elif rejected_at is not None:
            found.append((rejected_at, False))
    return [is_accepted for at, is_accepted in found if is_in(at)]


def _turned(world: World, is_in: Callable[[datetime | None], bool]) -> list[bool]:
    """Of each cycle that sales first said anything of in the period, whether it was rejected."""
    found = []
    for cycle in world.cycles:
        said = [cycle.stages[stage] for stage in DISPOSITIONS if stage in cycle.stages]
        if said and is_in(min(said)):
            found.append("rejected" in cycle.stages)
    return found


def _sql_at(cycle: Cycle) -> datetime | None:
    """An inferred cycle is sales qualified if it really was, not because it went further."""
    if cycle.is_inferred and cycle.origin not in ("sal", "sql"):
        return None
    return cycle.stages.get("sql")


def _share(
    world: World, period: str, start: date, metric: str, found: list[bool]
) -> dict[str, Any]:
    row = _row(world, period, start, metric)
    part, whole = sum(found), len(found)
    row |= {"part": part, "whole": whole}
    limit = None
    if metric == "disqualification":
        limit = Fraction(str(world.agreement.variables["joint_review_rejection_rate"]))
        row["target"] = float(limit)
    if not whole:
        return row
    low, high = wilson(part, whole)
    row |= {"actual": part / whole, "actual_low": low, "actual_high": high}
    row["verdict"] = "no_target"
    if limit is not None:
        row["verdict"] = "missed" if Fraction(part, whole) > limit else "met"
        row["is_conclusive"] = row["verdict"] == "missed" and low > limit
    return row


def _amount(
    world: World, period: str, start: date, metric: str, amounts: list[Fraction]
) -> dict[str, Any]:
    total = float(sum(amounts, Fraction(0)))
    return _row(world, period, start, metric) | {
        "actual": total,
        "part": total,
        "verdict": "no_target",
        "amounts": amounts,
    }


def _coverage(world: World, period: str, start: date, opportunities: Rows) -> dict[str, Any]:
    quarter = quarter_of(world, local_date(world.as_of, world.zone))
    totals: Iterable[dict[str, Any]] = (
        total
        for total in coverage_totals(world, opportunities)
        if total["quarter_start"] == quarter and total["dimension"] == "all"
    )
    total = next(iter(totals), {"coverage": None, "coverage_status": "no_quota"})
    verdicts: dict[Any, str] = {
        "quota_open": "no_target",
        "quota_reached": "met",
        "no_quota": "no_data",
    }
    return _row(world, period, start, "coverage") | {
        "actual": total["coverage"],
        "verdict": verdicts[total["coverage_status"]],
    }


def _sources_below(world: World, period: str, start: date) -> dict[str, Any]:
    quarter = quarter_of(world, local_date(world.as_of, world.zone))
    compared: dict[str, bool] = {}
    for one in source_benchmarks(world):
        if one["quarter_start"] == quarter and one["verdict"] != "too_few":
            is_below = compared.get(one["source"], False)
            compared[one["source"]] = is_below or one["verdict"] == "below"
    row = _row(world, period, start, "sources_below")
    row |= {"target": 0.0, "part": sum(compared.values()), "whole": len(compared)}
    if compared:
        row["actual"] = float(row["part"])
        row["verdict"] = "missed" if row["part"] else "met"
    return row
