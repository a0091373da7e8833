"""An exports folder read into plain records, the same shape for every CRM.

Only well-formed UTF-8 comma files in drop folders with an ISO date in their name (or a
``_export.json``) are understood: what other dialects mean is for the loader's own tests.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from tests.reference.agreement import Agreement, blank_to_none, norm, truth
from tests.reference.clock import is_bare_date, local_date, parse_date, parse_instant

Row = dict[str, str | None]

STAGE_DATES = ("mql", "sal", "sql", "opportunity", "won", "lost", "rejected", "dead", "recycled")
STAGE_ORDER = ("new", *STAGE_DATES)


@dataclass
class Drop:
    folder: Path
    exported_at: datetime
    is_full: bool


@dataclass
class Version:
    """One export of one record. ``position`` is its place in reading order."""

    exported_at: datetime
    modified_at: datetime | None
    position: int
    values: Row


@dataclass
class Record:
    record_id: str
    versions: list[Version] = field(default_factory=list)
    absent_since: datetime | None = None  # of the full drop that no longer holds it

    @property
    def current(self) -> Version:
        return max(
            self.versions,
            key=lambda v: (v.modified_at or datetime.min, v.exported_at, v.position),
        )

    def now(self, name: str) -> str | None:
        return self.current.values.get(name)

    def is_deleted(self, as_of: datetime) -> bool:
        is_absent = self.absent_since is not None and self.absent_since <= as_of
        return is_absent or truth(self.now("is_deleted"))


@dataclass
class Change:
    """One recorded change of one field. ``order`` sorts the changes of one instant."""

    record_id: str
    field: str
    old: str | None
    new: str | None
    at: datetime
    order: str
    by: str | None = None  # who made it, as written; `automation` where no person did


@dataclass
class Activity:
    kind: str  # the object it came in
    record_id: str
    party_ids: list[str]  # leads, or contacts that leads converted into
    owner: str | None
    raw_type: str | None
    direction: str | None  # inbound, outbound, internal, or None when unknown
    at: datetime | None
    logged_at: datetime | None
    is_done: bool
    is_deleted: bool


@dataclass
class Opportunity:
    record_id: str
    stage: str | None
    amount: str | None
    currency: str | None
    created_at: datetime | None
    close_date: date | None  # in the reporting time zone
    close_instant: datetime | None  # only where the CRM gives an instant for it
    is_closed: bool
    is_won: bool
    source: str | None
    owner: str | None
    employees: str | None
    country: str | None
    is_deleted: bool
    lead_ids: set[str] = field(default_factory=set)
    # (instant, raw stage) in order
    stage_history: list[tuple[datetime, str]] = field(default_factory=list)


@dataclass
class Review:
    lead_id: str
    rejected_at: datetime | None
    ruling: str
    ruled_at: datetime
    record_id: str


@dataclass
class Crm:
    name: str
    kind: str  # salesforce, hubspot, generic
    status_fields: tuple[str, ...]
    changes_have_old: bool
    drops: list[Drop]
    leads: dict[str, Record] = field(default_factory=dict)
    lead_drops: list[datetime] = field(default_factory=list)  # the drops that hold leads
    changes: list[Change] = field(default_factory=list)
    merged_into: dict[str, set[str]] = field(default_factory=dict)
    contacts: dict[str, set[str]] = field(default_factory=dict)  # contact -> leads
    # owner id -> (name, team); a queue has the team None and is listed in queues
    users: dict[str, tuple[str | None, str | None]] = field(default_factory=dict)
    user_aliases: dict[str, str] = field(default_factory=dict)  # e-mail or name -> owner id
    queues: set[str] = field(default_factory=set)
    activities: list[Activity] = field(default_factory=list)
    opportunities: dict[str, Opportunity] = field(default_factory=dict)
    reviews: list[Review] = field(default_factory=list)

    def has_history(self, name: str) -> bool:
        return any(change.field == name for change in self.changes)

    def has_stage_history(self) -> bool:
        return any(self.has_history(name) for name in self.status_fields)

    def has_stage_dates(self) -> bool:
        return any(
            version.values.get(f"{stage}_at") is not None
            for record in self.leads.values()
            for version in record.versions
            for stage in STAGE_ORDER
        )

    def changes_of(self, record_id: str, *names: str) -> list[Change]:
        found = [c for c in self.changes if c.record_id == record_id and c.field in names]
        return sorted(found, key=lambda c: (c.at, c.order))

    def owner_id(self, raw: str | None) -> str | None:
        """What an owner is called in keys: never a person's name or address."""
        if raw is None or raw in self.users or raw in self.queues:
            return raw
        found = self.user_aliases.get(norm(raw), raw)
        if "@" in found or " " in found:
            return "~" + hashlib.md5(found.lower().encode()).hexdigest()[:16]
        return found

    def survivor(self, record_id: str) -> str:
        """The end of a record's chain of merges."""
        seen = {record_id}
        while True:
            onward = sorted(self.merged_into.get(record_id, set()) - seen)
            if not onward:
                return record_id
            # a loser that an earlier survivor lists too: the longer way round is the chain
            record_id = next((o for o in onward if self.merged_into.get(o)), onward[0])
            seen.add(record_id)


