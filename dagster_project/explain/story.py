"""What happened to one lead and how it was judged, in the order in which it happened.

Belongs here: the questions to the published tables and the sentences about events. Does not belong
here: how it is laid out on a screen (printing); the sentences about verdicts are the view's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from dagster_project.errors import UsageError
from dagster_project.explain.finding import Found, find
from dagster_project.explain.published import Published, Row, open_published

# In the order in which a lead meets them; clauses of a later agreement come last.
_CLAUSES = (
    "fit",
    "completeness",
    "handoff",
    "speed_to_lead",
    "disposition",
    "cadence",
    "feedback",
    "contest_review",
)

_STAGES = {
    "new": "New",
    "mql": "Became an MQL",
    "sal": "Accepted by sales",
    "sql": "Qualified by sales",
    "opportunity": "Made an opportunity",
    "won": "Won",
    "lost": "Lost",
    "rejected": "Rejected by sales",
    "dead": "Given up",
    "recycled": "Back to nurture",
}

_CHANNELS = {"call": "Call", "email": "E-mail", "meeting": "Meeting", "social": "Social message"}

# Activities entered later than this after they happened are told with both times.
_LOGGED_LATE = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened. `at` is on the wall clock of the story's zone, None where nothing
    dates it; `record` is the CRM's record that shows it."""

    at: datetime | None
    what: str
    record: str | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """One clause's verdict; `term` in words; `doubt` says why it means nothing, where it does."""

    clause: str
    side: str
    status: str
    sentence: str
    term: str
    record: str | None
    details: tuple[str, ...] = ()
    doubt: str | None = None


@dataclass(frozen=True, slots=True)
class Cycle:
    """One pass through the funnel; all times of its events are in `zone`."""

    cycle_id: str
    number: int
    headline: str
    zone: str
    events: tuple[Event, ...]
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Story:
    """A lead, what was before its first cycle, its cycles, and what is to be said about the data.

    `who` says whom the CRM names, and what sales wrote about the rejection, to those who may know.
    `as_of` is UTC.
    """

    lead_key: str
    crm: str
    as_of: datetime | None
    who: tuple[str, ...]
    facts: tuple[str, ...]
    cycles_in_all: int
    zone: str
    before: tuple[Event, ...] = ()
    cycles: tuple[Cycle, ...] = ()
    problems: tuple[str, ...] = field(default=())


def tell(published_dir: Path, asked: str) -> Story:
    """The story of the lead that `asked` names: a lead_key, a CRM's id or a cycle_id, of which
    only that cycle is told.

    Raises UsageError where nothing is published, or `asked` names no lead or no cycle, or several.
    """
    with open_published(published_dir) as published:
        found = find(published, asked)
        cycles = _cycles(published, found)
        zone = cycles[0]["zone"] if cycles else _default_zone(published)
        shown = [row for row in cycles if found.cycle_number in (None, row["cycle_number"])]
        if found.cycle_number is not None and not shown:
            raise UsageError(_no_such_cycle(found, len(cycles)))
        events = [] if found.excluded else _events(published, found.lead_key)
        verdicts = _verdicts(published, [row["cycle_id"] for row in shown])
        return Story(
            lead_key=found.lead_key,
            crm=found.lead_key.partition(":")[0],
            as_of=_as_of(published),
            who=tuple(_who(published, found)),
            facts=tuple(_facts(published, found, cycles)),
            cycles_in_all=len(cycles),
            zone=zone,
            before=tuple(_told(events, None, zone)) if found.cycle_number is None else (),
            cycles=tuple(_cycle(row, events, verdicts) for row in shown),
            problems=tuple(_problems(published, found.lead_key)),
        )


def _cycles(published: Published, found: Found) -> list[Row]:
    return published.rows(
        """
        select cycles.*, owners.name as rep_name, owners.team as rep_team,
            coalesce(calendars.timezone, defaults.timezone, 'UTC') as zone
        from marts.fct_lead_cycles as cycles
        left join marts.dim_owner as owners on owners.owner_key = cycles.routed_to
        left join marts.dim_calendar as calendars on calendars.calendar_id = cycles.calendar_id
        left join (select max(timezone) as timezone from marts.dim_calendar where is_default)
            as defaults on true
        where cycles.lead_key = ?
        order by cycles.cycle_number
        """,
        [found.lead_key],
    )


