"""Integrity signals about people, and what each rep was given, by brute force.

Everything is a list of cases that is filtered; the minute with the most leads is found by trying
every act as its beginning; chances are summed or come from the error function.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

from tests.reference.agreement import truth
from tests.reference.clock import local_date
from tests.reference.compliance import counts_on, period_end, wilson
from tests.reference.cycles import (
    Cycle,
    Lead,
    World,
    month_start,
    quarter_start,
    role_of,
)
from tests.reference.ledger import DISPOSITIONS, Obligation, ledger

Rows = list[dict[str, Any]]
MINUTE = timedelta(seconds=60)
CLOCKED = ("handoff", "speed_to_lead", "disposition", "contest_review")
# signal, measure, subject, first day of the quarter
Key = tuple[str, str, str, date]


@dataclass
class Tally:
    out_of: int = 0
    observed: int = 0
    expected: Fraction = Fraction(0)
    amount: Fraction | None = None


def people_signals(
    world: World, opportunities: Rows, unknowable: Collection[tuple[str, str]] = ()
) -> Rows:
    """One row per signal about people, person and quarter.

    `unknowable` are CRM and clause of which the exports can say nothing.
    """
    owed: dict[str, list[Obligation]] = defaultdict(list)
    for obligation in ledger(world):
        owed[obligation.cycle.cycle_id].append(obligation)
    unknown = {
        cycle_id
        for cycle_id, due in owed.items()
        for one in due
        if (one.cycle.crm, one.clause) in unknowable
        and one.clause in ("speed_to_lead", "disposition")
        and one.status != "exempt"
    }
    tallies: dict[Key, Tally] = defaultdict(Tally)
    _rejections(world, tallies)
    averages = source_averages(world, opportunities)
    knowable = {name: due for name, due in owed.items() if name not in unknown}
    _ignored(world, knowable, averages, tallies)
    _late(world, owed, tallies)
    _bulk(world, tallies)
    _bursts(world, tallies)
    _deletions(world, owed, tallies)
    return _judged(world, tallies)


# --- the cases ------------------------------------------------------------------------------


def _rejections(world: World, tallies: dict[Key, Tally]) -> None:
    disposed = [
        (cycle.routed_to, cycle.source, _quarter(world, first), "rejected" in cycle.stages)
        for cycle in world.cycles
        if cycle.routed_to and not cycle.is_inferred and (first := _disposed_at(cycle))
    ]
    for owner, source, quarter, is_rejected in disposed:
        alike = [case for case in disposed if case[1:3] == (source, quarter)]
        tally = tallies["over_disqualifying", "rejections", owner, quarter]
        tally.out_of += 1
        tally.observed += is_rejected
        tally.expected += Fraction(sum(case[3] for case in alike), len(alike))


def _ignored(
    world: World,
    owed: dict[str, list[Obligation]],
    averages: dict[str, dict[str, Any]],
    tallies: dict[Key, Tally],
) -> None:
    for cycle in world.cycles:
        due = [
            obligation
            for obligation in owed.get(cycle.cycle_id, [])
            if obligation.clause in ("speed_to_lead", "disposition")
            and obligation.status != "exempt"
        ]
        if not cycle.routed_to or all(one.status == "pending" for one in due):
            continue
        quarter = _quarter_of(world, max(counts_on(world, one) for one in due))
        tally = tallies["ignored_leads", "leads", cycle.routed_to, quarter]
        tally.out_of += 1
        if (
            all(one.status == "missed" and one.fulfilled_at is None for one in due)
            and not cycle.is_deleted
            and not cycle.touches
            and _disposed_at(cycle) is None
        ):
            tally.observed += 1
            worth = averages.get(cycle.source)
            if worth:
                tally.amount = (tally.amount or Fraction(0)) + worth["value_per_mql"]


def _late(world: World, owed: dict[str, list[Obligation]], tallies: dict[Key, Tally]) -> None:
    grace = timedelta(minutes=world.agreement.variables["logging_grace_minutes"])
    for cycle in world.cycles:
        for one in owed[cycle.cycle_id]:
            if one.clause != "speed_to_lead" or one.status != "met":
                continue
            touch = cycle.touches[0]
            assert touch.owner_key
            assert one.due_at
            if touch.logged_at is None:
                continue
            quarter = _quarter_of(world, counts_on(world, one))
            tally = tallies["late_logging", "speed_to_lead", touch.owner_key, quarter]
            tally.out_of += 1
            tally.observed += touch.logged_at > one.due_at + grace


def _bulk(world: World, tallies: dict[Key, Tally]) -> None:
    many = world.agreement.variables["integrity_bulk_dispositions"]
    # person -> (instant, lead, whether the person's last step of that lead is over a minute ago)
    acts: dict[str, list[tuple[datetime, bool]]] = defaultdict(list)
    for lead in world.leads.values():
        before: dict[str, datetime] = {}
        for at, person in _steps(world, lead):
            is_new = person not in before or at - before[person] > MINUTE
            before[person] = at
            acts[person].append((at, is_new))
    for person, done in acts.items():
        single = sorted(at for at, is_new in done if is_new)
        for at, _ in done:
            tallies["bulk_dispositions", "dispositions", person, _quarter(world, at)].out_of += 1
        for at in single:
            if _most_in_a_minute(single, at) >= many:
                key = ("bulk_dispositions", "dispositions", person, _quarter(world, at))
                tallies[key].observed += 1


def _steps(world: World, lead: Lead) -> Iterable[tuple[datetime, str]]:
    """When a person took a step of a lead, by the history, and who."""
    crm = lead.crm
    if not _has_times(change.at for change in crm.changes if change.field in crm.status_fields):
        return
    steps = []
    for record_id in [lead.record.record_id, *lead.losers]:
        for change in crm.changes_of(record_id, *crm.status_fields):
            if world.agreement.stage(crm.name, change.new) in DISPOSITIONS:
                steps.append(change)
    for change in sorted(steps, key=lambda change: (change.at, change.order)):
        if change.at > world.as_of:
            continue
        if change.by is None:
            holding = [cycle for cycle in lead.cycles if cycle.holds(change.at)]
            person = holding[0].routed_to if holding else None
            user = person.partition(":")[2] if person else None
        else:
            user = crm.owner_id(change.by)
        is_known = user in crm.users
        if user and is_known and role_of(world, crm, user)[0] not in ("integration", "queue"):
            yield change.at, f"{crm.name}:{user}"


def _bursts(world: World, tallies: dict[Key, Tally]) -> None:
    many = world.agreement.variables["integrity_burst_touches"]
    for owner, touches in _touches_by_owner(world).items():
        timed = [touch for touch in touches if touch[1]]
        counted = sorted(at for at, _, is_counted in timed if is_counted)
        for at, has_time, is_counted in touches:
            quarter = _quarter(world, at)
            padding = tallies["touch_bursts", "one_lead", owner, quarter]
            padding.out_of += 1
            padding.observed += not is_counted
            burst = tallies["touch_bursts", "many_leads", owner, quarter]
            burst.out_of += 1
            burst.observed += has_time and is_counted and _most_in_a_minute(counted, at) >= many


def _touches_by_owner(world: World) -> dict[str, list[tuple[datetime, bool, bool]]]:
    """Instant, whether its CRM exports times, whether it counts, of each owner's touches."""
    found: dict[str, list[tuple[datetime, bool, bool]]] = defaultdict(list)
    for crm in world.crms:
        touches = [
            touch
            for lead in world.leads.values()
            if lead.crm is crm
            for touch in lead.touches
            if not touch.is_reply
        ]
        has_times = _has_times(touch.at for touch in touches)
        for touch in touches:
            assert touch.owner_key
            found[touch.owner_key].append((touch.at, has_times, touch.is_counted))
    return found


