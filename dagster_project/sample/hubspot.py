"""The simulated company as HubSpot's CRM export writes it.

Belongs here: one query per export file, with HubSpot's labels, numeric record ids, times to the
minute and lists separated by semicolons. Every value is text, because every field is quoted.

A merged or deleted contact has no row any more. The history and the activities of a merged one
keep its old id; of a deleted one nothing is left.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from dagster_project.sample.changes import snapshot
from dagster_project.sample.company import Company
from dagster_project.sample.deals import stages
from dagster_project.sample.drops import Drop, ExportFile
from dagster_project.sample.reviews import reviews
from dagster_project.sample.sql import Chance, literal

PIPELINE = "Sales Pipeline"

_FIRST_CONTACT = 1_000_000
_FIRST_OWNER = 70_000_000
_FIRST_DEAL = 5_000_000_000
_FIRST_ACTIVITY = 30_000_000_000

_PROPERTIES = {
    "lifecycle": "lifecyclestage", "status": "hs_lead_status", "owner": "hubspot_owner_id",
    "score": "hubspotscore", "title": "jobtitle", "company": "company",
}  # fmt: skip
_LIFECYCLE_LABELS = {
    "subscriber": "Subscriber", "lead": "Lead",
    "marketingqualifiedlead": "Marketing Qualified Lead",
    "salesqualifiedlead": "Sales Qualified Lead", "opportunity": "Opportunity",
    "customer": "Customer",
}  # fmt: skip
_STATUS_LABELS = {
    "NEW": "New", "OPEN": "Open", "IN_PROGRESS": "In Progress",
    "ATTEMPTED_TO_CONTACT": "Attempted to Contact", "CONNECTED": "Connected",
    "OPEN_DEAL": "Open Deal", "UNQUALIFIED": "Unqualified", "NO_RESPONSE": "No Response",
    "BAD_TIMING": "Bad Timing", "LEGAL_HOLD": "Legal Hold",
}  # fmt: skip
_LOST_REASONS = ("Price", "Competitor", "No decision", "Went silent", "Missing feature", "")

CALL_OUTCOMES = (("Connected", 42), ("No answer", 30), ("Left voicemail", 20), ("Busy", 8))
MEETING_OUTCOMES = (
    ("COMPLETED", 70), ("", 12), ("NO_SHOW", 10), ("CANCELED", 5), ("RESCHEDULED", 3),
)  # fmt: skip

_ACTIVITY = "(a.n * 256 + a.seq)"

# A row cut short, as an interrupted export leaves it at the end of a file: stem and text.
CUT_ROW = ("emails", '"30000000001","2025-11-05 10:12","INCOMI\n')


@dataclass(frozen=True, slots=True)
class _ActivityFile:
    """One file of activities: what its columns are called after, and SQL over the activity `a`."""

    stem: str
    name: str
    kinds: str
    direction: str = ""
    outcome: str = ""


def company_files(_drop: Drop) -> Iterator[ExportFile]:
    """The file that is written once per drop: the owners, always all of them."""
    yield ExportFile(
        "owners",
        f"""
select
    {_id(_FIRST_OWNER, "number")} as "Owner ID",
    email as "Email",
    first_name as "First Name",
    last_name as "Last Name",
    team as "Team",
    timezone as "Time Zone"
from people
where role <> 'queue'
order by number""",
    )


def chunk_files(company: Company, drop: Drop, chance: Chance) -> Iterator[ExportFile]:
    """The files of one drop that hold the leads of the current chunk and all that is theirs."""
    yield ExportFile("contacts", _contacts(drop, chance))
    yield ExportFile("contacts_property_history", _property_history(drop))
    for file in _activity_files(drop, chance):
        yield ExportFile(file.stem, _activities(drop, chance, file))
    yield ExportFile("deals", _deals(company, drop, chance))
    yield ExportFile(
        "reviews", reviews(drop, chance, lead_id=_id(_FIRST_CONTACT, "n"), instant=_exact_instant)
    )


def _kept(drop: Drop, lead: str) -> str:
    """The SQL of whether a lead has not been deleted by the end of the drop."""
    return f"coalesce({lead}.deleted_at > {drop.until}, true)"


def _contacts(drop: Drop, chance: Chance) -> str:
    became = ",\n        ".join(
        f"max(written_at) filter (field = 'lifecycle' and value = {literal(value)}) "
        f"as became_{value}"
        for value in _LIFECYCLE_LABELS
    )
    return f"""
