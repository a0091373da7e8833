"""Stage events, cycles, touches, opportunities and the funnel, by brute force."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path

from tests.reference.agreement import SALES_REPS, Agreement, norm, number, read_agreement
from tests.reference.clock import local_date, parse_instant, start_of_day
from tests.reference.exports import (
    STAGE_DATES,
    STAGE_ORDER,
    Activity,
    Crm,
    Opportunity,
    Record,
    newest_export,
    read_exports,
)

CLOSING_STAGES = ("rejected", "dead", "recycled")


@dataclass(frozen=True)
class Event:
    """Something that moved a lead. Sorted by (instant, stage history first, record id)."""

    at: datetime
    is_opportunity: bool
    order: tuple[str, ...]
    stage: str  # a stage, or `score` where the score reached the threshold
    lead_key: str  # "" for an opportunity's event, which is of every lead it is linked to
    opportunity_key: str
    is_observed: bool = False

    @property
    def sort_key(self) -> tuple[datetime, bool, tuple[str, ...]]:
        return (self.at, self.is_opportunity, self.order)


@dataclass
class Touch:
    crm: str
    record_id: str
    kind: str
    lead_key: str
    owner_key: str | None
    channel: str
    direction: str
    at: datetime
    logged_at: datetime | None
    is_counted: bool = False
    cycle_id: str | None = None

    @property
    def is_reply(self) -> bool:
        return self.direction == "inbound"


@dataclass
class Cycle:
    lead_key: str
    crm: str
    number: int
    mql_at: datetime
    is_inferred: bool
    origin: str  # the stage whose event opened it
    closed_at: datetime | None = None
    window_end: datetime = datetime.max  # the next cycle's mql_at
    stages: dict[str, datetime] = field(default_factory=dict)  # implied ones included
    evidence: dict[str, str] = field(default_factory=dict)  # stage -> record id
    counts_to_volume: bool = True
    routed_at: datetime | None = None
    routed_to: str | None = None
    team: str | None = None
    calendar_id: str | None = None
    touches: list[Touch] = field(default_factory=list)
    replies: list[Touch] = field(default_factory=list)
    prior_touches: int = 0
    opportunity_key: str | None = None
    source: str = "unmapped"
    sourced_by: str | None = None
    segment: str = "unknown"
    region: str = "unknown"
    score: float | None = None
    # what the lead definition asks about, as of mql_at
    values: dict[str, str | None] = field(default_factory=dict)
    is_fit: bool = False
    is_complete: bool = False
    reason_code: str | None = None
    note: str | None = None
    is_deleted: bool = False

    @property
    def cycle_id(self) -> str:
        return f"{self.lead_key}#{self.number}"

    def holds(self, at: datetime) -> bool:
        return self.mql_at <= at < self.window_end


@dataclass
class Lead:
    crm: Crm
    record: Record
    losers: list[str]  # record ids merged into it
    cycles: list[Cycle] = field(default_factory=list)
    touches: list[Touch] = field(default_factory=list)  # replies too

    @property
    def key(self) -> str:
        return f"{self.crm.name}:{self.record.record_id}"


@dataclass
class Deal:
    """An opportunity with what the rules make of it."""

    crm: Crm
    opportunity: Opportunity
    lead_keys: list[str]
    won_at: datetime | None
    lost_at: datetime | None
    cycle: Cycle | None = None

    @property
    def key(self) -> str:
        return f"{self.crm.name}:{self.opportunity.record_id}"


@dataclass
class World:
    agreement: Agreement
    crms: list[Crm]
    as_of: datetime
    leads: dict[str, Lead] = field(default_factory=dict)
    deals: list[Deal] = field(default_factory=list)
    test_leads: set[str] = field(default_factory=set)
    events: list[Event] = field(default_factory=list)

    @property
    def zone(self) -> str:
        return self.agreement.reporting_timezone

    @property
    def cycles(self) -> list[Cycle]:
        return [cycle for lead in self.leads.values() for cycle in lead.cycles]


def build_world(exports: Path, agreement: Path, as_of: datetime | None = None) -> World:
    said = read_agreement(agreement)
    crms = read_exports(exports, said)
    world = World(said, crms, as_of or newest_export(crms))
    for crm in crms:
        _find_leads(world, crm)
    _find_deals(world)
    world.events = sorted(
        (e for e in _all_events(world) if e.at <= world.as_of), key=lambda e: e.sort_key
    )
    _walk(world)
    _assign_deals(world)
    _fill_stages(world)
    _find_touches(world)
    for lead in world.leads.values():
        for cycle in lead.cycles:
            _route(world, lead, cycle)
            _value(world, lead, cycle)
            _give_touches(lead, cycle)
    return world


# --- who the leads are ----------------------------------------------------------------------


def _find_leads(world: World, crm: Crm) -> None:
    losers: dict[str, list[str]] = {}
    for loser in sorted(crm.merged_into):
        losers.setdefault(crm.survivor(loser), []).append(loser)
    for record_id, record in sorted(crm.leads.items()):
        if record_id in crm.merged_into:
            continue
        lead = Lead(crm, record, losers.get(record_id, []))
        if email_domain(record.now("email")) in world.agreement.internal_domains:
            world.test_leads.add(lead.key)
        else:
            world.leads[lead.key] = lead


def email_domain(email: str | None) -> str | None:
    return norm(email.rpartition("@")[2]) if email is not None and "@" in email else None


# --- events ---------------------------------------------------------------------------------


def _all_events(world: World) -> list[Event]:
    events: list[Event] = []
    for lead in world.leads.values():
        for record_id in [lead.record.record_id, *lead.losers]:
            events += _stage_events(world, lead, record_id)
            if world.agreement.variables["mql_entry"] == "score":
                events += _score_events(world, lead, record_id)
    for deal in world.deals:
        opportunity = deal.opportunity
        if opportunity.is_deleted:
            continue
        for order, stage, at in (
            ("0", "opportunity", opportunity.created_at),
            ("1", "won", deal.won_at),
            ("2", "lost", deal.lost_at),
        ):
            if at is not None:
                events.append(Event(at, True, (opportunity.record_id, order), stage, "", deal.key))
    return events


def status_changes(crm: Crm, record_id: str) -> list[tuple[datetime, tuple[str, ...], str, bool]]:
    """(instant, order, raw status, is observed) of one record, its first status included."""
    record = crm.leads.get(record_id)
    created_at = _created_at(record)
    found: list[tuple[datetime, tuple[str, ...], str | None, bool]] = []
    if crm.has_stage_history():
        changes = crm.changes_of(record_id, *crm.status_fields)
        if changes:
            if crm.changes_have_old and created_at is not None:
                found.append((created_at, ("", record_id), changes[0].old, False))
            found += [(c.at, (c.order, ""), c.new, False) for c in changes]
        elif record is not None and created_at is not None:
            for name in crm.status_fields:
                found.append((created_at, ("", record_id), record.now(name), False))
    elif record is not None:
        observed = crm.status_fields
        if crm.has_stage_dates():
            # HubSpot's `Became a ...` dates are the history; nothing dates the lead status
            observed = ()
            has_a_date = any(record.now(f"{stage}_at") for stage in STAGE_ORDER)
            if not has_a_date and created_at is not None:
                found.append((created_at, ("", record_id), record.now(crm.status_fields[0]), False))
        for name in observed:
            found += _observed(crm, record, name, created_at)
    return [(at, order, raw, seen) for at, order, raw, seen in found if raw is not None]


def _observed(
    crm: Crm, record: Record, name: str, created_at: datetime | None
) -> list[tuple[datetime, tuple[str, ...], str | None, bool]]:
    """The values of a field as one drop after the other shows them, the first from creation."""
    found: list[tuple[datetime, tuple[str, ...], str | None, bool]] = []
    versions = sorted(record.versions, key=lambda v: (v.exported_at, v.position))
    before = versions[0].values.get(name)
    if created_at is not None:
        found.append((created_at, ("", record.record_id), before, False))
    for version in versions[1:]:
        value = version.values.get(name)
        if norm(value) == norm(before):
            continue
        before = value
        earlier = [at for at in crm.lead_drops if at < version.exported_at]
        modified = version.modified_at
        at = version.exported_at
        if modified is not None and earlier and modified > max(earlier):
            at = modified
        # HubSpot's lifecycle stage before its lead status, as the fields are listed
        rank = str(crm.status_fields.index(name)) if name in crm.status_fields else name
        found.append((at, (version.exported_at.isoformat(), rank), value, True))
    return found


def _created_at(record: Record | None) -> datetime | None:
    return None if record is None else parse_instant(record.now("created_at"))


def _stage_events(world: World, lead: Lead, record_id: str) -> list[Event]:
    crm = lead.crm
    events = []
    for at, order, raw, observed in status_changes(crm, record_id):
        stage = world.agreement.stage(crm.name, raw)
        if stage is not None:
            events.append(Event(at, False, order, stage, lead.key, "", observed))
    record = crm.leads.get(record_id)
    if record is not None and not crm.has_stage_history() and crm.has_stage_dates():
        for rank, stage in enumerate(STAGE_ORDER):
            at_or_none = parse_instant(record.now(f"{stage}_at"))
            if at_or_none is not None:
                events.append(
                    Event(at_or_none, False, (f"{rank:02d}", record_id), stage, lead.key, "")
                )
    return events


def _score_events(world: World, lead: Lead, record_id: str) -> list[Event]:
    """The instants at which the score comes to the threshold from below."""
    crm = lead.crm
    record = crm.leads.get(record_id)
    threshold = float(world.agreement.variables["mql_score_threshold"])
    created_at = _created_at(record)
    steps: list[tuple[datetime, tuple[str, ...], str | None]] = []
    if crm.has_history("score"):
        changes = crm.changes_of(record_id, "score")
        if record is not None and created_at is not None:
            if not changes:
                steps.append((created_at, ("", record_id), record.now("score")))
            elif crm.changes_have_old:
                steps.append((created_at, ("", record_id), changes[0].old))
        steps += [(c.at, (c.order, ""), c.new) for c in changes]
    elif record is not None:
        steps = [(at, o, v) for at, o, v, _ in _observed(crm, record, "score", created_at)]
    events = []
    was_above = False
    for at, order, value in steps:
        score = number(value)
        is_above = score is not None and score >= threshold
        if is_above and not was_above:
            events.append(Event(at, False, order, "score", lead.key, ""))
        was_above = is_above
    return events


# --- opportunities --------------------------------------------------------------------------


def _find_deals(world: World) -> None:
    for crm in world.crms:
        for _, opportunity in sorted(crm.opportunities.items()):
            keys = {f"{crm.name}:{crm.survivor(lead_id)}" for lead_id in opportunity.lead_ids}
            won_at, lost_at = _closings(world, crm, opportunity)
            world.deals.append(
                Deal(crm, opportunity, sorted(keys & set(world.leads)), won_at, lost_at)
            )


def _closings(
    world: World, crm: Crm, opportunity: Opportunity
) -> tuple[datetime | None, datetime | None]:
    """When an opportunity was first won and first lost."""
    stage = world.agreement.stage(crm.name, opportunity.stage)
    if crm.kind == "hubspot":
        opportunity.is_won = stage == "won"
        opportunity.is_closed = stage in ("won", "lost")
    first: dict[str, datetime] = {}
    for at, raw in opportunity.stage_history:
        shown = world.agreement.stage(crm.name, raw)
        if shown is None and opportunity.is_closed and norm(raw) == norm(opportunity.stage):
            shown = "won" if opportunity.is_won else "lost"
        if shown in ("won", "lost") and (shown not in first or at < first[shown]):
            first[shown] = at
    by_date = opportunity.close_instant
    if by_date is None and opportunity.close_date is not None:
        by_date = start_of_day(opportunity.close_date, world.zone)
    if by_date is not None and opportunity.is_closed:
        first.setdefault("won" if opportunity.is_won else "lost", by_date)
    return first.get("won"), first.get("lost")


# --- cycles ---------------------------------------------------------------------------------


def _walk(world: World) -> None:
    """Every event in order, of all leads at once, opening and closing cycles."""
    deals = {deal.key: deal for deal in world.deals}
    entry = "score" if world.agreement.variables["mql_entry"] == "score" else "mql"
    with_deals = {key for deal in world.deals if not _is_gone(deal) for key in deal.lead_keys}
    for event in world.events:
        if event.is_opportunity:
            linked = [world.leads[key] for key in deals[event.opportunity_key].lead_keys]
            if event.stage == "opportunity":
                if linked and not any(lead.cycles for lead in linked):
                    _open(linked[0], event, is_inferred=True)
            else:
                for lead in linked:
                    _close(lead, event.at)
            continue
        lead = world.leads[event.lead_key]
        if event.stage == entry:
            if not _is_open(lead):
                _open(lead, event, is_inferred=False)
        elif event.stage in ("sal", "sql"):
            if not _is_open(lead):
                _open(lead, event, is_inferred=True)
        elif event.stage == "opportunity":
            if not lead.cycles:
                _open(lead, event, is_inferred=True)
        elif event.stage in CLOSING_STAGES or (
            event.stage in ("won", "lost") and lead.key not in with_deals
        ):
            _close(lead, event.at)
    gap = timedelta(days=float(world.agreement.variables["requalification_gap_days"]))
    for lead in world.leads.values():
        for before, after in zip(lead.cycles, lead.cycles[1:], strict=False):
            before.window_end = after.mql_at
            assert before.closed_at is not None
            after.counts_to_volume = after.mql_at - before.closed_at >= gap


def _is_open(lead: Lead) -> bool:
    return bool(lead.cycles) and lead.cycles[-1].closed_at is None


def _open(lead: Lead, event: Event, is_inferred: bool) -> None:
    lead.cycles.append(
        Cycle(
            lead.key,
            lead.crm.name,
            len(lead.cycles) + 1,
            event.at,
            is_inferred,
            event.stage,
        )
    )


def _close(lead: Lead, at: datetime) -> None:
    if _is_open(lead):
        lead.cycles[-1].closed_at = at


def _assign_deals(world: World) -> None:
    for deal in world.deals:
        created_at = deal.opportunity.created_at
        if created_at is None or created_at > world.as_of:
            continue
        candidates = []
        for key in deal.lead_keys:
            before = [c for c in world.leads[key].cycles if c.mql_at <= created_at]
            if before:
                candidates.append(max(before, key=lambda c: (c.mql_at, c.number)))
        if candidates:
            deal.cycle = min(candidates, key=lambda c: (c.mql_at, c.lead_key))


def _fill_stages(world: World) -> None:
    deals = {deal.key: deal for deal in world.deals}
    for lead in world.leads.values():
        for cycle in lead.cycles:
            for event in world.events:
                if event.stage not in STAGE_DATES or event.stage == "mql":
                    continue
                if event.is_opportunity:
                    if deals[event.opportunity_key].cycle is not cycle:
                        continue
                elif event.lead_key != cycle.lead_key:
                    continue
                if cycle.holds(event.at) and event.stage not in cycle.stages:
                    cycle.stages[event.stage] = event.at
                    cycle.evidence[event.stage] = event.opportunity_key or event.order[0]
            for stage, later in (
                ("sal", ("sal", "sql", "opportunity", "won")),
                ("sql", ("sql", "opportunity", "won")),
                ("opportunity", ("opportunity", "won")),
            ):
                known = [name for name in later if name in cycle.stages]
                if known:
                    least = min(known, key=lambda name: cycle.stages[name])
                    cycle.evidence[stage] = cycle.evidence[least]
                    cycle.stages[stage] = cycle.stages[least]
            own = [deal for deal in world.deals if deal.cycle is cycle and not _is_gone(deal)]
            if own:
                first = min(own, key=lambda d: (d.opportunity.created_at, d.key))
                cycle.opportunity_key = first.key


def _is_gone(deal: Deal) -> bool:
    return deal.opportunity.is_deleted


# --- values as of an instant ----------------------------------------------------------------


def value_as_of(crm: Crm, record: Record, name: str, at: datetime) -> str | None:
    if crm.has_history(name):
        changes = crm.changes_of(record.record_id, name)
        if not changes:
            return record.now(name)
        if not crm.changes_have_old:
            value = None
            for change in changes:
                if change.at <= at:
                    value = change.new
            return value
        for change in changes:
            if change.at > at:
                return change.old
        return record.now(name)
    later = [version for version in record.versions if version.exported_at >= at]
    if not later:
        return record.now(name)
    return min(later, key=lambda v: (v.exported_at, v.position)).values.get(name)


def _value(world: World, lead: Lead, cycle: Cycle) -> None:
    agreement = world.agreement

    def as_of_mql(name: str) -> str | None:
        return value_as_of(lead.crm, lead.record, name, cycle.mql_at)

    raw_source = as_of_mql("source")
    email = as_of_mql("email")
    cycle.source = agreement.source(cycle.crm, raw_source)
    cycle.sourced_by = agreement.sourced_by(cycle.crm, raw_source)
    cycle.segment = agreement.segment(as_of_mql("employees"))
    cycle.region = agreement.region(as_of_mql("country"))
    cycle.score = number(as_of_mql("score"))
    day = local_date(cycle.mql_at, world.zone)
    cycle.values = {
        "industry": as_of_mql("industry"),
        "employees": as_of_mql("employees"),
        "role": as_of_mql("title"),
        "country": as_of_mql("country"),
        "source": None if raw_source is None else cycle.source,
        "score": as_of_mql("score"),
        "email_domain": email_domain(email),
    }
    cycle.is_fit = agreement.fits(cycle.values, day)
    cycle.is_complete = agreement.complete(
        cycle.crm,
        {
            "name": as_of_mql("name"),
            "company": as_of_mql("company"),
            "role": as_of_mql("title"),
            "email": email,
            "source": raw_source,
            "score": as_of_mql("score"),
        },
        day,
    )
    cycle.is_deleted = lead.record.is_deleted(world.as_of)
    rejected_at = cycle.stages.get("rejected")
    if rejected_at is not None:
        raw_reason = value_as_of(lead.crm, lead.record, "reason", rejected_at)
        if raw_reason is not None:
            cycle.reason_code = agreement.reasons.get((norm(cycle.crm), norm(raw_reason)))
        cycle.note = value_as_of(lead.crm, lead.record, "note", rejected_at)


# --- people and routing ---------------------------------------------------------------------


def role_of(world: World, crm: Crm, owner: str | None) -> tuple[str, str | None, str | None]:
    """(role type, team, calendar id) of an owner id."""
    if owner is None or owner in crm.queues:
        return "queue", None, None
    _, team = crm.users.get(owner, (None, None))
    found = None
    if team is not None:
        found = world.agreement.team_roles.get((norm(crm.name), norm(team)))
    if found is None:
        return "unmapped", team, None
    return found[0], team, found[1]


def is_rep(world: World, crm: Crm, owner: str | None) -> bool:
    return role_of(world, crm, owner)[0] in SALES_REPS


def owners_over_time(crm: Crm, record: Record) -> list[tuple[datetime, str | None]]:
    """(since, owner id) in order; the first since ever."""
    found: list[tuple[datetime, str | None]] = []
    if crm.has_history("owner"):
        changes = crm.changes_of(record.record_id, "owner")
        if not changes:
            found.append((datetime.min, record.now("owner")))
        elif crm.changes_have_old:
            found.append((datetime.min, changes[0].old))
        found += [(change.at, change.new) for change in changes]
    elif crm.kind == "hubspot":
        for version in sorted(record.versions, key=lambda v: (v.exported_at, v.position)):
            since = parse_instant(version.values.get("owner_assigned_at"))
            found.append((since or datetime.min, version.values.get("owner")))
    else:
        for at, _, owner, observed in _observed(crm, record, "owner", datetime.min):
            found.append((at if observed else datetime.min, owner))
    found.sort(key=lambda step: step[0])
    return [(at, crm.owner_id(owner)) for at, owner in found]


def _route(world: World, lead: Lead, cycle: Cycle) -> None:
    steps = owners_over_time(lead.crm, lead.record)
    instants = [cycle.mql_at] + [
        at for at, _ in steps if at > cycle.mql_at and cycle.holds(at) and at <= world.as_of
    ]
    for instant in instants:
        owner = None
        for at, candidate in steps:
            if at <= instant:
                owner = candidate  # the last one of an instant holds from it
        if is_rep(world, lead.crm, owner):
            _, team, calendar_id = role_of(world, lead.crm, owner)
            cycle.routed_at = instant
            cycle.routed_to = f"{lead.crm.name}:{owner}"
            cycle.team = team
            cycle.calendar_id = calendar_id or world.agreement.default_calendar
            return


# --- touches --------------------------------------------------------------------------------


def _find_touches(world: World) -> None:
    spacing = timedelta(minutes=float(world.agreement.variables["touch_spacing_minutes"]))
    for crm in world.crms:
        for activity in crm.activities:
            judged = _judge_activity(world, crm, activity)
            if judged is None or activity.at is None:
                continue
            channel, direction = judged
            for key in _leads_of(crm, activity):
                if key in world.leads:
                    world.leads[key].touches.append(
                        Touch(
                            crm.name,
                            activity.record_id,
                            activity.kind,
                            key,
                            None if activity.owner is None else f"{crm.name}:{activity.owner}",
                            channel,
                            direction,
                            activity.at,
                            activity.logged_at,
                        )
                    )
    for lead in world.leads.values():
        lead.touches.sort(key=lambda t: (t.at, t.record_id, t.kind))
        previous: Touch | None = None
        for touch in lead.touches:
            if touch.is_reply:
                continue
            touch.is_counted = previous is None or touch.at - previous.at > spacing
            previous = touch


def _leads_of(crm: Crm, activity: Activity) -> list[str]:
    keys = set()
    for party in activity.party_ids:
        for lead_id in crm.contacts.get(party, {party}):
            keys.add(f"{crm.name}:{crm.survivor(lead_id)}")
    return sorted(keys)


def _judge_activity(world: World, crm: Crm, activity: Activity) -> tuple[str, str] | None:
    """(channel, direction) of a touch (outbound) or a reply (inbound), or None."""
    if activity.is_deleted or not activity.is_done:
        return None
    if activity.at is None or activity.at > world.as_of:
        return None
    direction = activity.direction or "outbound"
    types = world.agreement.touch_types
    key = (norm(crm.name), norm(activity.raw_type))
    row = types.get((*key, direction)) or types.get((*key, "any"))
    if row is None or not row[1]:
        return None
    if direction == "inbound":
        return row[0], direction
    if direction == "outbound" and is_rep(world, crm, activity.owner):
        return row[0], direction
    return None


def _give_touches(lead: Lead, cycle: Cycle) -> None:
    for touch in lead.touches:
        if cycle.holds(touch.at):
            touch.cycle_id = cycle.cycle_id
            (cycle.replies if touch.is_reply else cycle.touches).append(touch)
        elif touch.at < cycle.mql_at and not touch.is_reply:
            cycle.prior_touches += 1


# --- periods --------------------------------------------------------------------------------


def month_start(day: date) -> date:
    return day.replace(day=1)


def quarter_start(day: date, fiscal_year_start_month: int) -> date:
    months_in = (day.month - fiscal_year_start_month) % 3
    month = day.month - months_in
    return date(day.year, month, 1) if month >= 1 else date(day.year - 1, month + 12, 1)