def id15(text: str | None) -> str | None:
    return None if text is None else text[:15]


def read_exports(exports: Path, agreement: Agreement) -> list[Crm]:
    result = []
    for folder in sorted(p for p in exports.iterdir() if p.is_dir()):
        drops = _drops(folder)
        zone = agreement.reporting_timezone
        if folder.name == "salesforce":
            result.append(_salesforce(drops, zone))
        elif folder.name == "hubspot":
            result.append(_hubspot(drops, zone, _zone_of(agreement, "hubspot")))
        else:
            result.append(_generic(folder.name, drops, agreement.mappings[folder.name], zone))
    by_name = {crm.name: crm for crm in result}
    for crm in result:  # a side source may rule on another CRM's rejections
        target = _reviews_of(agreement.mappings.get(crm.name, {}))
        if target in by_name:
            by_name[target].reviews.extend(crm.reviews)
            crm.reviews = []
    return result


def _reviews_of(mapping: dict[str, Any]) -> str | None:
    for declared in mapping.get("objects", {}).values():
        feed = declared.get("feeds", {}).get("reviews", {})
        if "crm" in feed:
            return str(feed["crm"])
    return None


def newest_export(crms: list[Crm]) -> datetime:
    return max(drop.exported_at for crm in crms for drop in crm.drops)


def _zone_of(agreement: Agreement, crm: str) -> str:
    return str(agreement.mappings.get(crm, {}).get("timezone", "UTC"))


def _drops(folder: Path) -> list[Drop]:
    result = []
    for path in sorted(p for p in folder.iterdir() if p.is_dir()):
        exported_at = _instant_of_name(path.name)
        is_full = False
        manifest = path / "_export.json"
        if manifest.exists():
            said = json.loads(manifest.read_text(encoding="utf-8"))
            is_full = said.get("mode") == "full"
            exported_at = parse_instant(said.get("exported_at")) or exported_at
        if exported_at is None:
            raise ValueError(f"{path} has no instant in its name or _export.json")
        result.append(Drop(path, exported_at, is_full))
    return sorted(result, key=lambda drop: (drop.exported_at, drop.folder.name))


def _instant_of_name(name: str) -> datetime | None:
    if is_bare_date(name):
        return parse_instant(name)
    found = re.fullmatch(r"(\d{4})-?(\d{2})-?(\d{2})T(\d{2}):?(\d{2}):?(\d{2})Z", name)
    return None if found is None else datetime(*(int(part) for part in found.groups()))  # type: ignore[arg-type]


def _read(drop: Drop, stems: list[str]) -> tuple[bool, list[Row]]:
    """Whether a drop holds an object, and its rows; header names are lower-cased."""
    rows: list[Row] = []
    held = False
    wanted = [stem.lower() for stem in stems]
    for path in sorted(drop.folder.iterdir()):
        stem = re.sub(r"[_\- ]?\(?\d+\)?$", "", path.stem).strip().lower()
        if path.suffix.lower() != ".csv" or stem not in wanted:
            continue
        held = True
        with path.open(encoding="utf-8-sig", newline="") as handle:
            for row in csv.DictReader(handle):
                rows.append({k.strip().lower(): blank_to_none(v) for k, v in row.items()})
    return held, rows


