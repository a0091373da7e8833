"""Sources against their own past and against each other, by looking at every cycle again and again.

Shares are fractions, so that "expected 5" is 5. A curve is walked from event to event, and every
question of who was at risk is asked of the whole cohort.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from math import exp, log, sqrt
from statistics import NormalDist
from typing import Any

from tests.reference.agreement import number
from tests.reference.clock import local_date, start_of_day
from tests.reference.compliance import compliance, wilson
from tests.reference.cycles import Cycle, Deal, World, month_start, quarter_start

Rows = list[dict[str, Any]]
Unjudged = frozenset[tuple[date, str, str]]  # quarter, source, clause

DAY = timedelta(days=1)
STAGES = ("mql", "sal", "sql", "opportunity", "won")
STEPS = (("mql", "sql"), ("sql", "opportunity"), ("opportunity", "won"))
SALES_CLAUSES = ("speed_to_lead", "cadence", "disposition")


@dataclass(frozen=True)
class Try:
    """A cycle's try at a step."""

    began_at: datetime
    made_at: datetime | None


# --- who tried what ---------------------------------------------------------------------------


def tries(world: World, source: str, step: tuple[str, str], since: date, until: date) -> list[Try]:
    """Of the cycles that began the step on a day in [since, until)."""
    begin, end = step
    found = []
    for cycle in world.cycles:
        if cycle.source != source or not _really_reached(cycle, begin):
            continue
        began_at = _at(cycle, begin)
        if began_at is not None and since <= local_date(began_at, world.zone) < until:
            found.append(Try(began_at, _at(cycle, end)))
    return found


def _at(cycle: Cycle, stage: str) -> datetime | None:
    return cycle.mql_at if stage == "mql" else cycle.stages.get(stage)


def _really_reached(cycle: Cycle, stage: str) -> bool:
    if not cycle.is_inferred:
        return True
    return STAGES.index(stage) >= STAGES.index(cycle.origin)


def compared_quarters(world: World) -> list[date]:
    """The last complete quarter and the current one."""
    current = _quarter(world, local_date(world.as_of, world.zone))
    return [_quarter(world, current - DAY), current]


def _quarter(world: World, day: date) -> date:
    return quarter_start(day, int(world.agreement.variables["fiscal_year_start_month"]))


def _quarter_after(world: World, quarter: date) -> date:
    day = quarter
    while _quarter(world, day) == quarter:
        day += DAY
    return day


def benchmark_start(world: World, quarter: date) -> date:
    start = quarter
    for _ in range(int(world.agreement.variables["benchmark_quarters"])):
        start = _quarter(world, start - DAY)
    return start


def _window(world: World) -> int:
    return int(world.agreement.variables["conversion_window_days"])


def _sources(world: World) -> list[str]:
    return sorted({cycle.source for cycle in world.cycles})


# --- the curve --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Point:
    share: Fraction
    low: float
    high: float
    at_risk: int
    events: int


def curve(world: World, cohort: list[Try]) -> list[Point]:
    """Kaplan-Meier by whole day, from 0 to the window."""
    window = _window(world)
    made = [one.made_at - one.began_at for one in cohort if one.made_at is not None]
    # who did not make it is watched until now, closed or not
    unmade = [world.as_of - one.began_at for one in cohort if one.made_at is None]
    watched = made + unmade
    points = []
    left, greenwood = Fraction(1), Fraction(0)
    happened = 0
    for day in range(window + 1):
        today = [t for t in made if (day - 1) * DAY < t <= day * DAY]
        for instant in sorted(set(today)):
            events = today.count(instant)
            at_risk = sum(t >= instant for t in watched)
            left *= Fraction(at_risk - events, at_risk)
            if events < at_risk:
                greenwood += Fraction(events, at_risk * (at_risk - events))
        happened += len(today)
        at_risk = sum(t > (day - 1) * DAY for t in watched)
        low, high = _ends(left, greenwood, at_risk, happened)
        points.append(Point(1 - left, low, high, at_risk, len(today)))
    return points


def _ends(left: Fraction, greenwood: Fraction, at_risk: int, made: int) -> tuple[float, float]:
    """The shares whose log(-log) is 1.96 standard errors away; Wilson's where there is no error."""
    if left == 1:
        return (0.0, wilson(0, at_risk)[1]) if at_risk else (0.0, 1.0)
    if left == 0:
        return wilson(made, made)
    z = NormalDist().inv_cdf(0.975)
    place = log(-log(left))
    error = sqrt(greenwood) / -log(left)
    return 1 - exp(-exp(place - z * error)), 1 - exp(-exp(place + z * error))