def _default_zone(published: Published) -> str:
    rows = published.rows("select timezone from marts.dim_calendar where is_default")
    return rows[0]["timezone"] if rows else "UTC"


def _no_such_cycle(found: Found, cycles: int) -> str:
    if found.excluded:
        return f"{found.lead_key} is a {found.excluded}: it has no cycles."
    if cycles == 0:
        return f"{found.lead_key} has no cycle {found.cycle_number}: it never became an MQL."
    last = "cycle 1 only" if cycles == 1 else f"cycles 1 to {cycles}"
    return f"{found.lead_key} has no cycle {found.cycle_number}: it has {last}."


def _as_of(published: Published) -> datetime | None:
    rows = published.rows(
        "select as_of from ops.runs where status = 'published' order by published_at desc limit 1"
    )
    return rows[0]["as_of"] if rows else None


def _who(published: Published, found: Found) -> Iterator[str]:
    """`Ada Diaz, VP Sales at Acme, ada@acme.example`, and the note on the lead's rejection."""
    if found.excluded:
        return
    if not published.has_persons:
        yield "Who it is stands in restricted.duckdb, which you may not read."
        return
    for row in published.rows("from persons.restricted.leads where lead_key = ?", [found.lead_key]):
        role = " at ".join(part for part in (row["role"], row["company"]) if part)
        person = ", ".join(part for part in (row["name"], role, row["email"]) if part)
        yield person or "The CRM does not say who it is."
        if row["note"]:
            yield f"Sales wrote: “{row['note']}”"


def _facts(published: Published, found: Found, cycles: Sequence[Row]) -> Iterator[str]:
    """What is to be known before the story begins, one sentence each."""
    if found.excluded:
        yield f"It is a {found.excluded}: it stands in no mart, and nothing is judged."
        return
    if found.merged:
        yield f"{found.merged} was merged into it."
    others = published.rows(
        "select crm || ':' || record_id as record_key from ops.excluded_records"
        " where lead_key = ? order by all",
        [found.lead_key],
    )
    merged = [row["record_key"] for row in others if row["record_key"] != found.merged]
    if merged:
        yield f"{', '.join(merged)} {'was' if len(merged) == 1 else 'were'} merged into it."
    if not cycles:
        yield "It never became an MQL, so nobody owes anything."
        return
    last = cycles[-1]
    company = [
        f"industry {last['industry']}" if last["industry"] else None,
        f"{last['employees']:,.0f} employees" if last["employees"] is not None else None,
        last["country"],
    ]
    yield (
        f"Source {last['source']} ({last['sourced_by']}), segment {last['segment']}, "
        f"region {last['region']}"
        + "".join(f", {part}" for part in company if part)
        + (f", score {last['score']:g}" if last["score"] is not None else "")
        + f" when {'it' if len(cycles) == 1 else 'it last'} became an MQL."
    )
    if last["is_deleted"]:
        yield "It was deleted in the CRM; it is judged on what is known."


def _events(published: Published, lead_key: str) -> list[Row]:
    """Stages, owners, deletion, touches and replies, in order; `cycle_id` null before the first."""
    return published.rows(
        """
        select events.cycle_id, events.event_at, events.kind, events.stage, events.owner_key,
            events.record_id, events.is_closing, events.is_observed, events.opportunity_key,
            opportunities.amount, opportunities.currency,
            owners.name as owner_name, owners.team as owner_team, owners.role_type,
            null as channel, null as is_counted, null as logged_at,
            case events.kind when 'owner' then 1 else 2 end as step, events.event_number as number
        from marts.fct_lead_events as events
        left join marts.dim_owner as owners on owners.owner_key = events.owner_key
        left join marts.fct_opportunities as opportunities
            on opportunities.opportunity_key = events.opportunity_key
        where events.lead_key = $1
        union all
        select touches.cycle_id, touches.occurred_at, touches.direction, null, touches.owner_key,
            split_part(touches.touch_key, ':', -1), false, false, null,
            null, null,
            owners.name, owners.team, owners.role_type,
            touches.channel, touches.is_counted, touches.logged_at,
            3, 0
        from marts.fct_touches as touches
        left join marts.dim_owner as owners on owners.owner_key = touches.owner_key
        where touches.lead_key = $1
        order by event_at nulls first, step, number, record_id
        """,
        [lead_key],
    )