def _deletions(world: World, owed: dict[str, list[Obligation]], tallies: dict[Key, Tally]) -> None:
    for lead in world.leads.values():
        deleted_at = _deleted_at(lead)
        for cycle in lead.cycles:
            if cycle.is_inferred:
                continue
            quarter = _quarter(world, cycle.routed_at or cycle.mql_at)
            subject = cycle.routed_to or "not_routed"
            tally = tallies["deleted_while_pending", "leads", subject, quarter]
            tally.out_of += 1
            if deleted_at is None or deleted_at > world.as_of:
                continue
            tally.observed += any(
                one.clause in CLOCKED
                and one.starts_at is not None
                and one.due_at is not None
                and one.starts_at <= deleted_at <= one.due_at
                and (one.fulfilled_at is None or one.fulfilled_at > deleted_at)
                and (
                    one.clause == "contest_review"
                    or cycle.closed_at is None
                    or cycle.closed_at > deleted_at
                )
                for one in owed[cycle.cycle_id]
            )


def _deleted_at(lead: Lead) -> datetime | None:
    if not truth(lead.record.now("is_deleted")):
        return lead.record.absent_since
    return min(
        version.modified_at or version.exported_at
        for version in lead.record.versions
        if truth(version.values.get("is_deleted"))
    )


