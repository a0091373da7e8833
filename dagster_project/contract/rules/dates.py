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
    """Warning: between two versions nothing is in force; legal, seldom meant."""
    for thing, versions in _versions(seeds):
        for before, after in gaps(versions, _start, _end):
            message = (
                f"{thing}: nothing is in force from {before.effective_to} (line {before.line})"
                f" until {after.effective_from}."
            )
            yield after.fault(message, "effective_from")


def _span(row: DatedRow) -> str:
    return f"{row.effective_from} to {row.effective_to or 'open'}"