with shown as ({snapshot(drop.until)}),
dated as (
    select
        n,
        max(written_at) filter (field = 'owner') as owner_assigned_at,
        {became}
    from changes where written_at <= {drop.until}
    group by n
),
merges as (
    select coalesce(s.merges_into, l.merges_into) as n, l.n as loser, l.merged_at
    from leads as l
    left join leads as s on s.n = l.merges_into and s.merged_at <= {drop.until}
    where l.merged_at <= {drop.until}
    union
    select l.merges_into, l.n, l.merged_at from leads as l where l.merged_at <= {drop.until}
),
merged as (
    select
        n,
        string_agg({_id(_FIRST_CONTACT, "loser")}, ';' order by loser) as losers,
        max(merged_at) as merged_at
    from merges group by n
),
known as (
    select
        l.*, s.* exclude (n), d.* exclude (n), m.losers, x.d,
        greatest(s.changed_at, m.merged_at) as modified_at
    from leads as l
    join shown as s on s.n = l.n
    join dated as d on d.n = l.n
    left join merged as m on m.n = l.n
    left join lead_deals as x on x.n = l.n and x.opp_at <= {drop.until}
    where {_kept(drop, "l")} and coalesce(l.merged_at > {drop.until}, true)
)
select
    {_id(_FIRST_CONTACT, "k.n")} as "Record ID",
    {_text("case when not blank_name then k.first_name end")} as "First Name",
    {_text("case when not blank_name then k.last_name end")} as "Last Name",
    {_text("case when not blank_email then k.email end")} as "Email",
    shown_company as "Company Name",
    shown_title as "Job Title",
    {_text("case when not blank_source then raw_source end")} as "Original Source",
    {_text("shown_score")} as "HubSpot Score",
    {_relabel("shown_lifecycle", _LIFECYCLE_LABELS)} as "Lifecycle Stage",
    {_relabel("shown_status", _STATUS_LABELS)} as "Lead Status",
    case when p.role = 'queue' then '' else p.owner_email end as "Contact owner",
    {_minute("case when p.role <> 'queue' then owner_assigned_at end")} as "Owner Assigned Date",
    {_minute("created_at")} as "Create Date",
    {_minute("became_lead")} as "Became a Lead Date",
    {_minute("became_marketingqualifiedlead")} as "Became a Marketing Qualified Lead Date",
    {_minute("became_salesqualifiedlead")} as "Became a Sales Qualified Lead Date",
    {_minute("became_opportunity")} as "Became an Opportunity Date",
    {_minute("became_customer")} as "Became a Customer Date",
    industry as "Industry",
    case when {chance("employees as a range", "k.n")} < 0.004 then '51-200'
        else {_text("employees")} end as "Number of Employees",
    country as "Country/Region",
    {_text("shown_reason")} as "Disqualification Reason",
    {_text("shown_note")} as "Disqualification Note",
    {_text(_id(_FIRST_DEAL, "d"))} as "Associated Deal IDs",
    {_text("losers")} as "Merged Contact IDs",
    {_minute("modified_at")} as "Last Modified Date"
from known as k
join (select number, role, email as owner_email from people) as p
    on p.number = k.shown_owner::bigint
where {drop.holds("modified_at")}
order by k.n"""


def _property_history(drop: Drop) -> str:
    return f"""
select
    {_id(_FIRST_CONTACT, "c.n")} as "Record ID",
    {_relabel("c.field", _PROPERTIES)} as "Property",
    case
        when c.field <> 'owner' then c.value
        when o.role = 'queue' then ''
        else {_id(_FIRST_OWNER, "o.number")}
    end as "Value",
    {_exact_instant("c.written_at")} as "Timestamp",
    case
        when a.role <> 'integration' then 'CRM_UI'
        when c.field in ('owner', 'lifecycle') then 'AUTOMATION_PLATFORM'
        else 'INTEGRATION'
    end as "Source type",
    case when a.role = 'integration' then '' else a.email end as "Updated by"
from changes as c
join leads as l on l.n = c.n
join people as a on a.number = c.actor
left join people as o on c.field = 'owner' and o.number = try_cast(c.value as bigint)
where c.field in ({", ".join(map(literal, _PROPERTIES))})
    and {_kept(drop, "l")} and {drop.holds("c.written_at")}