# --- the judgement --------------------------------------------------------------------------


def _judged(world: World, tallies: dict[Key, Tally]) -> Rows:
    said = world.agreement.variables
    rows: Rows = []
    for (signal, measure, subject, quarter), tally in tallies.items():
        family = [
            other
            for key, other in tallies.items()
            if key[:2] == (signal, measure) and key[3] == quarter
        ]
        usual = Fraction(
            sum(other.observed for other in family), sum(other.out_of for other in family)
        )
        if signal == "over_disqualifying":
            expected = float(tally.expected)
            tolerated = expected * said["integrity_rejection_ratio"]
        else:
            expected = float(usual * tally.out_of)
            share = said["integrity_tolerated_share"]
            if signal == "deleted_while_pending":
                share = said["integrity_tolerated_deletions"]
            tolerated = tally.out_of * (0 if signal == "bulk_dispositions" else share)
        enough = said["benchmark_min_expected"]
        is_asked = signal != "over_disqualifying" or tally.expected >= enough
        rows.append(
            {
                "signal": signal,
                "measure": measure,
                "subject_kind": "nobody" if subject == "not_routed" else "rep",
                "subject": subject,
                "period_start": quarter,
                "period": "quarter",
                "out_of": tally.out_of,
                "observed": tally.observed,
                "expected": expected,
                "tolerated": tolerated,
                "observed_to_expected": tally.observed / expected if expected else None,
                "interval_low": _byar(tally.observed, -1) / expected if expected else None,
                "interval_high": _byar(tally.observed + 1, 1) / expected if expected else None,
                "p_value": _chance(tally.observed, tolerated) if is_asked else None,
                "amount_at_stake": None if tally.amount is None else float(tally.amount),
                "evidence_count": tally.observed,
                "is_complete": period_end("quarter", quarter)
                <= local_date(world.as_of, world.zone),
            }
        )
    for row in rows:
        asked = [
            other["p_value"]
            for other in rows
            if all(other[name] == row[name] for name in ("signal", "measure", "period_start"))
            and other["p_value"] is not None
        ]
        row["q_value"] = None
        if row["p_value"] is not None:
            # The least false discovery rate at which this one is among the flagged.
            row["q_value"] = min(
                1.0,
                *(
                    limit * len(asked) / sum(other <= limit for other in asked)
                    for limit in asked
                    if limit >= row["p_value"]
                ),
            )
        row["is_flagged"] = (
            row["observed"] > 0
            if row["signal"] == "bulk_dispositions"
            else row["q_value"] is not None
            and row["q_value"] <= said["integrity_false_discovery_rate"]
        )
    return rows


def _byar(count: int, sign: int) -> float:
    if count == 0:
        return 0.0
    spread = 1.959963984540054 / (3 * math.sqrt(count))
    return float(count * (1 - 1 / (9 * count) + sign * spread) ** 3)


def _chance(observed: int, tolerated: float) -> float:
    if observed == 0:
        return 1.0
    ratio = (tolerated / observed) ** (1 / 3)
    z = 3 * math.sqrt(observed) * (1 - 1 / (9 * observed) - ratio)
    return math.erfc(z / math.sqrt(2)) / 2


def _most_in_a_minute(instants: list[datetime], at: datetime) -> int:
    return max(
        sum(begins <= other <= begins + MINUTE for other in instants)
        for begins in instants
        if begins <= at <= begins + MINUTE
    )


