"""The agreement folder: seed files and vars.yml, read into plain structures."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from tests.reference.clock import Calendar, parse_date

SALES_REPS = ("sdr", "ae", "manager")
TAXONOMY = (
    "wrong_icp",
    "no_budget",
    "no_compelling_event",
    "wrong_contact_level",
    "bad_timing",
)
DEFAULT_VARS: dict[str, Any] = {
    "reporting_timezone": "UTC",
    "reporting_currency": "USD",
    "default_calendar": None,
    "fiscal_year_start_month": 1,
    "mql_entry": "stage",
    "mql_score_threshold": None,
    "requalification_gap_days": 30,
    "touch_spacing_minutes": 5,
    "conversion_window_days": 90,
    "logging_grace_minutes": 60,
    "channel_mix_share": 0.5,
    "channel_mix_conversion_ratio": 0.5,
    "joint_review_rejection_rate": 0.3,
    "benchmark_quarters": 4,
    "benchmark_min_cycles": 30,
    "benchmark_min_expected": 5,
    "source_decision_margin": 0.5,
    "integrity_rejection_ratio": 1.25,
    "integrity_tolerated_share": 0.1,
    "integrity_tolerated_deletions": 0.01,
    "integrity_bulk_dispositions": 5,
    "integrity_burst_touches": 5,
    "integrity_bar_tolerance": 0.1,
    "integrity_bunching_width": 5,
    "integrity_conversion_days": 30,
    "integrity_false_discovery_rate": 0.05,
}


def norm(text: str | None) -> str:
    """How raw values are compared: trimmed, case ignored."""
    return (text or "").strip().casefold()


def blank_to_none(text: str | None) -> str | None:
    text = (text or "").strip()
    return text or None


def number(text: str | None) -> float | None:
    try:
        value = float((text or "").strip())
    except ValueError:
        return None
    return value if value == value and abs(value) != float("inf") else None


def truth(text: str | None) -> bool:
    return norm(text) in ("true", "1", "yes", "t")


def in_force(day: date, effective_from: date | None, effective_to: date | None) -> bool:
    return (effective_from is None or effective_from <= day) and (
        effective_to is None or day < effective_to
    )


@dataclass(frozen=True)
class Term:
    term_id: str
    clause: str
    side: str
    segment: str | None
    region: str | None
    min_count: int | None
    limit_value: float | None
    limit_unit: str | None
    clock: str | None
    target_rate: float | None
    require_note: bool
    effective_from: date | None
    effective_to: date | None

    @property
    def limit_seconds(self) -> float | None:
        seconds = {"minutes": 60, "hours": 3600, "days": 86400}
        if self.limit_value is None or self.limit_unit not in seconds:
            return None
        return self.limit_value * seconds[self.limit_unit]


@dataclass(frozen=True)
class Criterion:
    criterion_id: str
    kind: str
    attribute: str
    operator: str
    value: str
    effective_from: date | None
    effective_to: date | None


@dataclass
class Agreement:
    variables: dict[str, Any]
    terms: list[Term] = field(default_factory=list)
    calendars: dict[str, Calendar] = field(default_factory=dict)
    # (crm, team) -> (role type, calendar id or None)
    team_roles: dict[tuple[str, str], tuple[str, str | None]] = field(default_factory=dict)
    # (crm, raw stage) -> stage
    stage_map: dict[tuple[str, str], str] = field(default_factory=dict)
    # (crm, raw type, direction) -> (channel, is human)
    touch_types: dict[tuple[str, str, str], tuple[str, bool]] = field(default_factory=dict)
    # (crm, raw source) -> (source, sourced by)
    lead_sources: dict[tuple[str, str], tuple[str, str | None]] = field(default_factory=dict)
    # (crm, raw reason) -> reason code or None
    reasons: dict[tuple[str, str], str | None] = field(default_factory=dict)
    required_fields: list[tuple[str, str, date | None, date | None]] = field(default_factory=list)
    definition: list[Criterion] = field(default_factory=list)
    segments: list[tuple[str, float | None, float | None]] = field(default_factory=list)
    regions: dict[str, str] = field(default_factory=dict)
    # currency -> list of (effective from, rate)
    fx_rates: dict[str, list[tuple[date, float]]] = field(default_factory=dict)
    # (quarter start, segment, region, quota, currency)
    quotas: list[tuple[date, str, str, float, str]] = field(default_factory=list)
    internal_domains: set[str] = field(default_factory=set)
    mappings: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def reporting_timezone(self) -> str:
        return str(self.variables["reporting_timezone"])

    @property
    def default_calendar(self) -> str:
        return str(self.variables["default_calendar"] or next(iter(self.calendars)))

    def stage(self, crm: str, raw: str | None) -> str | None:
        return None if raw is None else self.stage_map.get((norm(crm), norm(raw)))

    def source(self, crm: str, raw: str | None) -> str:
        found = self.lead_sources.get((norm(crm), norm(raw)))
        return found[0] if found and raw is not None else "unmapped"

    def sourced_by(self, crm: str, raw: str | None) -> str:
        found = self.lead_sources.get((norm(crm), norm(raw)))
        return (found[1] if found and raw is not None else None) or "unknown"

    def segment(self, employees: str | None) -> str:
        count = number(employees)
        if count is not None:
            for name, low, high in self.segments:
                if (low is None or count >= low) and (high is None or count <= high):
                    return name
        return "unknown"

    def region(self, country: str | None) -> str:
        return self.regions.get(norm(country), "unknown") if country is not None else "unknown"

    def term(self, clause: str, day: date, segment: str, region: str) -> Term | None:
        """The term in force on a date, most specific first."""
        for wanted in ((segment, region), (segment, None), (None, region), (None, None)):
            for term in self.terms:
                if (
                    term.clause == clause
                    and (term.segment, term.region) == wanted
                    and in_force(day, term.effective_from, term.effective_to)
                ):
                    return term
        return None

    def fits(self, values: dict[str, str | None], day: date) -> bool:
        """Whether a lead with these attribute values passes the definition of that day."""
        for criterion in self.definition:
            if not in_force(day, criterion.effective_from, criterion.effective_to):
                continue
            holds = _holds(criterion, values.get(criterion.attribute))
            if criterion.kind == "disqualifier":
                if holds:
                    return False
            elif not holds:
                return False
        return True

    def complete(self, crm: str, values: dict[str, str | None], day: date) -> bool:
        """Whether every field required on that day is valid."""
        for name, rule, effective_from, effective_to in self.required_fields:
            if not in_force(day, effective_from, effective_to):
                continue
            value = values.get(name)
            if value is None:
                return False
            if rule == "email" and not is_email(value):
                return False
            if rule == "number" and number(value) is None:
                return False
            if rule == "in_sources" and (norm(crm), norm(value)) not in self.lead_sources:
                return False
        return True

    def amount_reporting(
        self, amount: float | None, currency: str | None, day: date | None
    ) -> float | None:
        if amount is None:
            return None
        reporting = str(self.variables["reporting_currency"])
        if currency is None or norm(currency) == norm(reporting):
            return amount
        rate = None
        for effective_from, value in sorted(self.fx_rates.get(norm(currency), [])):
            if day is not None and effective_from <= day:
                rate = value
        return None if rate is None else amount * rate


def is_email(text: str) -> bool:
    return re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", text) is not None


def _holds(criterion: Criterion, value: str | None) -> bool:
    if value is None:
        return False
    if criterion.operator in ("in", "not_in"):
        listed = [norm(part) for part in criterion.value.split("|")]
        return (norm(value) in listed) == (criterion.operator == "in")
    if criterion.operator == "matches":
        return re.search(criterion.value, value, re.IGNORECASE) is not None
    found = number(value)
    if found is None:
        return False
    if criterion.operator == "at_least":
        return found >= float(criterion.value)
    low, high = (float(part) for part in criterion.value.split("|"))
    return low <= found <= high


def read_agreement(folder: Path) -> Agreement:
    variables = dict(DEFAULT_VARS)
    vars_file = folder / "vars.yml"
    if vars_file.exists():
        variables.update(yaml.safe_load(vars_file.read_text(encoding="utf-8")) or {})
    result = Agreement(variables=variables)
    for row in _rows(folder, "sla_terms"):
        min_count = number(row["min_count"])
        result.terms.append(
            Term(
                term_id=row["term_id"].strip(),
                clause=row["clause"].strip(),
                side=row["side"].strip(),
                segment=blank_to_none(row["segment"]),
                region=blank_to_none(row["region"]),
                min_count=None if min_count is None else int(min_count),
                limit_value=number(row["limit_value"]),
                limit_unit=blank_to_none(row["limit_unit"]),
                clock=blank_to_none(row["clock"]),
                target_rate=number(row["target_rate"]),
                require_note=truth(row["require_note"]),
                effective_from=parse_date(row["effective_from"]),
                effective_to=parse_date(row["effective_to"]),
            )
        )
    for row in _rows(folder, "business_hours"):
        calendar = result.calendars.setdefault(
            row["calendar_id"].strip(),
            Calendar(row["calendar_id"].strip(), row["timezone"].strip()),
        )
        calendar.hours.setdefault(int(row["weekday"]), []).append(
            (_minutes(row["opens"]), _minutes(row["closes"]))
        )
    for row in _rows(folder, "holidays"):
        day = parse_date(row["holiday_date"])
        if day is not None:
            result.calendars[row["calendar_id"].strip()].holidays.add(day)
    for row in _rows(folder, "team_roles"):
        result.team_roles[(norm(row["crm"]), norm(row["team"]))] = (
            row["role_type"].strip(),
            blank_to_none(row["calendar_id"]),
        )
    for row in _rows(folder, "stage_map"):
        result.stage_map[(norm(row["crm"]), norm(row["raw_stage"]))] = row["stage"].strip()
    for row in _rows(folder, "touch_types"):
        key = (norm(row["crm"]), norm(row["raw_type"]), norm(row["direction"]))
        result.touch_types[key] = (row["channel"].strip(), truth(row["is_human"]))
    for row in _rows(folder, "lead_sources"):
        result.lead_sources[(norm(row["crm"]), norm(row["raw_source"]))] = (
            row["source"].strip(),
            blank_to_none(row["sourced_by"]),
        )
    for row in _rows(folder, "disqualification_reasons"):
        result.reasons[(norm(row["crm"]), norm(row["raw_reason"]))] = blank_to_none(
            row["reason_code"]
        )
    for row in _rows(folder, "required_fields"):
        result.required_fields.append(
            (
                row["field"].strip(),
                row["rule"].strip(),
                parse_date(row["effective_from"]),
                parse_date(row["effective_to"]),
            )
        )
    for row in _rows(folder, "lead_definition"):
        result.definition.append(
            Criterion(
                row["criterion_id"].strip(),
                row["kind"].strip(),
                row["attribute"].strip(),
                row["operator"].strip(),
                row["value"],
                parse_date(row["effective_from"]),
                parse_date(row["effective_to"]),
            )
        )
    for row in _rows(folder, "segments"):
        result.segments.append(
            (row["segment"].strip(), number(row["min_employees"]), number(row["max_employees"]))
        )
    for row in _rows(folder, "regions"):
        result.regions[norm(row["country"])] = row["region"].strip()
    for row in _rows(folder, "fx_rates"):
        effective_from = parse_date(row["effective_from"])
        rate = number(row["rate"])
        if effective_from is not None and rate is not None:
            result.fx_rates.setdefault(norm(row["currency"]), []).append((effective_from, rate))
    for row in _rows(folder, "quotas"):
        start, amount = parse_date(row["quarter_start"]), number(row["quota"])
        assert start is not None
        assert amount is not None
        result.quotas.append(
            (start, row["segment"].strip(), row["region"].strip(), amount, row["currency"].strip())
        )
    for row in _rows(folder, "internal_domains"):
        result.internal_domains.add(norm(row["domain"]))
    for path in sorted((folder / "mappings").glob("*.yml")):
        mapping = yaml.safe_load(path.read_text(encoding="utf-8"))
        result.mappings[mapping["crm"]] = mapping
    return result


def _rows(folder: Path, seed: str) -> list[dict[str, str]]:
    path = folder / f"{seed}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8-sig", newline="") as handle:
        return [{key: value or "" for key, value in row.items()} for row in csv.DictReader(handle)]


def _minutes(text: str) -> int:
    hours, minutes = text.strip().split(":")
    return int(hours) * 60 + int(minutes)
