"""Instants, dates and the business clock, by walking from day to day.

Every instant is a naive ``datetime`` in UTC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# Days more than asked for on both sides: a zone may skip a whole day.
MARGIN = timedelta(days=2)
WALKS = (timedelta(days=30), timedelta(days=400), timedelta(days=12000))

_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(
    r"(\d{4}-\d{2}-\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?"
    r"\s*(Z|[+-]\d{2}:?\d{2})?"
)


def is_bare_date(text: str) -> bool:
    return _DATE.fullmatch(text) is not None


def parse_instant(text: str | None, zone: str = "UTC") -> datetime | None:
    """UTC instant of a text; ``zone`` is where a text without an offset was written.

    A bare date is local midnight. A text that is no instant is None.
    """
    if text is None:
        return None
    text = text.strip()
    if is_bare_date(text):
        day = parse_date(text)
        return None if day is None else start_of_day(day, zone)
    found = _INSTANT.fullmatch(text)
    if found is None:
        return None
    day_text, hour, minute, second, fraction, offset = found.groups()
    try:
        local = datetime.fromisoformat(day_text) + timedelta(hours=0)
        local = local.replace(
            hour=int(hour),
            minute=int(minute),
            second=int(second or 0),
            microsecond=int((fraction or "0").ljust(6, "0")),
        )
    except ValueError:
        return None
    if offset == "Z":
        return local
    if offset is not None:
        digits = offset[1:].replace(":", "")
        shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
        return local - shift if offset[0] == "+" else local + shift
    return to_utc(local, zone)


def parse_date(text: str | None) -> date | None:
    if text is None or not is_bare_date(text.strip()):
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def to_utc(local: datetime, zone: str) -> datetime:
    return local.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC).replace(tzinfo=None)


def local_date(instant: datetime, zone: str) -> date:
    return instant.replace(tzinfo=UTC).astimezone(ZoneInfo(zone)).date()


def start_of_day(day: date, zone: str) -> datetime:
    return to_utc(datetime.combine(day, time(0, 0)), zone)


@dataclass
class Calendar:
    """Open hours: ``hours[weekday]`` (1 Monday to 7) is a list of (opens, closes) in minutes."""

    calendar_id: str
    timezone: str
    hours: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    holidays: set[date] = field(default_factory=set)
    _walked: dict[date, list[tuple[datetime, datetime]]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def opens_on(self, day: date) -> bool:
        return bool(self.hours.get(day.isoweekday())) and day not in self.holidays

    def intervals_of(self, day: date) -> list[tuple[datetime, datetime]]:
        """The open intervals of one local day, in UTC."""
        if day in self._walked:
            return self._walked[day]
        result: list[tuple[datetime, datetime]] = []
        self._walked[day] = result
        if not self.opens_on(day):
            return result
        for opens, closes in sorted(self.hours[day.isoweekday()]):
            midnight = datetime.combine(day, time(0, 0))
            start = to_utc(midnight + timedelta(minutes=opens), self.timezone)
            end = to_utc(midnight + timedelta(minutes=closes), self.timezone)
            if end > start:
                result.append((start, end))
        return result

    def open_between(self, first: date, last: date) -> list[tuple[datetime, datetime]]:
        """When it is open on these local days, in UTC, in order and apart.

        Hours that fall into the skipped hour of a spring night may run into the next ones, and
        whoever is open twice is open.
        """
        count = (last - first).days + 1
        days = (first + timedelta(days=number) for number in range(count))
        apart: list[tuple[datetime, datetime]] = []
        for start, end in sorted(pair for day in days for pair in self.intervals_of(day)):
            if apart and start <= apart[-1][1]:
                apart[-1] = (apart[-1][0], max(end, apart[-1][1]))
            else:
                apart.append((start, end))
        return apart

    def seconds_between(self, a: datetime, b: datetime) -> float:
        """Business seconds from a to b, never below 0."""
        if b <= a:
            return 0.0
        total = timedelta(0)
        first = local_date(a, self.timezone) - MARGIN
        last = local_date(b, self.timezone) + MARGIN
        for start, end in self.open_between(first, last):
            opened = max(start, a)
            closed = min(end, b)
            if closed > opened:
                total += closed - opened
        return total.total_seconds()

    def deadline(self, a: datetime, seconds: float) -> datetime:
        """The earliest instant at which ``seconds`` of open time have passed since a."""
        if seconds <= 0:
            return a
        first = local_date(a, self.timezone) - MARGIN
        for walk in WALKS:
            left = timedelta(seconds=seconds)
            for start, end in self.open_between(first, first + walk + MARGIN):
                opened = max(start, a)
                if end <= opened:
                    continue
                if end - opened >= left:
                    due = opened + left
                    if local_date(due, self.timezone) > first + walk:
                        break  # days that were not walked yet may open before it
                    return due
                left -= end - opened
        raise ValueError(f"calendar {self.calendar_id} never opens for {seconds} seconds after {a}")

    def open_days_after(self, first: date, last: date) -> int:
        """How many days after ``first``, up to and with ``last``, the calendar opens at all."""
        count = 0
        day = first + timedelta(days=1)
        while day <= last:
            if self.opens_on(day):
                count += 1
            day += timedelta(days=1)
        return count
