"""The disqualification protocol: rejections and their rulings, the queue, rates and reviews."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from tests.reference.agreement import norm
from tests.reference.clock import local_date
from tests.reference.compliance import DIMENSIONS, PERIODS, period_end, wilson
from tests.reference.cycles import Cycle, World, month_start, quarter_start, value_as_of
from tests.reference.exports import Review, id15
from tests.reference.ledger import DISPOSITIONS, RULINGS, Obligation, ledger

Rows = list[dict[str, Any]]

WEEK = timedelta(days=7)


@dataclass
class Rejection:
    cycle: Cycle
    rejected_at: datetime
    raw_reason: str | None
    rulings: list[Review]
    next_cycle: Cycle | None

    @property
    def standing(self) -> Review | None:
        """The latest ruling; of two in one instant the contest."""
        if not self.rulings:
            return None
        return max(self.rulings, key=lambda one: (one.ruled_at, one.ruling == "contested"))

    @property
    def contested_at(self) -> datetime | None:
        return min(
            (one.ruled_at for one in self.rulings if one.ruling == "contested"), default=None
        )

    @property
    def outcome(self) -> str | None:
        if self.contested_at is None or self.standing is None:
            return None
        if self.standing.ruling == "accepted":
            return "withdrawn"
        if self.next_cycle is None:
            return "open"
        return "reversed" if "sal" in self.next_cycle.stages else "requalified"


def rejections(world: World) -> list[Rejection]:
    found = []
    for lead in world.leads.values():
        for place, cycle in enumerate(lead.cycles):
            rejected_at = cycle.stages.get("rejected")
            if rejected_at is not None:
                found.append(
                    Rejection(
                        cycle,
                        rejected_at,
                        value_as_of(lead.crm, lead.record, "reason", rejected_at),
                        _rulings(world, cycle, rejected_at),
                        next(iter(lead.cycles[place + 1 :]), None),
                    )
                )
    return found


def _rulings(world: World, cycle: Cycle, rejected_at: datetime) -> list[Review]:
    """Every ruling on a rejection, the same one from two sources once."""
    found: dict[tuple[datetime, str], Review] = {}
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
                found[(review.ruled_at, review.ruling)] = review
    return list(found.values())


def reason_of(world: World, rejection: Rejection) -> tuple[str, str | None]:
    """(kind, code) of the reason of a rejection."""
    raw = rejection.raw_reason
    if raw is None:
        return "missing", None
    key = (norm(rejection.cycle.crm), norm(raw))
    if key not in world.agreement.reasons:
        return "unlisted", None
    code = world.agreement.reasons[key]
    return ("outside_taxonomy", None) if code is None else ("taxonomy", code)


def queue(world: World) -> Rows:
    """The three queues, each in its order."""
    found = {one.cycle.cycle_id: one for one in rejections(world)}
    waiting: list[tuple[str, Cycle, datetime, Obligation | None]] = []
    for one in ledger(world):
        is_waiting = one.status in ("pending", "missed") and one.fulfilled_at is None
        if one.clause == "disposition" and is_waiting and one.cycle.closed_at is None:
            assert one.starts_at is not None
            waiting.append(("disposition", one.cycle, one.starts_at, one))
        if one.clause == "contest_review" and is_waiting:
            assert one.starts_at is not None
            waiting.append(("ruling", one.cycle, one.starts_at, one))
    for rejected in found.values():
        if rejected.standing is not None and rejected.standing.ruling == "contested":
            waiting.append(("contested", rejected.cycle, rejected.standing.ruled_at, None))
    rows: Rows = []
    for name in ("disposition", "ruling", "contested"):
        mine = []
        for queue_name, cycle, since, owed in waiting:
            rejection = found.get(cycle.cycle_id)
            came_back = rejection is not None and rejection.next_cycle is not None
            if queue_name == name:
                is_open = not cycle.is_deleted and not came_back
                mine.append((not is_open, since, cycle.cycle_id, cycle, owed, rejection))
        mine.sort(key=lambda entry: entry[:3])
        for place, (is_shut, since, cycle_id, cycle, owed, rejection) in enumerate(mine, start=1):
            due = owed.due_at if owed else None
            standing = rejection.standing if rejection else None
            rows.append(
                {
                    "queue": name,
                    "place": place,
                    "cycle_id": cycle_id,
                    "owner_key": cycle.routed_to,
                    "status": owed.status if owed else None,
                    "waiting_since": since,
                    "due_at": due,
                    "hours_left": (due - world.as_of).total_seconds() / 3600 if due else None,
                    "is_overdue": due < world.as_of if due else None,
                    "reason_kind": reason_of(world, rejection)[0] if rejection else None,
                    "reason_code": reason_of(world, rejection)[1] if rejection else None,
                    "ruling": standing.ruling if standing else None,
                    "contest_outcome": rejection.outcome if rejection else None,
                    "is_open": not is_shut,
                    "is_deleted": cycle.is_deleted,
                }
            )
    return rows


def rates(world: World) -> Rows:
    """Rejected / dispositioned, by week and for four weeks in a row, week by week."""
    said = []
    for cycle in world.cycles:
        reached = [cycle.stages[stage] for stage in DISPOSITIONS if stage in cycle.stages]
        if reached:
            said.append((_monday(local_date(min(reached), world.zone)), cycle, min(reached)))
    share = Fraction(str(world.agreement.variables["joint_review_rejection_rate"]))
    rows: Rows = []
    this_week = _monday(local_date(world.as_of, world.zone))
    week = min((start for start, _, _ in said), default=this_week)
    while week <= this_week:
        for period, weeks in (("week", 1), ("trailing_four_weeks", 4)):
            first = week - WEEK * (weeks - 1)
            in_it = [entry for entry in said if first <= entry[0] <= week]
            for dimension in DIMENSIONS:
                for value in sorted({_value(cycle, dimension) for _, cycle, _ in in_it}):
                    mine = [
                        (cycle, at) for _, cycle, at in in_it if _value(cycle, dimension) == value
                    ]
                    rejected = sum("rejected" in cycle.stages for cycle, _ in mine)
                    low, high = wilson(rejected, len(mine))
                    is_above = Fraction(rejected, len(mine)) > share
                    rows.append(
                        {
                            "period": period,
                            "week_start": week,
                            "dimension": dimension,
                            "dimension_value": value,
                            "dispositioned": len(mine),
                            "rejected": rejected,
                            "rejected_at_once": sum(
                                cycle.stages.get("rejected") == at for cycle, at in mine
                            ),
                            "still_open": sum(cycle.closed_at is None for cycle, _ in mine),
                            "rate": rejected / len(mine),
                            "rate_low": low,
                            "rate_high": high,
                            "trigger": "joint_review" if is_above else None,
                            "is_conclusive": low > share,
                            "is_complete": week + WEEK <= local_date(world.as_of, world.zone),
                        }
                    )
        week += WEEK
    return rows


def reasons(world: World) -> Rows:
    rows: Rows = []
    for key, mine in _by_period(world).items():
        kinds = [
            (*reason_of(world, one), _listed(one) if _is_outside(world, one) else None)
            for one in mine
        ]
        for kind, code, listed in sorted(set(kinds), key=str):
            count = kinds.count((kind, code, listed))
            low, high = wilson(count, len(mine))
            rows.append(
                {
                    **_key_columns(key),
                    "reason_kind": kind,
                    "reason_code": code,
                    "listed_reason": listed,
                    "rejected": count,
                    "all_rejected": len(mine),
                    "rate": count / len(mine),
                    "rate_low": low,
                    "rate_high": high,
                    "is_complete": period_end(key[0], key[1])
                    <= local_date(world.as_of, world.zone),
                }
            )
    return rows


def _is_outside(world: World, rejection: Rejection) -> bool:
    return reason_of(world, rejection)[0] == "outside_taxonomy"


def _listed(rejection: Rejection) -> str:
    """Compared without regard to case: the agreement's spelling is one of several."""
    return norm(rejection.raw_reason)


