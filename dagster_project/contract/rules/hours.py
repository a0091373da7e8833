"""Rules of the business clock: calendars (`business_hours`, `holidays`)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from dagster_project.contract.rules.periods import overlaps
from dagster_project.contract.seeds import BusinessHours, Seeds
from dagster_project.errors import Fault


def close_after_open(seeds: Seeds) -> Iterator[Fault]:
    """Hours run forward; a night shift is two rows."""
    for hours in seeds.business_hours:
        if hours.closes <= hours.opens:
            message = (
                f"{hours.closes} is not after opens {hours.opens}: hours past midnight are two"
                " rows, to 24:00 and from 00:00 of the next weekday."
            )
            yield hours.fault(message, "closes")


def one_zone_per_calendar(seeds: Seeds) -> Iterator[Fault]:
    """A calendar's hours are read on one wall clock."""
    first: dict[str, BusinessHours] = {}
    for hours in seeds.business_hours:
        other = first.setdefault(hours.calendar_id, hours)
        if hours.timezone != other.timezone:
            message = (
                f"calendar {hours.calendar_id} has {other.timezone} in line {other.line}:"
                " give it one time zone."
            )
            yield hours.fault(message, "timezone")


def no_double_hours(seeds: Seeds) -> Iterator[Fault]:
    """Intervals of a day may touch, not overlap: the time would count twice."""
    days: dict[tuple[str, int], list[BusinessHours]] = defaultdict(list)
    for hours in seeds.business_hours:
        days[hours.calendar_id, hours.weekday].append(hours)
    for (calendar, weekday), intervals in days.items():
        # HH:MM orders as text; 24:00 comes last as it should.
        for pair in overlaps(intervals, lambda item: item.opens, lambda item: item.closes):
            first, second = sorted(pair, key=lambda item: item.line)
            message = (
                f"calendar {calendar}, weekday {weekday}: {second.opens}-{second.closes} overlaps"
                f" {first.opens}-{first.closes} of line {first.line}: join the two."
            )
            yield second.fault(message, "opens")