def _records(
    drops: list[Drop],
    stems: list[str],
    key: Callable[[Row], str | None],
    modified: Callable[[Row], datetime | None] | None = None,
) -> tuple[dict[str, Record], list[datetime]]:
    """Every version of every record of an object, and the drops that hold the object."""
    records: dict[str, Record] = {}
    held_by: list[datetime] = []
    position = 0
    for drop in drops:
        held, rows = _read(drop, stems)
        if not held:
            continue
        held_by.append(drop.exported_at)
        here = set()
        for row in rows:
            record_id = key(row)
            if record_id is None:
                continue
            here.add(record_id)
            position += 1
            record = records.setdefault(record_id, Record(record_id))
            record.absent_since = None
            record.versions.append(
                Version(drop.exported_at, modified(row) if modified else None, position, row)
            )
        if drop.is_full:
            for record in records.values():
                if record.record_id not in here and record.absent_since is None:
                    record.absent_since = drop.exported_at
    return records, held_by


def _renamed(record: Record, names: dict[str, str]) -> Record:
    """The record with canonical field names (canonical -> delivered, lower case)."""
    return Record(
        record.record_id,
        [
            Version(
                v.exported_at,
                v.modified_at,
                v.position,
                {canonical: v.values.get(delivered) for canonical, delivered in names.items()},
            )
            for v in record.versions
        ],
        record.absent_since,
    )


def _with_names(records: dict[str, Record], names: dict[str, str]) -> dict[str, Record]:
    result = {}
    for record_id, record in records.items():
        renamed = _renamed(record, names)
        for version in renamed.versions:
            first, last = version.values.get("first_name"), version.values.get("last_name")
            if "first_name" in names:
                version.values["name"] = " ".join(p for p in (first, last) if p) or None
        result[record_id] = renamed
    return result


def _lines(drops: list[Drop], stems: list[str]) -> Iterator[tuple[int, Row]]:
    position = 0
    for drop in drops:
        for row in _read(drop, stems)[1]:
            position += 1
            yield position, row


# --- Salesforce -----------------------------------------------------------------------------

SALESFORCE_LEAD = {
    "is_deleted": "isdeleted",
    "master_record_id": "masterrecordid",
    "first_name": "firstname",
    "last_name": "lastname",
    "email": "email",
    "company": "company",
    "title": "title",
    "source": "leadsource",
    "status": "status",
    "industry": "industry",
    "employees": "numberofemployees",
    "country": "country",
    "owner": "ownerid",
    "created_at": "createddate",
    "contact_id": "convertedcontactid",
    "opportunity_id": "convertedopportunityid",
    "score": "lead_score__c",
    "reason": "disqualification_reason__c",
    "note": "disqualification_note__c",
}
SALESFORCE_FIELDS = {
    delivered: canonical
    for canonical, delivered in SALESFORCE_LEAD.items()
    if canonical not in ("is_deleted", "created_at", "owner")
}


