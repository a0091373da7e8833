"""What happened to a lead, event by event.

Belongs here: the question for a lead's events and the words for each of them. Does not belong
here: what they came to (verdicts).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from dagster_project.explain.model import Event
from dagster_project.explain.published import Published, Row
from dagster_project.explain.times import clock, on_wall

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


def events_of(published: Published, lead_key: str) -> list[Row]:
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


def told(events: Sequence[Row], cycle: Row | None, zone: str) -> Iterator[Event]:
    """The events of a cycle, or of the time before the first, in words.

    A stage entered twice running is told once: HubSpot records it as two properties. That a lead
    was routed to a rep who owned it before is told after the event that opened the cycle.
    """
    own = [row for row in events if row["cycle_id"] == (cycle["cycle_id"] if cycle else None)]
    routed_silently = (
        cycle is not None
        and cycle["routed_at"] == cycle["mql_at"]
        and not any(row["kind"] == "owner" and _routes(row, cycle) for row in own)
    )
    stage = None
    for row in own:
        if row["kind"] == "stage":
            repeated, stage = row["stage"] == stage, row["stage"]
            if repeated:
                continue
        yield Event(_at(row["event_at"], zone), _words(row, cycle, zone), row["record_id"])
        if cycle and routed_silently and stage == cycle["entry_stage"]:
            routed_silently = False
            rep = owner_words(cycle["rep_name"], cycle["routed_to"], cycle["rep_team"])
            yield Event(_at(cycle["routed_at"], zone), f"Routed: {rep} owned it already", None)


def _routes(row: Row, cycle: Row) -> bool:
    return bool(row["event_at"] == cycle["routed_at"] and row["owner_key"] == cycle["routed_to"])


def _at(instant: datetime | None, zone: str) -> datetime | None:
    return None if instant is None else on_wall(instant, zone)


def _words(row: Row, cycle: Row | None, zone: str) -> str:
    kind = row["kind"]
    if kind == "deletion":
        return "Deleted in the CRM"
    if kind == "owner":
        return _ownership_words(row, cycle)
    if kind == "stage":
        return _stage_words(row, cycle)
    channel = _CHANNELS.get(row["channel"], str(row["channel"] or "Activity").capitalize())
    if kind == "inbound":
        return f"Reply of the prospect: {channel.lower()}"
    words = f"{channel} by {owner_words(row['owner_name'], row['owner_key'], None)}"
    if not row["is_counted"]:
        words += ", too soon after the one before to count"
    logged_at = row["logged_at"]
    if logged_at is not None and logged_at - row["event_at"] > _LOGGED_LATE:
        words += f", entered {clock(on_wall(logged_at, zone))}"
    return words


def _ownership_words(row: Row, cycle: Row | None) -> str:
    owner = owner_words(row["owner_name"], row["owner_key"], row["owner_team"])
    if cycle and _routes(row, cycle):
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


def owner_words(name: str | None, owner_key: str | None, team: str | None) -> str:
    """`Ada Diaz (SDR East)`; the key of an owner whose name was never exported."""
    words = name or (f"owner {owner_key}" if owner_key else "somebody unknown")
    return f"{words} ({team})" if team else words
