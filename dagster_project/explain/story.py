"""One lead's story: the lead, what was before its first cycle, its cycles.

Belongs here: putting it together, and what is to be known of the lead as a whole. Does not belong
here: its events (events), its verdicts (verdicts), how it is laid out on a screen (printing).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from dagster_project.errors import UsageError
from dagster_project.explain.events import events_of, owner_words, told
from dagster_project.explain.finding import Found, find
from dagster_project.explain.model import Cycle, Story, Verdict
from dagster_project.explain.published import Published, Row, open_published
from dagster_project.explain.times import clock, on_wall
from dagster_project.explain.verdicts import verdicts_of


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
        events = [] if found.excluded else events_of(published, found.lead_key)
        verdicts = verdicts_of(published, [row["cycle_id"] for row in shown])
        return Story(
            lead_key=found.lead_key,
            crm=found.lead_key.partition(":")[0],
            as_of=_as_of(published),
            who=tuple(_who(published, found)),
            facts=tuple(_facts(published, found, shown)),
            cycles_in_all=len(cycles),
            zone=zone,
            before=tuple(told(events, None, zone)) if found.cycle_number is None else (),
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
    """What is to be known before the story of these cycles begins, one sentence each."""
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


def _cycle(row: Row, events: Sequence[Row], verdicts: dict[str, list[Verdict]]) -> Cycle:
    zone = row["zone"]
    began = {
        "sal": "Accepted by sales without an MQL",
        "sql": "Qualified by sales without an MQL",
        "opportunity": "An opportunity without an MQL",
    }.get(row["entry_stage"], "An MQL")
    headline = f"{began} {clock(on_wall(row['mql_at'], zone))}, " + (
        f"routed to {owner_words(row['rep_name'], row['routed_to'], row['rep_team'])}"
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
        events=tuple(told(events, row, zone)),
        verdicts=tuple(verdicts.get(row["cycle_id"], ())),
    )


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