def conversion_curves(world: World) -> Rows:
    rows = []
    for quarter, source, step in _cells(world):
        cohort = tries(world, source, step, benchmark_start(world, quarter), quarter)
        if not cohort:
            continue
        for day, point in enumerate(curve(world, cohort)):
            rows.append(
                {
                    "quarter_start": quarter,
                    "source": source,
                    "step": "_to_".join(step),
                    "age_days": day,
                    "cycles": len(cohort),
                    "at_risk": point.at_risk,
                    "events": point.events,
                    "share": float(point.share),
                    "share_low": point.low,
                    "share_high": point.high,
                }
            )
    return rows


def _cells(world: World) -> list[tuple[date, str, tuple[str, str]]]:
    return [
        (quarter, source, step)
        for quarter in compared_quarters(world)
        for source in _sources(world)
        for step in STEPS
    ]


# --- against its own past -----------------------------------------------------------------------


def source_benchmarks(world: World, unjudged: Unjudged = frozenset()) -> Rows:
    """``unjudged`` is what the exports cannot judge at all; it does not speak against sales."""
    rows = [row for cell in _cells(world) if (row := _comparison(world, *cell)) is not None]
    below = {
        (row["quarter_start"], row["source"], row["step"])
        for row in rows
        if row["verdict"] == "below"
    }
    missed = _missed_clauses(world, unjudged)
    for row in rows:
        quarter, source = row["quarter_start"], row["source"]
        now = _mqls(world, source, quarter, _quarter_after(world, quarter))
        then = _mqls(world, source, benchmark_start(world, quarter), quarter)
        row["fit_rate"], row["acceptance_rate"] = fit_rate(now), acceptance_rate(now)
        row["benchmark_fit_rate"] = fit_rate(then)
        row["benchmark_acceptance_rate"] = acceptance_rate(then)
        clauses = sorted(missed.get((quarter, source), ()))
        row["missed_clauses"] = "|".join(clauses) or None
        row["diagnosis"] = None
        if row["verdict"] == "below":
            upstream = (quarter, source, "mql_to_sql") in below and (
                _is_less(row["fit_rate"], row["benchmark_fit_rate"])
                or _is_less(row["acceptance_rate"], row["benchmark_acceptance_rate"])
            )
            row["diagnosis"] = {
                (True, True): "both",
                (True, False): "upstream",
                (False, True): "downstream",
                (False, False): "joint_review",
            }[upstream, bool(clauses)]
    return rows


