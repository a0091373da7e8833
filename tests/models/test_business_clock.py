"""The business clock as the build runs it, against hours walked one by one.

The models are compiled by dbt once; every example is a few calendars with many questions, answered
in one go by the very SQL that judges the leads.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pytest
from dbt.adapters.duckdb.connections import DuckDBConnectionManager
from dbt.cli.main import dbtRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dagster_project.settings import PROJECT_ROOT
from tests.reference.clock import Calendar, local_date

CALENDARS = "int_calendars"
DAYS, INTERVALS, CLOCKS = "int_calendar_days", "int_open_intervals", "int_obligation_clocks"
REACH = "calendars_reach_every_deadline"

ZONES = (
    "UTC",
    "Europe/Berlin",
    "Europe/Dublin",  # its winter is the exception
    "America/New_York",
    "America/Sao_Paulo",  # until 2018 the clocks changed at midnight
    "America/St_Johns",  # until 2011 a minute after midnight
    "Australia/Lord_Howe",  # half an hour
    "Antarctica/Troll",  # two hours
    "Africa/Casablanca",  # four changes a year, around Ramadan
    "Asia/Kathmandu",
    "Pacific/Apia",  # had no 30 December 2011
    "Pacific/Chatham",
)
# Years whose rules are settled, so that two copies of the time zone data agree about them.
YEARS = range(2010, 2025)

SECOND = timedelta(seconds=1)
LIMITS = (
    timedelta(0),
    SECOND,
    timedelta(minutes=5),
    timedelta(hours=1),
    timedelta(hours=8),
    timedelta(days=1),
    timedelta(days=1, microseconds=1),
    timedelta(days=30),
)
NUDGES = (timedelta(0), -SECOND, SECOND, timedelta(minutes=-30), timedelta(minutes=47, seconds=13))


@dataclass(frozen=True)
class Question:
    """How long a calendar is open from one instant to another, and when a limit is used up."""

    calendar: str
    start: datetime
    end: datetime
    limit: timedelta


Answer = tuple[datetime | None, timedelta | None]


class Clock:
    """The compiled models over tables of their inputs, in memory."""

    def __init__(self, compiled: dict[str, str]) -> None:
        self.compiled = compiled
        self.connection = duckdb.connect()
        self.connection.execute("set TimeZone = 'UTC'")
        self.connection.execute("attach ':memory:' as leadpact")
        for schema in ("contract", "staging", "intermediate"):
            self.connection.execute(f"create schema leadpact.{schema}")

    def answers(self, calendars: Sequence[Calendar], questions: Sequence[Question]) -> list[Answer]:
        """Deadline and open time of each question, as the obligations would get them."""
        self.open(
            calendars,
            first=min(question.start for question in questions),
            as_of=max(max(question.start, question.end) for question in questions),
            limit=max(question.limit for question in questions),
        )
        self.ask(questions)
        rows = self.connection.execute(
            f"""
            select make_timestamp(due_us), elapsed_us from leadpact.intermediate.{CLOCKS}
            order by cast(cycle_id as integer)
            """
        ).fetchall()
        return [
            (due, None if elapsed is None else timedelta(microseconds=elapsed))
            for due, elapsed in rows
        ]

    def open(
        self, calendars: Sequence[Calendar], first: datetime, as_of: datetime, limit: timedelta
    ) -> None:
        """Lay the calendars out, for the records and the agreement there are."""
        self._table(
            "contract.business_hours",
            "calendar_id varchar, timezone varchar, weekday integer, opens varchar, closes varchar",
            [
                (calendar.calendar_id, calendar.timezone, weekday, clock(opens), clock(closes))
                for calendar in calendars
                for weekday, hours in calendar.hours.items()
                for opens, closes in hours
            ],
        )
        self._table(
            "contract.holidays",
            "calendar_id varchar, holiday_date date",
            [(each.calendar_id, day) for each in calendars for day in each.holidays],
        )
        self._table(
            "contract.sla_terms",
            "clause varchar, clock varchar, limit_value double, limit_unit varchar",
            [("speed_to_lead", "business", limit.total_seconds() / 60, "minutes")],
        )
        self._table("staging.stg_run_context", "as_of timestamp", [(as_of,)])
        self._table("intermediate.int_cycles", "mql_at timestamp", [(first,)])
        for model in (CALENDARS, DAYS, INTERVALS):
            self._build(model)

    def ask(self, questions: Sequence[Question]) -> None:
        self._table(
            "intermediate.int_obligations_timed",
            "cycle_id varchar, clause varchar, clock varchar, calendar_id varchar,"
            " limit_us bigint, starts_at timestamp, fulfilled_at timestamp",
            [
                (
                    str(number),
                    "speed_to_lead",
                    "business",
                    question.calendar,
                    question.limit // timedelta(microseconds=1),
                    question.start,
                    question.end,
                )
                for number, question in enumerate(questions)
            ],
        )
        self._build(CLOCKS)

    def out_of_reach(self) -> set[int]:
        """The questions for which the test of the build finds that a calendar is too short."""
        rows = self.connection.execute(self.compiled[REACH]).fetchall()
        return {int(cycle_id) for cycle_id, *_ in rows}

    def open_days(self, calendar: str, first: date, last: date) -> int | None:
        """Days of the calendar after one day up to another, as cadence counts them."""
        row = self.connection.execute(
            f"""
            select last.open_days - first.open_days from leadpact.intermediate.{DAYS} as first
            inner join leadpact.intermediate.{DAYS} as last using (calendar_id)
            where calendar_id = ? and first.date_day = ? and last.date_day = ?
            """,
            (calendar, first, last),
        ).fetchone()
        return None if row is None else int(row[0])

    def _build(self, model: str) -> None:
        self.connection.execute(
            f"create or replace table leadpact.intermediate.{model} as {self.compiled[model]}"
        )

    def _table(self, name: str, columns: str, rows: Sequence[tuple[object, ...]]) -> None:
        self.connection.execute(f"create or replace table leadpact.{name} ({columns})")
        if rows:
            values = ", ".join(f"({', '.join(map(literal, row))})" for row in rows)
            self.connection.execute(f"insert into leadpact.{name} values {values}")


def literal(value: object) -> str:
    return "null" if value is None else str(value) if isinstance(value, int) else f"'{value}'"


def clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


@pytest.fixture(scope="module")
def business_clock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clock]:
    compiled = Clock(compile_models(tmp_path_factory.mktemp("clock")))
    yield compiled
    compiled.connection.close()


def compile_models(folder: Path) -> dict[str, str]:
    """The SQL that dbt makes of the clock's models and of the test that guards them."""
    os.environ["LEADPACT_WAREHOUSE"] = str(folder / "leadpact.duckdb")
    try:
        outcome = dbtRunner().invoke(
            [
                *("compile", "--select", CALENDARS, DAYS, INTERVALS, CLOCKS, REACH),
                *("--project-dir", str(PROJECT_ROOT / "dbt")),
                *("--profiles-dir", str(PROJECT_ROOT / "dbt")),
                *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
                *("--vars", "{default_calendar: calendar-0}", "--log-level", "none"),
            ]
        )
    finally:
        del os.environ["LEADPACT_WAREHOUSE"]
        DuckDBConnectionManager.close_all_connections()
    assert outcome.success, outcome.exception
    return {result.node.name: result.node.compiled_code for result in outcome.result}  # type: ignore[union-attr]