order by c.n, c.seq"""


def _activity_files(drop: Drop, chance: Chance) -> Iterator[_ActivityFile]:
    by_phone = f"{chance('reply by phone', _ACTIVITY)} < 0.3"
    yield _ActivityFile(
        "calls",
        "Call",
        kinds=f"a.kind in ('call', 'social') or a.kind = 'reply' and {by_phone}",
        direction="case when a.kind = 'reply' then 'INBOUND' else 'OUTBOUND' end",
        outcome=chance.weighted(CALL_OUTCOMES, "call outcome", _ACTIVITY),
    )
    yield _ActivityFile(
        "emails",
        "Email",
        kinds=f"a.kind in ('email', 'mailing', 'automated') or a.kind = 'reply' and not {by_phone}",
        direction="case when a.kind = 'reply' then 'INCOMING_EMAIL' "
        f"when {chance('forwarded', _ACTIVITY)} < 0.03 then 'FORWARDED_EMAIL' else 'EMAIL' end",
    )
    held = chance.weighted(MEETING_OUTCOMES, "meeting outcome", _ACTIVITY)
    yield _ActivityFile(
        "meetings",
        "Meeting",
        kinds="a.kind = 'meeting'",
        outcome=f"case when a.done_at > {drop.until} then 'SCHEDULED' else {held} end",
    )


def _activities(drop: Drop, chance: Chance, file: _ActivityFile) -> str:
    """What was entered in the drop's time, and meetings that took place in it."""
    columns = "".join(
        f'{value} as "{file.name} {what}",'
        for what, value in (("direction", file.direction), ("outcome", file.outcome))
        if value
    )
    with_colleague = (
        f"l.c <> l.n and l.c <> l.p and {chance('with colleague', _ACTIVITY)} < 0.25 "
        "and coalesce(c.deleted_at, c.merged_at) is null"
    )
    changed_later = (
        f"a.logged_at <= {drop.since_or_start} and {drop.holds('a.done_at')}"
        if file.stem == "meetings"
        else "false"
    )
    return f"""
select
    {_id(_FIRST_ACTIVITY, _ACTIVITY)} as "Record ID",
    {_minute("a.done_at")} as "Activity date",
    p.email as "Activity assigned to",
    {columns}
    {_id(_FIRST_CONTACT, "a.n")} || case when {with_colleague}
        then ';' || {_id(_FIRST_CONTACT, "l.c")} else '' end as "Associated Contact IDs",
    {_minute("greatest(a.logged_at, a.done_at * (a.kind <> 'meeting')::int)")} as "Create date"
from activities as a
join leads as l on l.n = a.n
join leads as c on c.n = l.c
join people as p on p.number = a.person
where ({file.kinds}) and {_kept(drop, "l")} and ({drop.holds("a.logged_at")} or {changed_later})
order by a.logged_at, a.n, a.seq"""


def _deals(company: Company, drop: Drop, chance: Chance) -> str:
    words = [word for stage in company.labels.deal_stages for word in stage]
    words += [company.labels.won, company.labels.lost]
    entered = ",\n        ".join(
        f"min(entered_at) filter (stage = {literal(word)}) as entered_{number}"
        for number, word in enumerate(words)
    )
    columns = ",\n    ".join(
        f'{_minute(f"s.entered_{number}")} as "Date entered ""{word} ({PIPELINE})"""'
        for number, word in enumerate(words)
    )
    return f"""
with shown as (
    select
        d, max(entered_at) as changed_at, arg_max(stage, seq) as stage,
        arg_max(amount, seq) as amount, arg_max(closes_at, seq) as closes_at,
        {entered}
    from ({stages(company)})
    where entered_at <= {drop.until}
    group by d
),
people_of as (
    select
        d, max(opp_at) as joined_at,
        string_agg({_id(_FIRST_CONTACT, "n")}, ';' order by n) as contacts
    from lead_deals where opp_at <= {drop.until}
    group by d
)
select
    {_id(_FIRST_DEAL, "d.d")} as "Record ID",
    d.company_name || ' - New Business' as "Deal Name",
    {literal(PIPELINE)} as "Pipeline",
    s.stage as "Deal Stage",
    s.amount::varchar as "Amount",
    d.currency as "Currency",
    {_minute("s.closes_at")} as "Close Date",
    {_minute("d.created_at")} as "Create Date",
    p.email as "Deal owner",
    case when s.stage = {literal(company.labels.lost)}
        then {chance.one_of(_LOST_REASONS, "lost reason", "d.d")} else '' end
        as "Closed Lost Reason",
    {_text("o.contacts")} as "Associated Contact IDs",
    {columns},
    {_minute("greatest(s.changed_at, o.joined_at)")} as "Last Modified Date"
from deals as d
join shown as s on s.d = d.d
join people as p on p.number = d.owner
left join people_of as o on o.d = d.d
where {drop.holds("greatest(s.changed_at, o.joined_at)")}
order by d.d"""


def _id(first: int, number: str) -> str:
    return f"({first} + {number})::varchar"


def _text(value: str) -> str:
    return f"coalesce(({value})::varchar, '')"


def _relabel(value: str, labels: dict[str, str]) -> str:
    cases = " ".join(f"when {literal(k)} then {literal(v)}" for k, v in labels.items())
    return f"case {value} {cases} else {value} end"


def _minute(seconds: str) -> str:
    return _text(f"strftime(make_timestamp(({seconds}) * 1000000), '%Y-%m-%d %H:%M')")


def _exact_instant(seconds: str) -> str:
    return _text(f"strftime(make_timestamp(({seconds}) * 1000000), '%Y-%m-%dT%H:%M:%SZ')")
