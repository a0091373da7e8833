"""The agreement's sixteen files: one model per seed, its columns in the order they are written.

Belongs here: which columns a seed has and the type of each. Does not belong here: what a cell may
hold (columns) and what rows mean together (rules).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from dagster_project.contract.columns import (
    Amount,
    Attribute,
    Clause,
    Closing,
    Crm,
    Currency,
    Day,
    Direction,
    Domain,
    Expected,
    Field,
    FieldRule,
    Kind,
    Opening,
    Operator,
    OptionalAmount,
    OptionalClock,
    OptionalCount,
    OptionalDay,
    OptionalNumber,
    OptionalReason,
    OptionalText,
    OptionalUnit,
    OptionalWhole,
    Rate,
    RoleType,
    Share,
    Side,
    Sponsor,
    Stage,
    Text,
    TimeZone,
    Truth,
    TruthOrFalse,
    Weekday,
    WholeOrZero,
)
from dagster_project.errors import Fault

PROVENANCE = ("file", "line")


class Row(BaseModel):
    """One row of a seed and where it stands; `line` is the physical line on which it starts."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str
    line: int

    @classmethod
    def columns(cls) -> tuple[str, ...]:
        """The seed's columns, in the order of its header."""
        return tuple(name for name in cls.model_fields if name not in PROVENANCE)

    def fault(self, message: str, column: str | None = None) -> Fault:
        """What is wrong with this row."""
        return Fault(file=self.file, line=self.line, column=column, message=message)


class SlaTerm(Row):
    """One promise: what one side owes for a segment and region (blank = any) while it is in force.

    `limit_value` counts `limit_unit`s on `clock`; `min_count` counts touches (cadence) or MQLs a
    month (volume); `target_rate` is the share of obligations to be met, 0 to 1.
    """

    term_id: Text
    clause: Clause
    side: Side
    segment: OptionalText
    region: OptionalText
    min_count: OptionalCount
    limit_value: OptionalAmount
    limit_unit: OptionalUnit
    clock: OptionalClock
    target_rate: Share
    require_note: TruthOrFalse
    effective_from: Day
    effective_to: OptionalDay


class BusinessHours(Row):
    """One open interval [opens, closes) of a calendar's week, local `HH:MM`; 1 = Monday."""

    calendar_id: Text
    timezone: TimeZone
    weekday: Weekday
    opens: Opening
    closes: Closing


class Holiday(Row):
    """A local date on which a calendar does not open."""

    calendar_id: Text
    holiday_date: Day
    name: Text


class TeamRole(Row):
    """What the people of one team are; a blank calendar is the default calendar."""

    crm: Crm
    team: Text
    role_type: RoleType
    region: OptionalText
    calendar_id: OptionalText


class StageMapping(Row):
    """A CRM's status, lifecycle stage or deal stage, and the stage it means."""

    crm: Crm
    raw_stage: Text
    stage: Stage


class TouchType(Row):
    """A CRM's type of activity; only a human one can be a touch."""

    crm: Crm
    raw_type: Text
    direction: Direction
    channel: Text
    is_human: Truth


class LeadSource(Row):
    """A CRM's lead source, the source it means, and who brought it."""

    crm: Crm
    raw_source: Text
    source: Text
    sourced_by: Sponsor


class DisqualificationReason(Row):
    """A CRM's reason for a rejection and its place in the taxonomy; blank = outside it."""

    crm: Crm
    raw_reason: Text
    reason_code: OptionalReason


class RequiredField(Row):
    """A field that marketing owes at the hand-over and the rule its value must pass."""

    field: Field
    rule: FieldRule
    effective_from: Day
    effective_to: OptionalDay


class LeadCriterion(Row):
    """One criterion of the lead definition; `value` is read as `operator` says."""

    criterion_id: Text
    kind: Kind
    attribute: Attribute
    operator: Operator
    value: Text
    effective_from: Day
    effective_to: OptionalDay
    description: Text


class LeadExample(Row):
    """A signed example. Whether the definition agrees is for the build to say, not for us: the
    rule that classifies a lead is written once, in the models."""

    example_id: Text
    industry: OptionalText
    employees: OptionalWhole
    role: OptionalText
    country: OptionalText
    score: OptionalNumber
    email: OptionalText
    expected: Expected
    why: Text


class Segment(Row):
    """A band of company sizes, both ends included; a blank maximum is open, a blank minimum 0."""

    segment: Text
    min_employees: WholeOrZero
    max_employees: OptionalWhole


class Region(Row):
    """A country as CRMs write it, and its region."""

    country: Text
    region: Text


class Quota(Row):
    """What is to be won in a fiscal quarter by a segment and region, in `currency`."""

    quarter_start: Day
    segment: Text
    region: Text
    quota: Amount
    currency: Currency


class FxRate(Row):
    """What one unit of `currency` is worth in the reporting currency, until a later rate."""

    currency: Currency
    effective_from: Day
    rate: Rate


class InternalDomain(Row):
    """An e-mail domain of the company itself: its leads are tests."""

    domain: Domain


DatedRow = SlaTerm | RequiredField | LeadCriterion
"""Rows in force on the dates of [effective_from, effective_to); a blank end is open."""


@dataclass(frozen=True, slots=True)
class Seeds:
    """The agreement's rows, each seed in the order of its file in `folder`."""

    folder: Path
    sla_terms: tuple[SlaTerm, ...] = ()
    business_hours: tuple[BusinessHours, ...] = ()
    holidays: tuple[Holiday, ...] = ()
    team_roles: tuple[TeamRole, ...] = ()
    stage_map: tuple[StageMapping, ...] = ()
    touch_types: tuple[TouchType, ...] = ()
    lead_sources: tuple[LeadSource, ...] = ()
    disqualification_reasons: tuple[DisqualificationReason, ...] = ()
    required_fields: tuple[RequiredField, ...] = ()
    lead_definition: tuple[LeadCriterion, ...] = ()
    lead_definition_examples: tuple[LeadExample, ...] = ()
    segments: tuple[Segment, ...] = ()
    regions: tuple[Region, ...] = ()
    quotas: tuple[Quota, ...] = ()
    fx_rates: tuple[FxRate, ...] = ()
    internal_domains: tuple[InternalDomain, ...] = ()
    broken: frozenset[str] = frozenset()
    """Seeds of which rows could not be read: what refers to them cannot be judged."""

    def file(self, seed: str) -> str:
        """The file of the seed of that name."""
        return str(self.folder / f"{seed}.csv")

    def rows(self, seed: str) -> tuple[Row, ...]:
        """The rows of the seed of that name."""
        rows: tuple[Row, ...] = getattr(self, seed)
        return rows


SEEDS: dict[str, type[Row]] = {
    "sla_terms": SlaTerm,
    "business_hours": BusinessHours,
    "holidays": Holiday,
    "team_roles": TeamRole,
    "stage_map": StageMapping,
    "touch_types": TouchType,
    "lead_sources": LeadSource,
    "disqualification_reasons": DisqualificationReason,
    "required_fields": RequiredField,
    "lead_definition": LeadCriterion,
    "lead_definition_examples": LeadExample,
    "segments": Segment,
    "regions": Region,
    "quotas": Quota,
    "fx_rates": FxRate,
    "internal_domains": InternalDomain,
}
