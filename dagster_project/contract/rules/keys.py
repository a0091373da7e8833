"""Rules of names: no key twice, and every name that is referred to exists.

Raw values match after trimming and ignoring case, so keys are compared that way. Names of our own
(segments, regions, calendars) are compared exactly: they are joined exactly.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from dagster_project.contract.seeds import (
    DisqualificationReason,
    LeadSource,
    Row,
    Seeds,
    StageMapping,
    TeamRole,
    TouchType,
)
from dagster_project.errors import Fault

KEYS: dict[str, tuple[str, ...]] = {
    "sla_terms": ("term_id",),
    "holidays": ("calendar_id", "holiday_date"),
    "team_roles": ("crm", "team"),
    "stage_map": ("crm", "raw_stage"),
    "touch_types": ("crm", "raw_type", "direction"),
    "lead_sources": ("crm", "raw_source"),
    "disqualification_reasons": ("crm", "raw_reason"),
    "lead_definition_examples": ("example_id",),
    "segments": ("segment",),
    "regions": ("country",),
    "quotas": ("quarter_start", "segment", "region"),
    "fx_rates": ("currency", "effective_from"),
    "internal_domains": ("domain",),
}

UNKNOWN = "unknown"
"""The segment and region of a lead that has none; terms and quotas may name it."""


CrmRow = TeamRole | StageMapping | TouchType | LeadSource | DisqualificationReason


class Reference(NamedTuple):
    """A column whose values are names that another seed gives."""

    seed: str
    column: str
    target: str
    what: str
    may_be_unknown: bool = False


REFERENCES = (
    Reference("sla_terms", "segment", "segments", "a segment nobody has", may_be_unknown=True),
    Reference("sla_terms", "region", "regions", "a region nobody has", may_be_unknown=True),
    Reference("quotas", "segment", "segments", "a segment nobody has", may_be_unknown=True),
    Reference("quotas", "region", "regions", "a region nobody has", may_be_unknown=True),
    Reference("team_roles", "region", "regions", "a region nobody has"),
    Reference("team_roles", "calendar_id", "business_hours", "an unknown calendar"),
    Reference("holidays", "calendar_id", "business_hours", "an unknown calendar"),
)

NAMES = (
    ("business_hours", "calendar_id"),
    ("lead_sources", "source"),
    ("regions", "region"),
)
"""Names that several rows give, and that must be spelled alike."""


def unique_keys(seeds: Seeds) -> Iterator[Fault]:
    """A key that stands twice would make two rows of one."""
    for seed, columns in KEYS.items():
        first: dict[tuple[str, ...], Row] = {}
        for row in seeds.rows(seed):
            values = [str(getattr(row, column)) for column in columns]
            other = first.setdefault(tuple(value.lower() for value in values), row)
            if other is not row:
                message = (
                    f"{', '.join(repr(value) for value in values)} is in line {other.line}"
                    " already (case does not count): keep one."
                )
                yield row.fault(message, " and ".join(columns))


def names_exist(seeds: Seeds) -> Iterator[Fault]:
    """Every calendar, region and segment that a row names is given by its seed."""
    for reference in REFERENCES:
        if reference.target in seeds.broken:
            continue
        column = reference.column
        known = {getattr(row, column) for row in seeds.rows(reference.target)}
        accepted = known | {UNKNOWN} if reference.may_be_unknown else known
        for row in seeds.rows(reference.seed):
            name = getattr(row, column)
            if name is not None and name not in accepted:
                listed = ", ".join(sorted(known)) or "none yet"
                message = (
                    f"{name!r} is {reference.what}: write one of {reference.target}.csv"
                    f" ({listed}), or add it there."
                )
                yield row.fault(message, column)


def names_spelled_alike(seeds: Seeds) -> Iterator[Fault]:
    """`EMEA` and `emea` would be two regions in every table."""
    for seed, column in NAMES:
        first: dict[str, Row] = {}
        for row in seeds.rows(seed):
            name = getattr(row, column)
            other = first.setdefault(name.lower(), row)
            spelled = getattr(other, column)
            if name != spelled:
                message = f"{name!r} is spelled {spelled!r} in line {other.line}: spell it alike."
                yield row.fault(message, column)


def sources_with_two_sponsors(seeds: Seeds) -> Iterator[Fault]:
    """Warning: pipeline of one source would be split between sides by its raw spelling."""
    first: dict[str, LeadSource] = {}
    for row in seeds.lead_sources:
        other = first.setdefault(row.source, row)
        if row.sourced_by != other.sourced_by:
            message = f"{row.source} is sourced by {other.sourced_by} in line {other.line}."
            yield row.fault(message, "sourced_by")


def crms_without_mapping(seeds: Seeds, crms: frozenset[str]) -> Iterator[Fault]:
    """Warning: rows of a CRM that no mapping reads have no effect; the first row is named."""
    rows_by_crm: tuple[tuple[CrmRow, ...], ...] = (
        seeds.team_roles,
        seeds.stage_map,
        seeds.touch_types,
        seeds.lead_sources,
        seeds.disqualification_reasons,
    )
    for rows in rows_by_crm:
        first: dict[str, CrmRow] = {}
        for row in rows:
            first.setdefault(row.crm, row)
        for crm, row in first.items():
            if crm not in crms:
                message = f"{crm!r} has no mapping (there are {', '.join(sorted(crms))})."
                yield row.fault(message, "crm")