# --- calendars and questions --------------------------------------------------------------------


@lru_cache
def clock_changes(zone: str) -> list[date]:
    """The local days on which a zone's clocks change, in the years of the tests."""
    info, day, found = ZoneInfo(zone), datetime(YEARS[0], 1, 2), list[date]()
    while day.year < YEARS[-1] + 1:
        if day.replace(tzinfo=info).utcoffset() != (
            (day - timedelta(days=1)).replace(tzinfo=info).utcoffset()
        ):
            found.append(day.date() - timedelta(days=1))
        day += timedelta(days=1)
    return found


@lru_cache
def days_to_test(zone: str) -> list[date]:
    """Days around which to ask: mostly those on which the clocks change, and plain ones."""
    plain = [date(2010, 1, 4), date(2016, 2, 29), date(2023, 12, 29)]
    return [*plain, *clock_changes(zone)]


HOURS = st.one_of(
    st.sampled_from(
        [
            [(540, 1020)],
            [(540, 720), (780, 1020)],
            [(0, 1440)],
            [(0, 720), (720, 1440)],
            [(60, 150), (150, 165), (180, 300)],  # around the hour that is skipped or repeated
            [(0, 30), (1380, 1440)],
            [(1320, 1440)],
        ]
    ),
    st.lists(st.integers(0, 288), min_size=2, max_size=8, unique=True).map(
        lambda points: [
            (opens * 5, closes * 5)
            for opens, closes in zip(sorted(points)[::2], sorted(points)[1::2], strict=False)
        ]
    ),
)


def opens_enough(week: dict[int, list[tuple[int, int]]]) -> bool:
    """Three hours a week: thirty days of five minutes a week would be a century and a half."""
    return sum(closes - opens for hours in week.values() for opens, closes in hours) >= 180


WEEKS = st.one_of(
    st.tuples(st.sampled_from([range(1, 6), range(1, 7), range(1, 8), (6, 7), (1,)]), HOURS).map(
        lambda week: dict.fromkeys(week[0], week[1])
    ),
    st.dictionaries(st.integers(1, 7), HOURS, min_size=1),
).filter(opens_enough)