def reviews(world: World) -> Rows:
    owed = {one.cycle.cycle_id: one for one in ledger(world) if one.clause == "contest_review"}
    rows: Rows = []
    for key, mine in _by_period(world).items():
        reviewed = [one for one in mine if one.rulings]
        contested = [one for one in mine if one.contested_at is not None]
        outcomes = [one.outcome for one in contested]
        row: dict[str, Any] = {
            **_key_columns(key),
            "rejected": len(mine),
            "reviewed": len(reviewed),
            "waiting": sum(
                not one.rulings
                and one.cycle.cycle_id in owed
                and owed[one.cycle.cycle_id].status in ("pending", "missed")
                for one in mine
            ),
            "accepted": len(reviewed) - len(contested),
            "contested": len(contested),
            "withdrawn": outcomes.count("withdrawn"),
            "requalified": outcomes.count("requalified"),
            "reversed": outcomes.count("reversed"),
            "open_contests": outcomes.count("open"),
        }
        for name, part, whole in (
            ("contested", len(contested), len(reviewed)),
            ("reversal", outcomes.count("reversed"), len(contested)),
        ):
            low, high = wilson(part, whole) if whole else (None, None)
            row[f"{name}_rate"] = part / whole if whole else None
            row[f"{name}_low"], row[f"{name}_high"] = low, high
        rows.append(row)
    return rows


def _by_period(world: World) -> dict[tuple[str, date, str, str], list[Rejection]]:
    groups: dict[tuple[str, date, str, str], list[Rejection]] = {}
    first_month = int(world.agreement.variables["fiscal_year_start_month"])
    for one in rejections(world):
        day = local_date(one.rejected_at, world.zone)
        starts = {
            "week": _monday(day),
            "month": month_start(day),
            "quarter": quarter_start(day, first_month),
        }
        for period in PERIODS:
            for dimension in DIMENSIONS:
                key = (period, starts[period], dimension, _value(one.cycle, dimension))
                groups.setdefault(key, []).append(one)
    return groups


def _key_columns(key: tuple[str, date, str, str]) -> dict[str, Any]:
    return dict(zip(("period", "period_start", "dimension", "dimension_value"), key, strict=True))


def _value(cycle: Cycle, dimension: str) -> str:
    return {
        "all": "all",
        "source": cycle.source,
        "segment": cycle.segment,
        "region": cycle.region,
        "team": cycle.team or "not_routed",
        "owner": cycle.routed_to or "not_routed",
    }[dimension]


def _monday(day: date) -> date:
    return day - timedelta(days=day.isoweekday() - 1)