def _comparison(
    world: World, quarter: date, source: str, step: tuple[str, str]
) -> dict[str, Any] | None:
    variables = world.agreement.variables
    window = _window(world)
    benchmark = tries(world, source, step, benchmark_start(world, quarter), quarter)
    current = tries(world, source, step, quarter, _quarter_after(world, quarter))
    if not benchmark and not current:
        return None
    observed = sum(
        one.made_at is not None and one.made_at - one.began_at <= window * DAY for one in current
    )
    row: dict[str, Any] = {
        "quarter_start": quarter,
        "source": source,
        "step": "_to_".join(step),
        "benchmark_cycles": len(benchmark),
        "benchmark_rate": None,
        "benchmark_low": None,
        "benchmark_high": None,
        "current_cycles": len(current),
        "observed": observed,
        "expected": None if current else 0.0,
        "observed_to_expected": None,
        "verdict": "too_few",
    }
    if benchmark:
        points = curve(world, benchmark)
        row["benchmark_rate"] = float(points[window].share)
        row["benchmark_low"], row["benchmark_high"] = points[window].low, points[window].high
        ages = [min((world.as_of - one.began_at) // DAY, window) for one in current]
        chances = [points[age].share for age in ages]
        expected = sum(chances, Fraction(0))
        row["expected"] = float(expected)
        if expected:
            row["observed_to_expected"] = float(observed / expected)
        enough = len(benchmark) >= variables["benchmark_min_cycles"]
        if enough and expected >= variables["benchmark_min_expected"]:
            spread = sqrt(sum(chance * (1 - chance) for chance in chances))
            room = NormalDist().inv_cdf(0.95) * spread + 0.5
            row["verdict"] = "within"
            if observed - float(expected) < -room:
                row["verdict"] = "below"
            if observed - float(expected) > room:
                row["verdict"] = "above"
    return row


def _is_less(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and one < other


def _missed_clauses(world: World, unjudged: Unjudged) -> dict[tuple[date, str], set[str]]:
    """Clauses of sales under target, by quarter and source."""
    found: dict[tuple[date, str], set[str]] = {}
    for row in compliance(world):
        if (
            row["period"] == "quarter"
            and row["dimension"] == "source"
            and row["clause"] in SALES_CLAUSES
            and row["verdict"] == "missed"
            and (row["period_start"], row["dimension_value"], row["clause"]) not in unjudged
        ):
            key = (row["period_start"], row["dimension_value"])
            found.setdefault(key, set()).add(row["clause"])
    return found


# --- quality ------------------------------------------------------------------------------------


def _mqls(world: World, source: str, since: date, until: date) -> list[Cycle]:
    return [
        cycle
        for cycle in world.cycles
        if cycle.source == source
        and not cycle.is_inferred
        and since <= local_date(cycle.mql_at, world.zone) < until
    ]


def fit_rate(mqls: Iterable[Cycle]) -> float | None:
    return _share([cycle.is_fit for cycle in mqls])


def acceptance_rate(mqls: Iterable[Cycle]) -> float | None:
    """Accepted of those that sales decided on; its first word counts."""
    words = [first_word(cycle) for cycle in mqls]
    return _share([word == "accepted" for word in words if word is not None])


def first_word(cycle: Cycle) -> str | None:
    accepted_at, rejected_at = cycle.stages.get("sal"), cycle.stages.get("rejected")
    if accepted_at is None and rejected_at is None:
        return None
    if rejected_at is None or (accepted_at is not None and accepted_at <= rejected_at):
        return "accepted"
    return "rejected"


def _share(answers: list[bool]) -> float | None:
    return sum(answers) / len(answers) if answers else None


# --- against each other -------------------------------------------------------------------------


def source_decisions(world: World, unjudged: Unjudged = frozenset()) -> Rows:
    """For the last complete month, judged at its end, and the current one, judged now."""
    this_month = month_start(local_date(world.as_of, world.zone))
    months = (
        (this_month, world.as_of, False),
        (month_start(this_month - DAY), start_of_day(this_month, world.zone), True),
    )
    benchmarks = source_benchmarks(world, unjudged)
    rows = []
    for month, judged_at, is_complete in months:
        counted = [c for c in world.cycles if not c.is_inferred and c.mql_at < judged_at]
        mature_until = judged_at - _window(world) * DAY
        begins_after = _months_before(
            mature_until, 3 * int(world.agreement.variables["benchmark_quarters"])
        )
        counted = [cycle for cycle in counted if cycle.mql_at > begins_after]
        for source in sorted({cycle.source for cycle in counted}):
            row = _decision(world, counted, source, mature_until)
            quarter = _quarter(world, month)
            own = [
                one
                for one in benchmarks
                if one["quarter_start"] == quarter and one["source"] == source
            ]
            for step in STEPS:
                name = "_to_".join(step)
                verdict = [one["verdict"] for one in own if one["step"] == name]
                row[f"{name}_verdict"] = verdict[0] if verdict else None
            diagnoses = {one["diagnosis"] for one in own} - {None}
            row["diagnosis"] = diagnoses.pop() if diagnoses else None
            row["decision"] = _decide(world, row)
            row.update(month_start=month, quarter_start=quarter, is_complete=is_complete)
            rows.append(row)
    return rows


def _months_before(instant: datetime, months: int) -> datetime:
    """The same day of an earlier month, or that month's last."""
    count = instant.year * 12 + instant.month - 1 - months
    for day in range(instant.day, 0, -1):
        try:
            return instant.replace(year=count // 12, month=count % 12 + 1, day=day)
        except ValueError:
            continue
    raise AssertionError(instant)


def _decision(
    world: World, counted: list[Cycle], source: str, mature_until: datetime
) -> dict[str, Any]:
    mature = [cycle for cycle in counted if cycle.mql_at <= mature_until]
    own = [cycle for cycle in mature if cycle.source == source]
    others = [cycle for cycle in mature if cycle.source != source]
    row: dict[str, Any] = {
        "source": source,
        "mql_too_young": sum(c.source == source and c.mql_at > mature_until for c in counted),
        "fit_rate": fit_rate(own),
        "others_fit_rate": fit_rate(others),
        "acceptance_rate": acceptance_rate(own),
        "acceptance_rate_high": None,
        "others_acceptance_rate": acceptance_rate(others),
    }
    for prefix, cycles in (("", own), ("others_", others)):
        won = sum(_won_in_time(world, cycle) for cycle in cycles)
        row[f"{prefix}mql"], row[f"{prefix}won"] = len(cycles), won
        row[f"{prefix}won_rate"] = row[f"{prefix}won_rate_low"] = None
        row[f"{prefix}won_rate_high"] = None
        if cycles:
            row[f"{prefix}won_rate"] = won / len(cycles)
            low, high = wilson(won, len(cycles))
            row[f"{prefix}won_rate_low"], row[f"{prefix}won_rate_high"] = low, high
    row["expected_won"] = None
    if mature:
        row["expected_won"] = float(
            Fraction(len(own) * (row["won"] + row["others_won"]), len(mature))
        )
    words = [word for cycle in own if (word := first_word(cycle)) is not None]
    if words:
        row["acceptance_rate_high"] = wilson(words.count("accepted"), len(words))[1]
    has_amounts = any(_amounts(world, cycle, lambda _: True) for cycle in mature)
    for name, is_counted in (("pipeline", _is_created), ("won_value", _is_won)):
        values = {}
        for key, cycles in (("", own), ("others_", others)):
            values[key] = [_worth(world, cycle, is_counted) for cycle in cycles]
            filled = has_amounts and cycles
            row[f"{key}{name}_per_mql"] = sum(values[key]) / len(cycles) if filled else None
        ends = _ends_of_mean(values[""]) if has_amounts else (None, None)
        row[f"{name}_per_mql_low"], row[f"{name}_per_mql_high"] = ends
    return row


def _decide(world: World, row: dict[str, Any]) -> str:
    variables = world.agreement.variables
    if (
        row["mql"] < variables["benchmark_min_cycles"]
        or row["others_mql"] < variables["benchmark_min_cycles"]
        or row["expected_won"] < variables["benchmark_min_expected"]
    ):
        return "too_early"
    verdicts = [row[f"{'_to_'.join(step)}_verdict"] for step in STEPS]
    margin = Fraction(str(variables["source_decision_margin"]))
    own = Fraction(row["won"], row["mql"])
    others = Fraction(row["others_won"], row["others_mql"])
    if row["won_rate_low"] > row["others_won_rate_high"]:
        speaks_against = (
            own < (1 + margin) * others
            or _is_less(row["pipeline_per_mql"], row["others_pipeline_per_mql"])
            or _is_less(row["acceptance_rate_high"], row["others_acceptance_rate"])
            or "below" in verdicts
        )
        return "hold" if speaks_against else "invest"
    if row["won_rate_high"] < row["others_won_rate_low"]:
        high, worth = row["pipeline_per_mql_high"], row["others_pipeline_per_mql"]
        speaks_against = (
            own > (1 - margin) * others
            or (high is not None and worth is not None and high >= worth)
            or row["diagnosis"] == "downstream"
            or "above" in verdicts
        )
        return "hold" if speaks_against else "cut"
    return "hold"


def _won_in_time(world: World, cycle: Cycle) -> bool:
    won_at = cycle.stages.get("won")
    return won_at is not None and won_at <= cycle.mql_at + _window(world) * DAY


Counted = Callable[[World, Deal, datetime], bool]


def _deals(world: World, cycle: Cycle) -> list[Deal]:
    return [deal for deal in world.deals if deal.cycle is cycle and not deal.opportunity.is_deleted]


def _amount(world: World, deal: Deal) -> float | None:
    return world.agreement.amount_reporting(
        number(deal.opportunity.amount),
        deal.opportunity.currency,
        deal.opportunity.close_date or local_date(world.as_of, world.zone),
    )


def _amounts(world: World, cycle: Cycle, is_counted: Callable[[Deal], bool]) -> list[float]:
    deals = [deal for deal in _deals(world, cycle) if is_counted(deal)]
    return [amount for deal in deals if (amount := _amount(world, deal)) is not None]


def _worth(world: World, cycle: Cycle, is_counted: Counted) -> float:
    until = cycle.mql_at + _window(world) * DAY
    return sum(_amounts(world, cycle, lambda deal: is_counted(world, deal, until)))


def _is_created(world: World, deal: Deal, until: datetime) -> bool:
    created_at = deal.opportunity.created_at
    return created_at is not None and created_at <= until


def _is_won(world: World, deal: Deal, until: datetime) -> bool:
    return (
        deal.opportunity.is_won
        and deal.won_at is not None
        and deal.won_at <= min(until, world.as_of)
    )


def _ends_of_mean(values: list[float]) -> tuple[float | None, float | None]:
    if len(values) < 2:
        return None, None
    mean = sum(values) / len(values)
    variance = sum((value - mean) ** 2 for value in values) / (len(values) - 1)
    room = NormalDist().inv_cdf(0.975) * sqrt(variance / len(values))
    return mean - room, mean + room
