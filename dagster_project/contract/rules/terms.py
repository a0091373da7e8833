"""Rules of the promises (`sla_terms`): each clause has its side, its limit, its unit and clock."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import NamedTuple

from dagster_project.contract.columns import ClauseName, ClockName, SideName, UnitName
from dagster_project.contract.rules.keys import UNKNOWN
from dagster_project.contract.seeds import Seeds, SlaTerm
from dagster_project.errors import Fault

ELAPSED: tuple[UnitName, ...] = ("minutes", "hours", "days")
EITHER_CLOCK: tuple[ClockName, ...] = ("wall", "business")


class Shape(NamedTuple):
    """What a term of a clause is made of; empty units or clocks: the clause has none."""

    side: SideName
    units: tuple[UnitName, ...] = ()
    clocks: tuple[ClockName, ...] = ()
    needs_limit: bool = False
    needs_count: bool = False


SHAPES: dict[ClauseName, Shape] = {
    "fit": Shape("marketing"),
    "completeness": Shape("marketing"),
    "handoff": Shape("marketing", ELAPSED, EITHER_CLOCK, needs_limit=True),
    "speed_to_lead": Shape("sales", ELAPSED, EITHER_CLOCK, needs_limit=True),
    "disposition": Shape("sales", ELAPSED, EITHER_CLOCK, needs_limit=True),
    "feedback": Shape("sales"),
    "cadence": Shape("sales", ("days",), ("business",), needs_limit=True, needs_count=True),
    "contest_review": Shape("marketing", ELAPSED, EITHER_CLOCK, needs_limit=True),
    "volume": Shape("marketing", ("month",), needs_count=True),
}


def side_of_clause(seeds: Seeds) -> Iterator[Fault]:
    """Each clause is the promise of one side."""
    for term in seeds.sla_terms:
        side = SHAPES[term.clause].side
        if term.side != side:
            yield term.fault(f"{term.clause} is a promise of {side}: write {side}.", "side")


def limit_of_clause(seeds: Seeds) -> Iterator[Fault]:
    """A clause with a deadline or a span says how long."""
    for term in seeds.sla_terms:
        if SHAPES[term.clause].needs_limit and term.limit_value is None:
            yield term.fault(f"{term.clause} needs a limit: write a number.", "limit_value")


def unit_of_clause(seeds: Seeds) -> Iterator[Fault]:
    """The unit is one in which the clause is measured."""
    for term in seeds.sla_terms:
        units = SHAPES[term.clause].units
        if units and term.limit_unit not in units:
            message = f"{term.clause} is measured in {' or '.join(units)}: write that."
            yield term.fault(message, "limit_unit")


def clock_of_clause(seeds: Seeds) -> Iterator[Fault]:
    """The clock is one on which the clause runs."""
    for term in seeds.sla_terms:
        clocks = SHAPES[term.clause].clocks
        if clocks and term.clock not in clocks:
            message = f"{term.clause} runs on the {' or '.join(clocks)} clock: write that."
            yield term.fault(message, "clock")


def count_of_clause(seeds: Seeds) -> Iterator[Fault]:
    """Cadence counts touches, volume counts MQLs."""
    for term in seeds.sla_terms:
        if SHAPES[term.clause].needs_count and term.min_count is None:
            counted = "touches" if term.clause == "cadence" else "MQLs a month"
            message = f"{term.clause} needs a count of {counted}: write a whole number."
            yield term.fault(message, "min_count")


def open_days_have_no_length(seeds: Seeds) -> Iterator[Fault]:
    """A deadline of so many open days would depend on whose day; open hours do not."""
    for term in seeds.sla_terms:
        deadline = SHAPES[term.clause].units == ELAPSED
        if deadline and term.limit_unit == "days" and term.clock == "business":
            message = "a day of the business clock has no fixed length: write hours."
            yield term.fault(message, "limit_unit")


def whole_days_of_cadence(seeds: Seeds) -> Iterator[Fault]:
    """Cadence counts calendar days that open at all."""
    for term in seeds.sla_terms:
        limit = term.limit_value
        if term.clause == "cadence" and limit is not None and limit != int(limit):
            yield term.fault(
                f"{limit} is not a number of whole days: write it like 10.", "limit_value"
            )


def volume_is_per_month(seeds: Seeds) -> Iterator[Fault]:
    """The target of volume is its count; a limit beside it can only say one month."""
    for term in seeds.sla_terms:
        if term.clause == "volume" and term.limit_value not in (None, 1):
            message = "volume is promised by the month: leave it blank, the target is min_count."
            yield term.fault(message, "limit_value")


def idle_cells(seeds: Seeds) -> Iterator[Fault]:
    """Warning: what the clause never reads was perhaps meant for another clause."""
    for term in seeds.sla_terms:
        for column in _idle_columns(term):
            yield term.fault(f"{term.clause} does not read this cell: leave it blank.", column)


def _idle_columns(term: SlaTerm) -> Iterator[str]:
    shape = SHAPES[term.clause]
    if not shape.needs_count and term.min_count is not None:
        yield "min_count"
    if not shape.units and term.limit_value is not None:
        yield "limit_value"
    if not shape.units and term.limit_unit is not None:
        yield "limit_unit"
    if not shape.clocks and term.clock is not None:
        yield "clock"
    if term.clause != "feedback" and term.require_note:
        yield "require_note"


def clauses_without_term(seeds: Seeds) -> Iterator[Fault]:
    """Warning: nothing is owed under a clause that has no term, which may be meant."""
    present = {term.clause for term in seeds.sla_terms}
    for clause in SHAPES:
        if clause not in present:
            message = f"{clause} has no term: nobody is judged by it."
            yield Fault(seeds.file("sla_terms"), message)


def places_without_term(seeds: Seeds) -> Iterator[Fault]:
    """Warning: a clause has terms, and none for leads of some segment and region.

    Not of volume: its targets are promised where somebody promises them.
    """
    segments = [*dict.fromkeys(segment.segment for segment in seeds.segments), UNKNOWN]
    regions = [*dict.fromkeys(region.region for region in seeds.regions), UNKNOWN]
    for clause in SHAPES:
        terms = [term for term in seeds.sla_terms if term.clause == clause]
        held = {
            (segment, region)
            for term in terms
            for segment in (segments if term.segment is None else [term.segment])
            for region in (regions if term.region is None else [term.region])
        }
        places = [pair for pair in product(segments, regions) if pair not in held]
        if terms and places and clause != "volume":
            message = f"{clause}: no term holds for {_some(places)}: nobody is judged by it there."
            yield terms[0].fault(message, "segment")


def _some(places: list[tuple[str, str]]) -> str:
    """A few places of segment and region in words, and how many more there are."""
    words = [f"segment {segment} in region {region}" for segment, region in places[:3]]
    return ", ".join(words) + (f" and {len(places) - 3} more" if len(places) > 3 else "")