def _has_times(instants: Iterable[datetime]) -> bool:
    """Days have at most two times of day in UTC: the clocks change."""
    return len({(at.hour, at.minute) for at in instants}) > 2


# --- averages and allocation ----------------------------------------------------------------


def source_averages(world: World, opportunities: Rows) -> dict[str, dict[str, Any]]:
    """What MQLs of a source became that are at least conversion_window_days old."""
    window = timedelta(days=world.agreement.variables["conversion_window_days"])
    averages = {}
    for source in {cycle.source for cycle in world.cycles}:
        old = [
            cycle
            for cycle in world.cycles
            if cycle.source == source
            and not cycle.is_inferred
            and cycle.mql_at + window <= world.as_of
        ]
        if not old:
            continue
        won = [
            Fraction(str(row["amount_reporting"] or 0))
            for row in opportunities
            if row["is_won"]
            and not row["is_deleted"]
            and row["closed_at"] <= world.as_of
            and row["cycle_id"] in {cycle.cycle_id for cycle in old}
        ]
        qualified = [
            cycle
            for cycle in old
            if "sql" in cycle.stages and cycle.stages["sql"] <= cycle.mql_at + window
        ]
        averages[source] = {
            "mqls": len(old),
            "rate": Fraction(len(qualified), len(old)),
            "value_per_mql": Fraction(round(sum(won, Fraction(0)) / len(old), 2)),
        }
    return averages


def lead_allocation(world: World, opportunities: Rows) -> Rows:
    """One row per month and quarter and rep: what the rep was given, beside the team."""
    averages = source_averages(world, opportunities)
    given = [
        (cycle, local_date(cycle.routed_at, world.zone))
        for cycle in world.cycles
        if cycle.routed_at and not cycle.is_inferred
    ]
    rows = []
    for period in ("month", "quarter"):
        starts = {
            cycle.cycle_id: month_start(day) if period == "month" else _quarter_of(world, day)
            for cycle, day in given
        }
        for start, owner in sorted({(starts[c.cycle_id], str(c.routed_to)) for c, _ in given}):
            own = [c for c, _ in given if c.routed_to == owner and starts[c.cycle_id] == start]
            team = [
                c
                for c, _ in given
                if (c.crm, c.team) == (own[0].crm, own[0].team) and starts[c.cycle_id] == start
            ]
            fit = sum(cycle.is_fit for cycle in own)
            low, high = wilson(fit, len(own))
            rows.append(
                {
                    "period": period,
                    "period_start": start,
                    "owner_key": owner,
                    "crm": own[0].crm,
                    "leads": len(own),
                    "team_leads": len(team),
                    "fit": fit,
                    "fit_rate": fit / len(own),
                    "fit_rate_low": low,
                    "fit_rate_high": high,
                    "team_fit_rate": sum(cycle.is_fit for cycle in team) / len(team),
                    "source_mix_distance": float(_distance(own, team)),
                    "expected_conversion_rate": _conversion(own, averages),
                    "team_expected_conversion_rate": _conversion(team, averages),
                    "is_complete": period_end(period, start) <= local_date(world.as_of, world.zone),
                }
            )
    return rows


def _distance(own: list[Cycle], team: list[Cycle]) -> Fraction:
    def share(cycles: list[Cycle], source: str) -> Fraction:
        return Fraction(sum(cycle.source == source for cycle in cycles), len(cycles))

    sources = {cycle.source for cycle in team}
    return sum((abs(share(own, one) - share(team, one)) for one in sources), Fraction(0)) / 2


def _conversion(cycles: list[Cycle], averages: dict[str, dict[str, Any]]) -> float | None:
    rates = [averages[cycle.source]["rate"] for cycle in cycles if cycle.source in averages]
    return float(sum(rates) / len(rates)) if rates else None


def _disposed_at(cycle: Cycle) -> datetime | None:
    return min((at for stage, at in cycle.stages.items() if stage in DISPOSITIONS), default=None)


def _quarter(world: World, at: datetime) -> date:
    return _quarter_of(world, local_date(at, world.zone))


def _quarter_of(world: World, day: date) -> date:
    return quarter_start(day, int(world.agreement.variables["fiscal_year_start_month"]))
