"""Rules of what is in force when: versions of one thing follow each other without overlap."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date
from itertools import chain

from dagster_project.contract.rules.periods import gaps, overlaps
from dagster_project.contract.seeds import DatedRow, LeadCriterion, RequiredField, Seeds, SlaTerm
from dagster_project.errors import Fault


def _start(row: DatedRow) -> date:
    return row.effective_from


def _end(row: DatedRow) -> date | None:
    return row.effective_to


def _thing(row: DatedRow) -> tuple[str, ...]:
    """What a row is a version of."""
    match row:
        case SlaTerm():
            return (row.clause, row.segment or "any segment", row.region or "any region")
        case RequiredField():
            return ("field", row.field)
        case LeadCriterion():
            return ("criterion", row.criterion_id.lower())


def _versions(seeds: Seeds) -> Iterator[tuple[str, list[DatedRow]]]:
    """All versions of each thing that has any, and the thing's name."""
    for rows in (seeds.sla_terms, seeds.required_fields, seeds.lead_definition):
        versions: dict[tuple[str, ...], list[DatedRow]] = defaultdict(list)
        for row in rows:
            versions[_thing(row)].append(row)
        for thing, members in versions.items():
            yield ", ".join(thing) if len(thing) > 2 else " ".join(thing), members


def end_after_start(seeds: Seeds) -> Iterator[Fault]:
    """A version that ends when it begins was never in force."""
    rows: chain[DatedRow] = chain(seeds.sla_terms, seeds.required_fields, seeds.lead_definition)
    for row in rows:
        if row.effective_to is not None and row.effective_to <= row.effective_from:
            message = (
                f"{row.effective_to} is not after effective_from {row.effective_from}:"
                " write the first day on which the row no longer holds."
            )
            yield row.fault(message, "effective_to")


def no_two_in_force(seeds: Seeds) -> Iterator[Fault]:
    """On each date at most one version of a thing is in force."""
    for thing, versions in _versions(seeds):
        for pair in overlaps(versions, _start, _end):
            first, second = sorted(pair, key=lambda row: row.line)
            message = (
                f"{thing}: in force at the same time as line {first.line}"
                f" ({_span(first)} and {_span(second)}): end one where the other begins."
            )
            yield second.fault(message, "effective_from")


def gaps_between_terms(seeds: Seeds) -> Iterator[Fault]:
    """Warning: between two versions nothing is in force; legal, seldom meant.

    A term is missed only on the days on which no less specific one holds in its place.
    """
    for thing, versions in _versions(seeds):
        for before, after in gaps(versions, _start, _end):
            held = _less_specific(seeds, after)
            for start, end in _bare(before.effective_to, after.effective_from, held):
                since = f"{start} (line {before.line})" if start == before.effective_to else start
                message = f"{thing}: nothing is in force from {since} until {end}."
                yield after.fault(message, "effective_from")


def terms_that_end(seeds: Seeds) -> Iterator[Fault]:
    """Warning: a promise ends and none takes its place, perhaps because a row was forgotten."""
    for thing, versions in _versions(seeds):
        last = max(versions, key=lambda row: row.effective_to or date.max)
        if isinstance(last, SlaTerm) and last.effective_to is not None:
            for start, end in _bare(last.effective_to, None, _less_specific(seeds, last)):
                until = f"until {end}" if end else "on"
                message = f"{thing}: nothing is in force from {start} {until}."
                yield last.fault(message, "effective_to")


def _less_specific(seeds: Seeds, row: DatedRow) -> list[SlaTerm]:
    """The terms that govern where this one does not."""
    if not isinstance(row, SlaTerm):
        return []
    return [
        term
        for term in seeds.sla_terms
        if term.clause == row.clause
        and term.segment in (None, row.segment)
        and term.region in (None, row.region)
        and (term.segment, term.region) != (row.segment, row.region)
    ]


def _bare(
    start: date | None, end: date | None, rows: list[SlaTerm]
) -> Iterator[tuple[date, date | None]]:
    """The parts of [start, end) that no row holds; an end of None is open."""
    for row in sorted(rows, key=_start):
        if start is None or (end is not None and row.effective_from >= end):
            break
        if row.effective_from > start:
            yield start, row.effective_from
        if row.effective_to is None or row.effective_to > start:
            start = row.effective_to
    if start is not None and (end is None or start < end):
        yield start, end


def _span(row: DatedRow) -> str:
    return f"{row.effective_from} to {row.effective_to or 'open'}"