@st.composite
def calendars_with_questions(draw: st.DrawFn) -> tuple[list[Calendar], list[Question]]:
    """Up to three calendars in one season, and questions near the landmarks of that season."""
    zone = draw(st.sampled_from(ZONES))
    around = draw(st.sampled_from(days_to_test(zone)))
    zones = [zone, *draw(st.lists(st.sampled_from([zone, *ZONES]), max_size=2))]
    calendars = []
    for number, name in enumerate(zones):
        # Day 0 is the day of the change; a Monday among the holidays as often as not.
        offsets = draw(st.sets(st.integers(-12, 40), max_size=6))
        holidays = {around + timedelta(days=offset) for offset in offsets}
        if draw(st.booleans()):
            holidays.add(around + timedelta(days=-around.weekday() % 7))
        calendars.append(Calendar(f"calendar-{number}", name, draw(WEEKS), holidays))
    marks = [landmarks(calendar, around) for calendar in calendars]
    picks = draw(
        st.lists(
            st.tuples(
                st.integers(0, len(calendars) - 1),
                st.integers(0, 2**16),
                st.sampled_from(NUDGES),
                st.integers(0, 2**16),
                st.sampled_from(NUDGES),
                st.sampled_from(LIMITS),
            ),
            min_size=4,
            max_size=40,
        )
    )
    questions = []
    for number, start, start_nudge, end, end_nudge, limit in picks:
        near = marks[number]
        a = near[start % len(near)] + start_nudge
        b = near[end % len(near)] + end_nudge
        questions.append(Question(calendars[number].calendar_id, min(a, b), max(a, b), limit))
    return calendars, questions


def landmarks(calendar: Calendar, around: date) -> list[datetime]:
    """Instants at which something happens near a day: openings, closings, local midnights."""
    first, last = around - timedelta(days=4), around + timedelta(days=10)
    pairs = calendar.open_between(first, last)
    zone = ZoneInfo(calendar.timezone)
    wall = [datetime.combine(around, time(hour, 30)) for hour in range(24)]
    return [
        *(instant for pair in pairs for instant in pair),
        *(each.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None) for each in wall),
        datetime.combine(around + timedelta(days=35), time(12, 0)),
    ]


# An example holds many questions and a failure names the one that differs: shrinking would take
# minutes and tell no more.
fast = settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


# --- the properties -----------------------------------------------------------------------------


@fast
@given(asked=calendars_with_questions())
def test_open_time_and_deadline_are_those_of_walking(
    business_clock: Clock, asked: tuple[list[Calendar], list[Question]]
) -> None:
    """And so are the days that a cadence counts."""
    calendars, questions = asked
    by_name = {calendar.calendar_id: calendar for calendar in calendars}
    for question, (due, open_time) in zip(
        questions, business_clock.answers(calendars, questions), strict=True
    ):
        calendar = by_name[question.calendar]
        walked = calendar.seconds_between(question.start, question.end)
        assert open_time == timedelta(seconds=walked), (question, calendar)
        limit = question.limit.total_seconds()
        assert due == calendar.deadline(question.start, limit), (question, calendar)
    for question in questions[:8]:
        calendar = by_name[question.calendar]
        first = local_date(question.start, calendar.timezone)
        last = local_date(question.end, calendar.timezone)
        counted = business_clock.open_days(calendar.calendar_id, first, last)
        assert counted == calendar.open_days_after(first, last)


@fast
@given(asked=calendars_with_questions())
def test_the_deadline_is_the_first_instant_that_uses_the_limit_up(
    business_clock: Clock, asked: tuple[list[Calendar], list[Question]]
) -> None:
    calendars, questions = asked
    dues = [due for due, _ in business_clock.answers(calendars, questions)]
    moment = timedelta(microseconds=1)
    again = [
        Question(question.calendar, question.start, due, question.limit)
        for question, due in zip(questions, dues, strict=True)
        if due is not None
    ]
    assert len(again) == len(questions)
    earlier = [
        Question(each.calendar, each.start, max(each.start, each.end - moment), each.limit)
        for each in again
    ]
    used = business_clock.answers(calendars, [*again, *earlier])
    for question, (due, at_due), (_, before) in zip(
        questions, used[: len(again)], used[len(again) :], strict=True
    ):
        assert due is not None
        assert due >= question.start
        assert at_due == question.limit
        assert before is not None
        assert before < question.limit or question.limit == timedelta(0)