def _told(events: Sequence[Row], cycle: Row | None, zone: str) -> Iterator[Event]:
    """The events of a cycle, or of the time before the first, in words.

    A stage entered twice running is told once: HubSpot records it as two properties.
    """
    cycle_id = cycle["cycle_id"] if cycle else None
    stage = None
    for row in events:
        if row["cycle_id"] != cycle_id:
            continue
        if row["kind"] == "stage":
            repeated, stage = row["stage"] == stage, row["stage"]
            if repeated:
                continue
        yield Event(_local(row["event_at"], zone), _words(row, cycle, zone), row["record_id"])
        if cycle and _is_routing_of_its_owner(row, cycle):
            rep = _owner(cycle["rep_name"], cycle["routed_to"], cycle["rep_team"])
            yield Event(
                _local(cycle["routed_at"], zone),
                f"Routed: {rep} owned it already",
                None,
            )


def _is_routing_of_its_owner(row: Row, cycle: Row) -> bool:
    """Whether this is the opening of a cycle whose lead a rep owned before: no event routes it."""
    return (
        row["kind"] == "stage"
        and row["event_at"] == cycle["mql_at"] == cycle["routed_at"]
        and row["stage"] == cycle["entry_stage"]
    )


def _words(row: Row, cycle: Row | None, zone: str) -> str:
    kind = row["kind"]
    if kind == "deletion":
        return "Deleted in the CRM"
    if kind == "owner":
        return _owner_words(row, cycle)
    if kind == "stage":
        return _stage_words(row, cycle)
    channel = _CHANNELS.get(row["channel"], str(row["channel"] or "Activity").capitalize())
    if kind == "inbound":
        return f"Reply of the prospect: {channel.lower()}"
    words = f"{channel} by {_owner(row['owner_name'], row['owner_key'], None)}"
    if not row["is_counted"]:
        words += ", too soon after the one before to count"
    logged_at = row["logged_at"]
    if logged_at is not None and logged_at - row["event_at"] > _LOGGED_LATE:
        local = _local(logged_at, zone)
        words += f", entered {clock(local)}" if local else ""
    return words


def _owner_words(row: Row, cycle: Row | None) -> str:
    owner = _owner(row["owner_name"], row["owner_key"], row["owner_team"])
    if cycle and row["event_at"] == cycle["routed_at"] and row["owner_key"] == cycle["routed_to"]:
        return f"Routed to {owner}"
    no_rep = {
        "queue": ", a queue",
        "marketing": ", marketing",
        "integration": ", an integration",
        "unmapped": ", whose team the agreement does not know",
    }
    return f"Owned by {owner}{no_rep.get(row['role_type'], '')}"


def _stage_words(row: Row, cycle: Row | None) -> str:
    stage = str(row["stage"])
    words = _STAGES.get(stage, stage)
    if row["opportunity_key"]:
        amount = "" if row["amount"] is None else f", {row['amount']:,.0f} {row['currency']}"
        words = {
            "opportunity": f"Opportunity {row['opportunity_key']} opened{amount}",
            "won": f"Opportunity {row['opportunity_key']} won{amount}",
            "lost": f"Opportunity {row['opportunity_key']} lost",
        }.get(stage, words)
    elif cycle and stage == "rejected" and row["event_at"] == cycle["rejected_at"]:
        words += f": {cycle['reason_code'] or 'no reason that the agreement knows'}"
    if cycle and row["is_closing"] and row["event_at"] == cycle["closed_at"]:
        words += "; the cycle ends"
    if row["is_observed"]:
        words += " (seen in the export of then)"
    return words


def _owner(name: str | None, owner_key: str | None, team: str | None) -> str:
    words = name or (f"owner {owner_key}" if owner_key else "somebody unknown")
    return f"{words} ({team})" if team else words


def _cycle(row: Row, events: Sequence[Row], verdicts: dict[str, list[Verdict]]) -> Cycle:
    zone = row["zone"]
    began = {
        "sal": "Accepted by sales without an MQL",
        "sql": "Qualified by sales without an MQL",
        "opportunity": "An opportunity without an MQL",
    }.get(row["entry_stage"], "An MQL")
    mql_at = _local(row["mql_at"], zone)
    headline = f"{began} {clock(mql_at) if mql_at else ''}, " + (
        f"routed to {_owner(row['rep_name'], row['routed_to'], row['rep_team'])}"
        if row["routed_to"]
        else "never routed to a sales rep"
    )
    if row["closed_at"] is None:
        headline += ", still open"
    if not row["counts_to_volume"] and not row["is_mql_inferred"]:
        headline += ", too soon after the one before to count to volume"
    return Cycle(
        cycle_id=row["cycle_id"],
        number=row["cycle_number"],
        headline=f"{headline}.",
        zone=zone,
        events=tuple(_told(events, row, zone)),
        verdicts=tuple(verdicts.get(row["cycle_id"], ())),
    )