def _salesforce(drops: list[Drop], zone: str) -> Crm:
    crm = Crm("salesforce", "salesforce", ("status",), True, drops)

    def by_id(row: Row) -> str | None:
        return id15(row.get("id"))

    def modified(row: Row) -> datetime | None:
        return parse_instant(row.get("systemmodstamp"))

    leads, crm.lead_drops = _records(drops, ["Lead"], by_id, modified)
    crm.leads = _with_names(leads, SALESFORCE_LEAD)
    for lead_id, record in crm.leads.items():
        for version in record.versions:
            version.values["owner"] = id15(version.values["owner"])
        master = id15(record.now("master_record_id"))
        if master is not None:
            crm.merged_into.setdefault(lead_id, set()).add(master)
        contact = id15(record.now("contact_id"))
        if contact is not None:
            crm.contacts.setdefault(contact, set()).add(lead_id)
    history, _ = _records(drops, ["LeadHistory"], by_id)
    for history_id, record in history.items():
        row = record.current.values
        at = parse_instant(row.get("createddate"))
        lead_id_of_row = id15(row.get("leadid"))
        name = (row.get("field") or "").lower()
        old, new = row.get("oldvalue"), row.get("newvalue")
        if at is None or lead_id_of_row is None:
            continue
        if name == "owner":
            if not any(v is not None and re.fullmatch(r"00[5G]\w{12,15}", v) for v in (old, new)):
                continue  # the row with the names
            old, new = id15(old), id15(new)
        canonical = "owner" if name == "owner" else SALESFORCE_FIELDS.get(name)
        if canonical is not None:
            author = id15(row.get("createdbyid"))
            crm.changes.append(Change(lead_id_of_row, canonical, old, new, at, history_id, author))
    roles, _ = _records(drops, ["UserRole"], by_id)
    users, _ = _records(drops, ["User"], by_id)
    for user_id, record in users.items():
        role = roles.get(id15(record.now("userroleid")) or "")
        crm.users[user_id] = (record.now("name"), role.now("name") if role else None)
    groups, _ = _records(drops, ["Group"], by_id)
    crm.queues = set(groups)
    tasks, _ = _records(drops, ["Task"], by_id, modified)
    for task_id, record in tasks.items():
        row = record.current.values
        is_call = norm(row.get("tasksubtype")) == "call"
        call_type = norm(row.get("calltype")) or None
        crm.activities.append(
            Activity(
                "Task",
                task_id,
                [p for p in (id15(row.get("whoid")),) if p],
                id15(row.get("ownerid")),
                row.get("tasksubtype"),
                call_type if is_call else None,
                parse_instant(row.get("completeddatetime"))
                or parse_instant(row.get("createddate")),
                parse_instant(row.get("createddate")),
                norm(row.get("status")) == "completed",
                record.absent_since is not None or truth(row.get("isdeleted")),
            )
        )
    events, _ = _records(drops, ["Event"], by_id, modified)
    for event_id, record in events.items():
        row = record.current.values
        crm.activities.append(
            Activity(
                "Event",
                event_id,
                [p for p in (id15(row.get("whoid")),) if p],
                id15(row.get("ownerid")),
                "meeting",
                None,
                parse_instant(row.get("startdatetime")),
                parse_instant(row.get("createddate")),
                True,
                record.absent_since is not None or truth(row.get("isdeleted")),
            )
        )
    accounts, _ = _records(drops, ["Account"], by_id, modified)
    opportunities, _ = _records(drops, ["Opportunity"], by_id, modified)
    for opportunity_id, record in opportunities.items():
        row = record.current.values
        account = accounts.get(id15(row.get("accountid")) or "")
        crm.opportunities[opportunity_id] = Opportunity(
            opportunity_id,
            row.get("stagename"),
            row.get("amount"),
            row.get("currencyisocode"),
            parse_instant(row.get("createddate")),
            _reporting_date(row.get("closedate"), "UTC", zone),
            None,
            truth(row.get("isclosed")),
            truth(row.get("iswon")),
            row.get("leadsource"),
            id15(row.get("ownerid")),
            account.now("numberofemployees") if account else None,
            account.now("billingcountry") if account else None,
            record.absent_since is not None or truth(row.get("isdeleted")),
        )
    for lead_id, record in crm.leads.items():
        opportunity = crm.opportunities.get(id15(record.now("opportunity_id")) or "")
        if opportunity is not None:
            opportunity.lead_ids.add(lead_id)
    stages, _ = _records(drops, ["OpportunityHistory"], by_id)
    for _history_id, record in sorted(stages.items()):
        row = record.current.values
        opportunity = crm.opportunities.get(id15(row.get("opportunityid")) or "")
        at, stage = parse_instant(row.get("createddate")), row.get("stagename")
        if opportunity is not None and at is not None and stage is not None:
            opportunity.stage_history.append((at, stage))
    return crm


# --- HubSpot --------------------------------------------------------------------------------

HUBSPOT_CONTACT = {
    "first_name": "first name",
    "last_name": "last name",
    "email": "email",
    "company": "company name",
    "title": "job title",
    "source": "original source",
    "score": "hubspot score",
    "lifecycle": "lifecycle stage",
    "lead_status": "lead status",
    "owner": "contact owner",
    "owner_assigned_at": "owner assigned date",
    "created_at": "create date",
    "new_at": "became a lead date",
    "mql_at": "became a marketing qualified lead date",
    "sql_at": "became a sales qualified lead date",
    "opportunity_at": "became an opportunity date",
    "won_at": "became a customer date",
    "industry": "industry",
    "employees": "number of employees",
    "country": "country/region",
    "reason": "disqualification reason",
    "note": "disqualification note",
    "deal_ids": "associated deal ids",
    "merged_ids": "merged contact ids",
}
HUBSPOT_PROPERTIES = {
    "lifecyclestage": "lifecycle",
    "hs_lead_status": "lead_status",
    "hubspot_owner_id": "owner",
    "hubspotscore": "score",
    "jobtitle": "title",
    "company": "company",
}
_DATE_ENTERED = re.compile(r'date entered "(.*) \([^()]*\)"')


