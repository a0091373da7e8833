"""The obligations ledger: one row per cycle and clause."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tests.reference.agreement import Term
from tests.reference.clock import Calendar, local_date
from tests.reference.cycles import Cycle, Touch, World
from tests.reference.exports import Review, id15

DISPOSITIONS = ("sal", "sql", "opportunity", "won", "lost", "rejected", "dead", "recycled")
RULINGS = ("accepted", "contested")


@dataclass
class Obligation:
    cycle: Cycle
    clause: str
    term: Term
    starts_at: datetime | None
    due_at: datetime | None = None
    fulfilled_at: datetime | None = None
    decided_at: datetime | None = None
    status: str = ""
    exempt_reason: str | None = None
    elapsed_seconds: float | None = None
    limit_seconds: float | None = None
    count_actual: int | None = None
    count_required: int | None = None
    evidence: str | None = None

    def row(self) -> dict[str, Any]:
        return {
            "cycle_id": self.cycle.cycle_id,
            "lead_key": self.cycle.lead_key,
            "clause": self.clause,
            "side": self.term.side,
            "term_id": self.term.term_id,
            "owner_key": self.cycle.routed_to,
            "team": self.cycle.team,
            "source": self.cycle.source,
            "segment": self.cycle.segment,
            "region": self.cycle.region,
            "starts_at": self.starts_at,
            "due_at": self.due_at,
            "fulfilled_at": self.fulfilled_at,
            "decided_at": self.decided_at,
            "status": self.status,
            "exempt_reason": self.exempt_reason,
            "elapsed_seconds": self.elapsed_seconds,
            "limit_seconds": self.limit_seconds,
            "count_actual": self.count_actual,
            "count_required": self.count_required,
            "evidence_record_id": self.evidence,
        }


def ledger(world: World) -> list[Obligation]:
    rows: list[Obligation | None] = []
    for cycle in world.cycles:
        rejected_at = cycle.stages.get("rejected")
        dead_at = cycle.stages.get("dead")
        rows.append(_at_once(world, cycle, "fit", cycle.mql_at))
        rows.append(_at_once(world, cycle, "completeness", cycle.mql_at))
        rows.append(_timed(world, cycle, "handoff", cycle.mql_at, cycle.routed_at, None))
        first_touch = cycle.touches[0] if cycle.touches else None
        rows.append(
            _timed(
                world,
                cycle,
                "speed_to_lead",
                cycle.routed_at,
                first_touch.at if first_touch else None,
                first_touch.record_id if first_touch else None,
            )
        )
        reached = [stage for stage in DISPOSITIONS if stage in cycle.stages]
        disposed = min(reached, key=lambda stage: cycle.stages[stage]) if reached else None
        rows.append(
            _timed(
                world,
                cycle,
                "disposition",
                cycle.routed_at,
                cycle.stages[disposed] if disposed else None,
                cycle.evidence[disposed] if disposed else None,
            )
        )
        if rejected_at is not None:
            rows.append(_at_once(world, cycle, "feedback", rejected_at))
            ruling = _ruling(world, cycle, rejected_at)
            rows.append(
                _timed(
                    world,
                    cycle,
                    "contest_review",
                    rejected_at,
                    ruling.ruled_at if ruling else None,
                    ruling.record_id if ruling else None,
                )
            )
        if dead_at is not None:
            rows.append(_cadence(world, cycle, dead_at))
    return [row for row in rows if row is not None]


def _term(world: World, cycle: Cycle, clause: str, at: datetime) -> Term | None:
    day = local_date(at, world.zone)
    return world.agreement.term(clause, day, cycle.segment, cycle.region)


def _at_once(world: World, cycle: Cycle, clause: str, at: datetime) -> Obligation | None:
    """fit, completeness and feedback: decided at the instant they start."""
    term = _term(world, cycle, clause, at)
    if term is None:
        return None
    row = Obligation(cycle, clause, term, at, due_at=at, decided_at=at)
    if cycle.is_inferred:
        row.status, row.exempt_reason = "exempt", "no_mql"
        return row
    if clause == "fit":
        holds = cycle.is_fit
    elif clause == "completeness":
        holds = cycle.is_complete
    else:
        holds = cycle.reason_code is not None and (not term.require_note or cycle.note is not None)
    row.status = "met" if holds else "missed"
    return row


def _timed(
    world: World,
    cycle: Cycle,
    clause: str,
    starts_at: datetime | None,
    fulfilled_at: datetime | None,
    evidence: str | None,
) -> Obligation | None:
    term = _term(world, cycle, clause, starts_at or cycle.mql_at)
    if term is None:
        return None
    row = Obligation(cycle, clause, term, starts_at, limit_seconds=term.limit_seconds)
    if starts_at is None:
        row.status = "exempt"
        row.exempt_reason = "no_mql" if cycle.is_inferred else "not_routed"
        return row
    limit = term.limit_seconds or 0.0
    if term.clock == "business":
        row.due_at = _calendar(world, cycle).deadline(starts_at, limit)
    else:
        row.due_at = starts_at + timedelta(seconds=limit)
    row.fulfilled_at = fulfilled_at
    if fulfilled_at is not None:
        row.evidence = evidence
        if term.clock == "business":
            row.elapsed_seconds = _calendar(world, cycle).seconds_between(starts_at, fulfilled_at)
        else:
            row.elapsed_seconds = max(0.0, (fulfilled_at - starts_at).total_seconds())
    # a rejection is what closes the cycle: it cannot excuse the review of that rejection
    closing_excuses = clause != "contest_review"
    if cycle.is_inferred:
        row.status, row.exempt_reason = "exempt", "no_mql"
    elif fulfilled_at is not None and fulfilled_at <= row.due_at:
        row.status = "met"
        row.decided_at = max(fulfilled_at, starts_at)
    elif closing_excuses and cycle.closed_at is not None and cycle.closed_at <= row.due_at:
        row.status, row.exempt_reason = "exempt", "closed_before_due"
    elif fulfilled_at is not None or row.due_at < world.as_of:
        row.status = "missed"
        row.decided_at = row.due_at
    else:
        row.status = "pending"
    return row


def _cadence(world: World, cycle: Cycle, dead_at: datetime) -> Obligation | None:
    term = _term(world, cycle, "cadence", cycle.routed_at or cycle.mql_at)
    if term is None:
        return None
    counted = [touch for touch in _until(cycle.touches, dead_at) if touch.is_counted]
    row = Obligation(cycle, "cadence", term, cycle.routed_at, due_at=dead_at, decided_at=dead_at)
    row.count_actual = len(counted)
    row.count_required = term.min_count
    if cycle.is_inferred:
        row.status, row.exempt_reason = "exempt", "no_mql"
    elif cycle.routed_at is None:
        row.status, row.exempt_reason = "exempt", "not_routed"
    elif _until(cycle.replies, dead_at):
        row.status, row.exempt_reason = "exempt", "replied"
    else:
        days = 0
        calendar = _calendar(world, cycle)
        if counted:
            days = calendar.open_days_after(
                local_date(counted[0].at, calendar.timezone),
                local_date(dead_at, calendar.timezone),
            )
        enough = len(counted) >= (term.min_count or 0) and days >= (term.limit_value or 0)
        row.status = "met" if enough else "missed"
    return row


def _until(touches: list[Touch], at: datetime) -> list[Touch]:
    return [touch for touch in touches if touch.at <= at]


def _calendar(world: World, cycle: Cycle) -> Calendar:
    return world.agreement.calendars[cycle.calendar_id or world.agreement.default_calendar]


def _ruling(world: World, cycle: Cycle, rejected_at: datetime) -> Review | None:
    """The first ruling on the rejection of a cycle, if there is one by now."""
    found = []
    for crm in world.crms:
        if crm.name != cycle.crm:
            continue
        for review in crm.reviews:
            lead_id = id15(review.lead_id) if crm.kind == "salesforce" else review.lead_id
            key = f"{crm.name}:{crm.survivor(lead_id or '')}"
            if (
                key == cycle.lead_key
                and review.ruling in RULINGS
                and review.rejected_at == rejected_at
                and review.ruled_at <= world.as_of
                and cycle.holds(review.ruled_at)
            ):
                found.append(review)
    return min(found, key=lambda review: review.ruled_at) if found else None
