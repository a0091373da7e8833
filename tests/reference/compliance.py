"""Compliance and volume: what was promised in each period, and how much of it was kept.

Counts are lists that are filtered, targets are fractions added day by day, the interval is found by
trying shares, and runs of missed periods are counted by walking through them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from statistics import NormalDist
from typing import Any

from tests.reference.agreement import Term, in_force
from tests.reference.clock import local_date
from tests.reference.cycles import Cycle, World, month_start, quarter_start
from tests.reference.ledger import Obligation, ledger

Rows = list[dict[str, Any]]
# period, its first day, clause, dimension, value
Key = tuple[str, date, str, str, str]

PERIODS = ("week", "month", "quarter")
DIMENSIONS = ("all", "source", "segment", "region", "team", "owner")
VOLUME_DIMENSIONS = ("all", "segment", "region")
DAY = timedelta(days=1)


def compliance(world: World) -> Rows:
    """One row per period, clause, dimension and value."""
    rows = _obligation_rows(world) + _volume_rows(world)
    runs: dict[tuple[Any, ...], int] = {}
    for row in sorted(rows, key=lambda row: row["period_start"]):
        key = (row["period"], row["clause"], row["dimension"], row["dimension_value"])
        run = runs.get(key, 0)
        if row["is_complete"] and row["verdict"] == "missed":
            run += 1
        if row["is_complete"] and row["verdict"] == "met":
            run = 0
        runs[key] = row["consecutive_missed"] = run
        row["is_escalated"] = row["period"] == "week" and row["dimension"] == "all" and run >= 2
    return rows


def mql_volume(world: World) -> Rows:
    """One row per month and week, segment and region that a term names or an MQL has."""
    today = local_date(world.as_of, world.zone)
    rows = []
    for period in ("month", "week"):
        for start in _begun(world, period):
            counted = _counted_mqls(world, period, start)
            days = _days_of(world, period, start)
            working = [day for day in days if _is_working_day(world, day)]
            names = {_cell_of(world, cycle) for cycle in counted}
            names |= {_cell(term) for day in days for term in _volume_terms(world, day)}
            for segment, region in sorted(names):
                mql = sum(_cell_of(world, cycle) == (segment, region) for cycle in counted)
                parts = [
                    (day, part)
                    for day in days
                    for term, part in _parts(world, day)
                    if _cell(term) == (segment, region)
                ]
                target = sum((part for _, part in parts), Fraction(0))
                so_far = sum((part for day, part in parts if day < today), Fraction(0))
                rows.append(
                    {
                        "period": period,
                        "period_start": start,
                        "segment": segment,
                        "region": region,
                        "mql": mql,
                        "target_count": float(target) if parts else None,
                        "attainment": float(mql / target) if target else None,
                        "target_to_date": float(so_far) if parts else None,
                        "pace": float(mql / so_far) if so_far else None,
                        "working_days": len(working),
                        "working_days_over": sum(day < today for day in working),
                        "is_complete": period_end(period, start) <= today,
                    }
                )
    return rows


# --- the ledger's clauses -------------------------------------------------------------------


def counts_on(world: World, obligation: Obligation) -> date:
    """The day whose week, month and quarter an obligation counts in."""
    at = obligation.decided_at or obligation.due_at or obligation.cycle.mql_at
    return local_date(at, world.zone)


def _obligation_rows(world: World) -> Rows:
    groups: dict[Key, list[Obligation]] = {}
    for period in PERIODS:
        for start in _begun(world, period):
            for clause in sorted({term.clause for term in world.agreement.terms}):
                if clause != "volume" and _terms_of(world, clause, period, start):
                    groups[(period, start, clause, "all", "all")] = []
    for obligation in ledger(world):
        for period in PERIODS:
            start = _period_start(world, period, counts_on(world, obligation))
            for dimension in DIMENSIONS:
                value = _value(obligation.cycle, dimension)
                key = (period, start, obligation.clause, dimension, value)
                groups.setdefault(key, []).append(obligation)
    return [_obligation_row(world, key, found) for key, found in groups.items()]


def _value(cycle: Cycle, dimension: str) -> str:
    return {
        "all": "all",
        "source": cycle.source,
        "segment": cycle.segment,
        "region": cycle.region,
        "team": cycle.team or "not_routed",
        "owner": cycle.routed_to or "not_routed",
    }[dimension]


def _obligation_row(world: World, key: Key, obligations: list[Obligation]) -> dict[str, Any]:
    period, start, clause, _, _ = key
    judged = [one for one in obligations if one.status in ("met", "missed")]
    met = sum(one.status == "met" for one in judged)
    terms = _terms_of(world, clause, period, start)
    side = next(term.side for term in world.agreement.terms if term.clause == clause)
    row = _row(world, key, side)
    row["met"] = met
    row["missed"] = len(judged) - met
    row["exempt"] = sum(one.status == "exempt" for one in obligations)
    row["pending_due"] = sum(one.status == "pending" for one in obligations)
    if judged:
        target = sum((_rate(one.term) for one in judged), Fraction(0)) / len(judged)
        rate = Fraction(met, len(judged))
        low, high = wilson(met, len(judged))
        row.update(
            rate=float(rate),
            target_rate=float(target),
            rate_low=low,
            rate_high=high,
            verdict="met" if rate >= target else "missed",
            is_conclusive=rate < target and high < target,
        )
    elif len({_rate(term) for term in terms}) == 1:
        row["target_rate"] = float(_rate(terms[0]))
    elapsed = [one.elapsed_seconds for one in judged if one.elapsed_seconds is not None]
    if elapsed:
        row["elapsed_mean_s"] = sum(elapsed) / len(elapsed)
        row["elapsed_median_s"] = quantile(elapsed, 0.5)
        row["elapsed_p90_s"] = quantile(elapsed, 0.9)
    return row


def _row(world: World, key: Key, side: str) -> dict[str, Any]:
    """A row about which nothing is known yet."""
    period, start, clause, dimension, value = key
    return {
        "period": period,
        "period_start": start,
        "clause": clause,
        "side": side,
        "dimension": dimension,
        "dimension_value": value,
        "met": 0,
        "missed": None,
        "exempt": 0,
        "pending_due": 0,
        "target_count": None,
        "rate": None,
        "target_rate": None,
        "rate_low": None,
        "rate_high": None,
        "elapsed_mean_s": None,
        "elapsed_median_s": None,
        "elapsed_p90_s": None,
        "verdict": "no_data",
        "is_conclusive": False,
        "is_complete": period_end(period, start) <= local_date(world.as_of, world.zone),
    }


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """The shares from which what was seen is at most 1.96 standard errors away (Wilson 1927)."""
    seen = successes / trials
    z = NormalDist().inv_cdf(0.975)

    def is_in(share: float) -> bool:
        return abs(seen - share) <= z * (share * (1 - share) / trials) ** 0.5

    low = 0.0 if successes == 0 else _edge(is_in, seen, 0.0)
    high = 1.0 if successes == trials else _edge(is_in, seen, 1.0)
    return low, high


def _edge(is_in: Callable[[float], bool], inside: float, outside: float) -> float:
    for _ in range(100):
        middle = (inside + outside) / 2
        if is_in(middle):
            inside = middle
        else:
            outside = middle
    return inside


def quantile(values: list[float], fraction: float) -> float:
    """By linear interpolation between the two values around it."""
    ordered = sorted(values)
    place = fraction * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


# --- volume ---------------------------------------------------------------------------------


def _volume_rows(world: World) -> Rows:
    rows = []
    for period in PERIODS:
        for start in _begun(world, period):
            if not _terms_of(world, "volume", period, start):
                continue
            days = _days_of(world, period, start)
            counted = [_cell_of(world, cycle) for cycle in _counted_mqls(world, period, start)]
            parts = [
                (_cell(term), part, part * _rate(term))
                for day in days
                for term, part in _parts(world, day)
            ]
            for dimension in VOLUME_DIMENSIONS:
                names = {_cut(cell, dimension) for cell in counted}
                names |= {_cut(cell, dimension) for cell, _, _ in parts}
                for name in sorted(names):
                    mine = [one for one in parts if _cut(one[0], dimension) == name]
                    row = _row(world, (period, start, "volume", dimension, name), "marketing")
                    row["met"] = sum(_cut(cell, dimension) == name for cell in counted)
                    target = sum((part for _, part, _ in mine), Fraction(0))
                    promised = sum((part for _, _, part in mine), Fraction(0))
                    terms = _terms_of(world, "volume", period, start)
                    if mine:
                        row["target_count"] = float(target)
                    if target:
                        row["rate"] = float(row["met"] / target)
                        row["target_rate"] = float(promised / target)
                        row["verdict"] = "met" if row["met"] >= promised else "missed"
                    elif len({_rate(term) for term in terms}) == 1:
                        row["target_rate"] = float(_rate(terms[0]))
                    rows.append(row)
    return rows


def _cut(cell: tuple[str, str], dimension: str) -> str:
    return {"all": "all", "segment": cell[0], "region": cell[1]}[dimension]


def _counted_mqls(world: World, period: str, start: date) -> list[Cycle]:
    return [
        cycle
        for cycle in world.cycles
        if cycle.counts_to_volume
        and not cycle.is_inferred
        and _period_start(world, period, local_date(cycle.mql_at, world.zone)) == start
    ]


def _cell(term: Term) -> tuple[str, str]:
    """Segment and region as a term names them; what it leaves open is one target for all."""
    return term.segment or "any", term.region or "any"


def _cell_of(world: World, cycle: Cycle) -> tuple[str, str]:
    """Where an MQL is counted: with the term that governs it, or by what it is itself."""
    day = local_date(cycle.mql_at, world.zone)
    term = world.agreement.term("volume", day, cycle.segment, cycle.region)
    return _cell(term) if term else (cycle.segment, cycle.region)


def _volume_terms(world: World, day: date) -> list[Term]:
    return [
        term
        for term in world.agreement.terms
        if term.clause == "volume" and in_force(day, term.effective_from, term.effective_to)
    ]


def _parts(world: World, day: date) -> Iterator[tuple[Term, Fraction]]:
    """The part of each term's monthly MQLs that falls due on a day."""
    month = [day.replace(day=number) for number in range(1, 32) if _exists(day, number)]
    working = [one for one in month if _is_working_day(world, one)] or month
    for term in _volume_terms(world, day):
        yield term, Fraction(term.min_count or 0, len(working)) * (day in working)