def _verdicts(published: Published, cycle_ids: Sequence[str]) -> dict[str, list[Verdict]]:
    """The verdicts of each cycle. The ids stand in the query itself: the views make a sentence for
    every row that they are not told to leave out."""
    if not cycle_ids:
        return {}
    marks = ", ".join("?" for _ in cycle_ids)
    sentences = published.rows(
        f"from marts.sla_explanations where cycle_id in ({marks})", cycle_ids
    )
    explained = {(row["cycle_id"], row["clause"]): row["explanation"] for row in sentences}
    fits = {
        row["cycle_id"]: row
        for row in published.rows(
            f"from marts.fit_explanations where cycle_id in ({marks})", cycle_ids
        )
    }
    rows = published.rows(
        f"""
        select obligations.*, terms.limit_value, terms.limit_unit, terms.clock, terms.min_count,
            terms.target_rate, terms.effective_from, assessability.missing,
            assessability.to_export, assessability.crm
        from marts.fct_sla_obligations as obligations
        left join marts.dim_sla_term as terms using (term_id)
        left join marts.rpt_sla_assessability as assessability
            on assessability.clause = obligations.clause
            and assessability.crm = split_part(obligations.lead_key, ':', 1)
        where obligations.cycle_id in ({marks})
        """,
        cycle_ids,
    )
    rows.sort(key=lambda row: (_place(row["clause"]), row["clause"]))
    verdicts: dict[str, list[Verdict]] = {}
    for row in rows:
        fit = fits.get(row["cycle_id"]) if row["clause"] == "fit" else None
        verdicts.setdefault(row["cycle_id"], []).append(
            Verdict(
                clause=row["clause"],
                side=row["side"],
                status=row["status"],
                sentence=explained[row["cycle_id"], row["clause"]],
                term=_term(row),
                record=row["evidence_record_id"],
                details=tuple(_criteria(fit, row["status"])) if fit else (),
                doubt=None if row["is_assessable"] else _doubt(row),
            )
        )
    return verdicts


def _place(clause: str) -> int:
    return _CLAUSES.index(clause) if clause in _CLAUSES else len(_CLAUSES)


def _criteria(fit: Row, status: str) -> Iterator[str]:
    """What the sentence does not say of the criteria: those met, and where no clause is owed those
    not met."""
    if fit["criteria_failed"] and status != "missed":
        yield f"Not met: {fit['criteria_failed']}."
    if fit["criteria_met"]:
        yield f"Met: {fit['criteria_met']}."


def _doubt(row: Row) -> str:
    return (
        f"Not assessable: {row['crm']} never exported {row['missing']}. Export {row['to_export']}."
    )


def _term(row: Row) -> str:
    """`speed_to_lead: 60 business minutes, target 90%`."""
    parts = []
    if row["min_count"] is not None:
        parts.append(f"{row['min_count']} touches")
    if row["limit_value"] is not None:
        kind = "business " if row["clock"] == "business" else ""
        parts.append(f"{row['limit_value']:g} {kind}{row['limit_unit']}")
    if row["target_rate"] is not None:
        parts.append(f"target {row['target_rate'] * 100:g}%")
    return row["term_id"] + (": " if parts else "") + ", ".join(parts)


def _problems(published: Published, lead_key: str) -> Iterator[str]:
    crm, _, record = lead_key.partition(":")
    rows = published.rows(
        "select object, field, problem from ops.problems where crm = ? and record_id = ?"
        " order by all",
        [crm, record],
    )
    for row in rows:
        place = " ".join(part for part in (row["object"], row["field"]) if part)
        yield f"{place}: {row['problem']}" if place else str(row["problem"])


def _local(instant: datetime | None, zone: str) -> datetime | None:
    """An instant in UTC on the wall clock of a zone, both without zone."""
    if instant is None:
        return None
    return instant.replace(tzinfo=ZoneInfo("UTC")).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def clock(local: datetime) -> str:
    """`Fri 14 Mar 2025 16:40`."""
    return f"{local:%a} {local.day} {local:%b %Y %H:%M}"