def _hubspot(drops: list[Drop], reporting_zone: str, zone: str) -> Crm:
    crm = Crm("hubspot", "hubspot", ("lifecycle", "lead_status"), False, drops)

    def by_id(row: Row) -> str | None:
        return row.get("record id") or row.get("contact id")

    def modified(row: Row) -> datetime | None:
        return parse_instant(row.get("last modified date"), zone)

    contacts, crm.lead_drops = _records(drops, ["contacts"], by_id, modified)
    crm.leads = _with_names(contacts, HUBSPOT_CONTACT)
    instants = ["created_at", "owner_assigned_at", *(f"{stage}_at" for stage in STAGE_ORDER)]
    for lead_id, record in crm.leads.items():
        for version in record.versions:
            for name in instants:
                version.values[name] = _in_utc(version.values.get(name), zone)
        for loser in _ids(record.now("merged_ids")):
            crm.merged_into.setdefault(loser, set()).add(lead_id)
    seen: set[tuple[str | None, ...]] = set()
    for position, row in _lines(drops, ["contacts_property_history"]):
        at = parse_instant(row.get("timestamp"), zone)
        contact_id = by_id(row)
        changed = HUBSPOT_PROPERTIES.get(norm(row.get("property")))
        identity = (contact_id, changed, row.get("value"), row.get("timestamp"))
        if at is None or contact_id is None or changed is None or identity in seen:
            continue
        seen.add(identity)
        author = row.get("updated by")
        is_by_hand = norm(row.get("source type")).startswith(("crm_ui", "mobile"))
        if author is None and row.get("source type") is not None and not is_by_hand:
            author = "automation"
        crm.changes.append(
            Change(contact_id, changed, None, row.get("value"), at, f"{position:09d}", author)
        )
    owners, _ = _records(drops, ["owners"], lambda row: row.get("owner id"))
    for owner_id, record in owners.items():
        full_name = " ".join(p for p in (record.now("first name"), record.now("last name")) if p)
        crm.users[owner_id] = (full_name, record.now("team"))
        for alias in (record.now("email"), full_name):
            if alias:
                crm.user_aliases.setdefault(norm(alias), owner_id)
    for kind in ("calls", "emails", "meetings"):
        objects, _ = _records(drops, [kind], by_id)
        for activity_id, record in objects.items():
            row = record.current.values
            said = norm(row.get("call direction") or row.get("email direction"))
            direction = {
                "inbound": "inbound",
                "incoming_email": "inbound",
                "outbound": "outbound",
                "email": "outbound",
                "forwarded_email": "outbound",
            }.get(said)
            outcome = norm(row.get("call outcome") or row.get("meeting outcome"))
            crm.activities.append(
                Activity(
                    kind,
                    activity_id,
                    _ids(row.get("associated contact ids")),
                    crm.owner_id(row.get("activity assigned to")),
                    kind[:-1],
                    direction,
                    parse_instant(row.get("activity date"), zone),
                    parse_instant(row.get("create date"), zone),
                    kind != "meetings" or outcome in ("", "completed"),
                    record.absent_since is not None,
                )
            )
    deals, _ = _records(drops, ["deals"], by_id)
    for deal_id, record in deals.items():
        row = record.current.values
        deal = Opportunity(
            deal_id,
            row.get("deal stage"),
            row.get("amount"),
            row.get("currency"),
            parse_instant(row.get("create date"), zone),
            _reporting_date(row.get("close date"), zone, reporting_zone),
            None,
            False,
            False,
            None,
            crm.owner_id(row.get("deal owner")),
            None,
            None,
            record.absent_since is not None,
            set(_ids(row.get("associated contact ids"))),
        )
        for column, value in row.items():
            found = _DATE_ENTERED.fullmatch(column)
            entered = parse_instant(value, zone)
            if found is not None and entered is not None:
                deal.stage_history.append((entered, found.group(1)))
        crm.opportunities[deal_id] = deal
    for lead_id, record in crm.leads.items():
        for deal_id in _ids(record.now("deal_ids")):
            if deal_id in crm.opportunities:
                crm.opportunities[deal_id].lead_ids.add(lead_id)
    return crm


# --- Generic --------------------------------------------------------------------------------