def _exists(day: date, number: int) -> bool:
    return (day.replace(day=1) + DAY * (number - 1)).month == day.month


def _is_working_day(world: World, day: date) -> bool:
    return world.agreement.calendars[world.agreement.default_calendar].opens_on(day)


# --- periods --------------------------------------------------------------------------------


def _rate(term: Term) -> Fraction:
    return Fraction(str(term.target_rate))


def _first_day(world: World) -> date | None:
    """Reports begin with the month of the first MQL."""
    days = [local_date(cycle.mql_at, world.zone) for cycle in world.cycles]
    return month_start(min(days)) if days else None


def _begun(world: World, period: str) -> list[date]:
    """The periods that have begun by as_of, the first being that of the first month's first day."""
    day, today = _first_day(world), local_date(world.as_of, world.zone)
    starts = set()
    while day is not None and day <= today:
        starts.add(_period_start(world, period, day))
        day += DAY
    return sorted(starts)


def _days_of(world: World, period: str, start: date) -> list[date]:
    """The days of a period, of the first ones those in the first MQL's month or later."""
    first, day, days = _first_day(world), start, []
    while day < period_end(period, start):
        if first is not None and day >= first:
            days.append(day)
        day += DAY
    return days


def _period_start(world: World, period: str, day: date) -> date:
    if period == "week":
        return day - DAY * (day.isoweekday() - 1)
    if period == "month":
        return month_start(day)
    return quarter_start(day, int(world.agreement.variables["fiscal_year_start_month"]))


def period_end(period: str, start: date) -> date:
    """The day after the last."""
    if period == "week":
        return start + 7 * DAY
    day = start
    for _ in range(1 if period == "month" else 3):
        day = month_start(day + 31 * DAY)
    return day


def _terms_of(world: World, clause: str, period: str, start: date) -> list[Term]:
    """The terms of a clause that are in force on a day of a period at least."""
    days = [start + DAY * n for n in range((period_end(period, start) - start).days)]
    return [
        term
        for term in world.agreement.terms
        if term.clause == clause
        and any(in_force(day, term.effective_from, term.effective_to) for day in days)
    ]
