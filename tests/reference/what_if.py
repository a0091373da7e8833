"""Compliance under other agreements, and conversion by response time: each lead judged anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from tests.reference.clock import Calendar, local_date
from tests.reference.compliance import wilson
from tests.reference.cycles import Cycle, World, quarter_start
from tests.reference.ledger import Obligation, ledger

Rows = list[dict[str, Any]]

MINUTE, HOUR = 60, 3600
LIMITS = {
    "handoff": (MINUTE, 5 * MINUTE, 15 * MINUTE, 30 * MINUTE, HOUR, 4 * HOUR),
    "speed_to_lead": (
        5 * MINUTE,
        15 * MINUTE,
        30 * MINUTE,
        HOUR,
        2 * HOUR,
        4 * HOUR,
        8 * HOUR,
    ),
    "disposition": (24 * HOUR, 48 * HOUR, 72 * HOUR, 96 * HOUR, 168 * HOUR),
}
BUCKETS = (
    ("up to 5 minutes", 5 * MINUTE),
    ("up to 15 minutes", 15 * MINUTE),
    ("up to 30 minutes", 30 * MINUTE),
    ("up to 1 hour", HOUR),
    ("up to 2 hours", 2 * HOUR),
    ("up to 4 hours", 4 * HOUR),
    ("up to 8 hours", 8 * HOUR),
    ("up to 24 hours", 24 * HOUR),
    ("up to 72 hours", 72 * HOUR),
)
STAGES = ("sql", "opportunity", "won")


def what_if(world: World) -> Rows:
    calendars = world.agreement.calendars
    extended = {name: _extended(calendar) for name, calendar in calendars.items()}
    first_month = int(world.agreement.variables["fiscal_year_start_month"])
    groups: dict[tuple[Any, ...], list[tuple[str, Fraction]]] = {}
    for owed in ledger(world):
        if owed.clause not in LIMITS or owed.starts_at is None or owed.cycle.is_inferred:
            continue
        own = owed.cycle.calendar_id or world.agreement.default_calendar
        clocks: list[tuple[str, str | None, Calendar | None]] = [
            ("agreed", None, calendars[own] if owed.term.clock == "business" else None),
            ("around_the_clock", None, None),
            ("own_hours", None, calendars[own]),
        ]
        if owed.clause == "speed_to_lead":
            clocks.append(("extended_hours", None, extended[own]))
            clocks += [("calendar", name, calendars[name]) for name in calendars]
        quarter = quarter_start(local_date(owed.starts_at, world.zone), first_month)
        for clock, name, calendar in clocks:
            for limit in (None, *LIMITS[owed.clause]):
                status = _status(world, owed, calendar, limit)
                for period in (("quarter", quarter), ("all", None)):
                    for cut in (
                        ("all", "all"),
                        ("segment", owed.cycle.segment),
                        ("region", owed.cycle.region),
                        ("team", owed.cycle.team or "not_routed"),
                    ):
                        key = (*period, owed.clause, clock, name, limit, *cut)
                        target = Fraction(str(owed.term.target_rate))
                        groups.setdefault(key, []).append((status, target))
    return [_row(key, found) for key, found in groups.items()]


def _extended(calendar: Calendar) -> Calendar:
    """Open from 08:00 to 20:00 on the days on which it opens at all."""
    hours = {weekday: [(8 * 60, 20 * 60)] for weekday in calendar.hours}
    return replace(calendar, hours=hours)


def _status(world: World, owed: Obligation, calendar: Calendar | None, limit: float | None) -> str:
    assert owed.starts_at is not None
    seconds = limit if limit is not None else owed.limit_seconds or 0.0
    if calendar is None:
        due = owed.starts_at + timedelta(seconds=seconds)
    else:
        due = calendar.deadline(owed.starts_at, seconds)
    if owed.fulfilled_at is not None and owed.fulfilled_at <= due:
        return "met"
    if owed.cycle.closed_at is not None and owed.cycle.closed_at <= due:
        return "exempt"
    if owed.fulfilled_at is not None or due < world.as_of:
        return "missed"
    return "pending"


def _row(key: tuple[Any, ...], found: list[tuple[str, Fraction]]) -> dict[str, Any]:
    statuses = [status for status, _ in found]
    met, missed = statuses.count("met"), statuses.count("missed")
    judged = met + missed
    names = ("period", "period_start", "clause", "clock", "calendar_id", "limit_seconds")
    row: dict[str, Any] = dict(zip((*names, "dimension", "dimension_value"), key, strict=True))
    row |= {
        "is_agreed": row["clock"] == "agreed" and row["limit_seconds"] is None,
        "met": met,
        "missed": missed,
        "exempt": statuses.count("exempt"),
        "pending": statuses.count("pending"),
        "rate": None,
        "rate_low": None,
        "rate_high": None,
        "target_rate": None,
        "verdict": "no_data",
    }
    if judged:
        promised = sum(
            (target for status, target in found if status in ("met", "missed")), Fraction(0)
        )
        row["rate"] = met / judged
        row["rate_low"], row["rate_high"] = wilson(met, judged)
        row["target_rate"] = float(promised / judged)
        row["verdict"] = "met" if met >= promised else "missed"
    return row


def speed_curve(world: World) -> Rows:
    window = timedelta(days=int(world.agreement.variables["conversion_window_days"]))
    groups: dict[tuple[str, str, str, str, str], list[Cycle]] = {}
    for cycle in world.cycles:
        if cycle.routed_at is None or cycle.is_inferred:
            continue
        name = cycle.calendar_id or world.agreement.default_calendar
        calendar = world.agreement.calendars[name]
        touched = cycle.touches[0].at if cycle.touches else None
        business = wall = None
        if touched is not None:
            business = calendar.seconds_between(cycle.routed_at, touched)
            wall = max(0.0, (touched - cycle.routed_at).total_seconds())
        arrival = "in_hours" if _is_open(calendar, cycle.routed_at) else "out_of_hours"
        for clock, waited in (("business", business), ("wall", wall)):
            for when in ("all", arrival):
                for cut in (("all", "all"), ("source", cycle.source)):
                    groups.setdefault((clock, when, *cut, _bucket(waited)), []).append(cycle)
    rows: Rows = []
    for key, cycles in groups.items():
        names = ("clock", "arrival", "dimension", "dimension_value", "bucket")
        row: dict[str, Any] = dict(zip(names, key, strict=True))
        old = [one for one in cycles if _after(one, window) <= world.as_of]
        row["cycles"] = len(old)
        row["too_young"] = len(cycles) - len(old)
        for stage in STAGES:
            made = [one for one in old if _made(one, stage, window)]
            low, high = wilson(len(made), len(old)) if old else (None, None)
            row[stage] = len(made)
            row[f"{stage}_rate"] = len(made) / len(old) if old else None
            row[f"{stage}_low"], row[f"{stage}_high"] = low, high
            if stage == "sql":
                row["sql_before_touch"] = sum(
                    bool(one.touches) and one.stages["sql"] <= one.touches[0].at for one in made
                )
        rows.append(row)
    return rows


def _made(cycle: Cycle, stage: str, window: timedelta) -> bool:
    return stage in cycle.stages and cycle.stages[stage] <= _after(cycle, window)


def _after(cycle: Cycle, window: timedelta) -> datetime:
    assert cycle.routed_at is not None
    return cycle.routed_at + window


def _is_open(calendar: Calendar, at: datetime) -> bool:
    day: date = local_date(at, calendar.timezone)
    around = (day - timedelta(days=2), day + timedelta(days=2))
    return any(start <= at < end for start, end in calendar.open_between(*around))


def _bucket(waited: float | None) -> str:
    if waited is None:
        return "never"
    return next((name for name, most in BUCKETS if waited <= most), "later")