def _generic(name: str, drops: list[Drop], mapping: dict[str, Any], reporting_zone: str) -> Crm:
    crm = Crm(name, "generic", ("status",), True, drops)
    zone = str(mapping.get("timezone", "UTC"))

    def source_of(canonical: str) -> tuple[list[str], dict[str, Any]]:
        for object_name, declared in mapping["objects"].items():
            if canonical in declared.get("feeds", {}):
                files = declared.get("files") or [object_name]
                return files, declared["feeds"][canonical]
        return [], {}

    def fill(row: Row, feed: dict[str, Any]) -> Row:
        return {
            canonical: column["constant"]
            if isinstance(column, dict)
            else row.get(column.strip().lower())
            for canonical, column in feed.items()
        }

    def records(canonical: str, key: str) -> tuple[dict[str, Record], list[datetime]]:
        stems, feed = source_of(canonical)
        found, held = _records(drops, stems, lambda row: fill(row, feed).get(key))
        for record in found.values():
            for version in record.versions:
                version.values = fill(version.values, feed)
        return found, held

    crm.leads, crm.lead_drops = records("leads", "lead_id")
    for record in crm.leads.values():
        for version in record.versions:
            for instant in ("created_at", *(f"{stage}_at" for stage in STAGE_ORDER)):
                version.values[instant] = _in_utc(version.values.get(instant), zone)
    stems, feed = source_of("lead_history")
    seen: set[tuple[str | None, ...]] = set()
    for position, raw in _lines(drops, stems):
        row = fill(raw, feed)
        at = parse_instant(row.get("changed_at"), zone)
        lead_id, field_name = row.get("lead_id"), norm(row.get("field"))
        old, new = row.get("old_value"), row.get("new_value")
        identity = (lead_id, field_name, old, new, row.get("changed_at"))
        if at is None or lead_id is None or identity in seen:
            continue
        seen.add(identity)
        crm.changes.append(Change(lead_id, field_name, old, new, at, f"{position:09d}"))
    users, _ = records("users", "user_id")
    for user_id, record in users.items():
        crm.users[user_id] = (record.now("name"), record.now("team"))
        if record.now("name"):
            crm.user_aliases.setdefault(norm(record.now("name")), user_id)
    touches, _ = records("touches", "touch_id")
    for touch_id, record in touches.items():
        row = record.current.values
        crm.activities.append(
            Activity(
                "touches",
                touch_id,
                [p for p in (row.get("lead_id"),) if p],
                crm.owner_id(row.get("user_id")),
                row.get("type"),
                norm(row.get("direction")) or None,
                parse_instant(row.get("occurred_at"), zone),
                parse_instant(row.get("logged_at"), zone),
                True,
                record.absent_since is not None,
            )
        )
    opportunities, _ = records("opportunities", "opportunity_id")
    for opportunity_id, record in opportunities.items():
        row = record.current.values
        closed = row.get("closed_at")
        crm.opportunities[opportunity_id] = Opportunity(
            opportunity_id,
            row.get("stage"),
            row.get("amount"),
            row.get("currency"),
            parse_instant(row.get("created_at"), zone),
            _reporting_date(closed, zone, reporting_zone),
            None if closed is None or is_bare_date(closed) else parse_instant(closed, zone),
            truth(row.get("is_closed")) or truth(row.get("is_won")),
            truth(row.get("is_won")),
            row.get("source"),
            None,
            None,
            None,
            record.absent_since is not None,
            {p for p in (row.get("lead_id"),) if p},
        )
    for lead_id, record in crm.leads.items():
        linked = crm.opportunities.get(record.now("opportunity_id") or "")
        if linked is not None:
            linked.lead_ids.add(lead_id)
    stems, feed = source_of("reviews")
    rulings: dict[tuple[str | None, ...], Review] = {}
    for position, raw in _lines(drops, stems):
        row = fill(raw, feed)
        ruled_at = parse_instant(row.get("ruled_at"), zone)
        lead_id = row.get("lead_id")
        if lead_id is None or ruled_at is None:
            continue
        ruling = (lead_id, row.get("rejected_at"), row.get("ruling"), row.get("ruled_at"))
        rulings[ruling] = Review(
            lead_id,
            parse_instant(row.get("rejected_at"), zone),
            norm(row.get("ruling")),
            ruled_at,
            f"{position}",
        )
    crm.reviews = list(rulings.values())
    return crm


def _ids(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(";") if part.strip()]


def _in_utc(text: str | None, zone: str) -> str | None:
    at = parse_instant(text, zone)
    return None if at is None else at.isoformat(sep=" ")


def _reporting_date(text: str | None, zone: str, reporting_zone: str) -> date | None:
    """The date of a text: as written when it is a bare date, else in the reporting zone."""
    if text is None:
        return None
    if is_bare_date(text):
        return parse_date(text)
    at = parse_instant(text, zone)
    return None if at is None else local_date(at, reporting_zone)