@fast
@given(asked=calendars_with_questions())
def test_open_time_adds_up_and_never_runs_backwards(
    business_clock: Clock, asked: tuple[list[Calendar], list[Question]]
) -> None:
    """From a to b and from b to c is from a to c; a limit in two parts ends when the whole does.

    A later start is never due earlier.
    """
    calendars, questions = asked
    half = [question.limit // 2 for question in questions]
    parts = [
        (
            Question(each.calendar, each.start, each.start + (each.end - each.start) / 3, first),
            each.start + (each.end - each.start) / 3,
            each,
        )
        for each, first in zip(questions, half, strict=True)
    ]
    firsts = business_clock.answers(calendars, [part for part, _, _ in parts])
    asked_again = [
        *(Question(each.calendar, middle, each.end, each.limit) for _, middle, each in parts),
        *questions,
        *(
            Question(each.calendar, due or each.start, due or each.start, each.limit - first)
            for each, first, (due, _) in zip(questions, half, firsts, strict=True)
        ),
        *(
            Question(calendars[0].calendar_id, each.start, each.start, questions[0].limit)
            for each in sorted(questions, key=lambda each: each.start)
        ),
    ]
    answers = business_clock.answers(calendars, asked_again)
    count = len(questions)
    seconds, wholes, rests, same = (answers[part * count : (part + 1) * count] for part in range(4))
    for question, (_, one), (_, two), (due, whole), (rest_due, _) in zip(
        questions, firsts, seconds, wholes, rests, strict=True
    ):
        assert one is not None
        assert two is not None
        assert whole is not None
        assert one + two == whole
        assert timedelta(0) <= one <= whole <= question.end - question.start
        assert rest_due == due
    in_order = [due for due, _ in same if due is not None]
    assert len(in_order) == count
    assert in_order == sorted(in_order)


# --- cases by hand ------------------------------------------------------------------------------

OFFICE = {weekday: [(540, 1020)] for weekday in range(1, 6)}
ALWAYS = {weekday: [(0, 1440)] for weekday in range(1, 8)}


@pytest.mark.parametrize(
    ("start", "due", "holidays"),
    [
        ("2026-01-16 16:30", "2026-01-19 09:30", ()),
        ("2026-01-17 15:00", "2026-01-19 10:00", ()),
        ("2026-01-17 20:00", "2026-01-19 10:00", ()),
        ("2026-01-16 16:30", "2026-01-20 09:30", ("2026-01-19",)),
        ("2026-01-16 16:00", "2026-01-16 17:00", ()),
    ],
)
def test_golden_cases(
    business_clock: Clock, start: str, due: str, holidays: tuple[str, ...]
) -> None:
    office = Calendar("office", "UTC", OFFICE, {date.fromisoformat(day) for day in holidays})
    start_at, due_at = datetime.fromisoformat(start), datetime.fromisoformat(due)
    hour = timedelta(hours=1)
    question = Question("office", start_at, due_at, hour)
    assert business_clock.answers([office], [question]) == [(due_at, hour)]


def test_an_hour_is_an_hour_when_the_clocks_change(business_clock: Clock) -> None:
    always = Calendar("always", "Europe/Berlin", ALWAYS)
    start, hour = datetime(2026, 3, 29, 0, 30), timedelta(hours=1)
    question = Question("always", start, start + 2 * hour, hour)
    assert business_clock.answers([always], [question]) == [(start + hour, 2 * hour)]


def test_a_company_whose_first_lead_comes_while_it_is_closed(business_clock: Clock) -> None:
    """Nothing before the first opening is needed to know that nothing was open."""
    closed = {date(2025, 12, 1) + timedelta(days=number) for number in range(36)}
    office = Calendar("office", "UTC", OFFICE, closed)
    question = Question("office", datetime(2026, 1, 2), datetime(2026, 1, 6, 9, 1), 60 * SECOND)
    assert business_clock.answers([office], [question]) == [
        (datetime(2026, 1, 6, 9, 1), 60 * SECOND)
    ]


def test_a_calendar_that_does_not_reach_is_an_error(business_clock: Clock) -> None:
    """Closed for years: no deadline is made up, and the build's own test names the obligation."""
    closed = {date(2026, 1, 20) + timedelta(days=number) for number in range(800)}
    shut = Calendar("shut", "UTC", OFFICE, closed)
    open_late = Calendar(
        "late", "UTC", OFFICE, {date(2024, 1, 1) + timedelta(days=number) for number in range(800)}
    )
    start = datetime(2026, 1, 19, 16, 30)
    questions = [
        Question("shut", start, start, timedelta(hours=1)),  # half an hour is left, for ever
        Question("shut", start, start, timedelta(minutes=30)),
        Question("late", start, start, timedelta(minutes=30)),  # never opened before
        Question("unknown", start, start, timedelta(minutes=30)),
    ]
    answers = business_clock.answers([shut, open_late], questions)
    assert answers == [
        (None, timedelta(0)),
        (start + timedelta(minutes=30), timedelta(0)),
        (None, None),
        (None, None),
    ]
    assert business_clock.out_of_reach() == {0, 2, 3}
