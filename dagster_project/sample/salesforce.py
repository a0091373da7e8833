"""The simulated company as Salesforce exports it.

Belongs here: one query per export file, in API names, and Salesforce's way with ids, instants and
field history. Ids are valid 18-character ids: they sort by the instant of creation, differ within
the first 15 characters, and end in the checksum of those (one per prefix, as no letter after the
prefix is a capital).
"""

from __future__ import annotations

from collections.abc import Iterator

from dagster_project.sample.changes import snapshot
from dagster_project.sample.company import Company
from dagster_project.sample.deals import stages
from dagster_project.sample.drops import Drop, ExportFile
from dagster_project.sample.reviews import reviews
from dagster_project.sample.sql import Chance, literal

CHECKSUMS = {
    "00Q": "EAA", "017": "AAA", "005": "AAA", "00G": "EAA", "00E": "EAA", "00T": "EAA",
    "00U": "EAA", "006": "AAA", "008": "AAA", "001": "AAA", "003": "AAA",
}  # fmt: skip

# Records without an instant of their own are numbered from here on, as in an org of some age.
_FIRST_RECORD = int("5g0000000000", 36)

_SUBTYPES = {
    "call": "Call", "reply": "Call", "planned": "Call", "email": "Email", "social": "LinkedIn",
    "todo": "Task", "mailing": "ListEmail", "automated": "Cadence",
}  # fmt: skip
_SUBJECTS = {
    "call": ("Call", "Intro call", "Left voicemail", "Follow-up call"),
    "reply": ("Call back", "Inbound call"),
    "planned": ("Call", "Follow up"),
    "email": ("Email: introduction", "Email: next steps", "Email: following up, as promised"),
    "social": ("LinkedIn message", "LinkedIn connection request"),
    "todo": ("Research account",),
    "mailing": ("Newsletter", "Event invitation"),
    "automated": ("Sequence step 1",),
}
_FIELDS = {
    "status": "Status", "owner": "Owner", "score": "Lead_Score__c", "title": "Title",
    "company": "Company", "reason": "Disqualification_Reason__c", "created": "created",
    "converted": "leadConverted",
}  # fmt: skip


# A row cut short, as an interrupted export leaves it at the end of a file: stem and text.
CUT_ROW = ("Task", "00T5g00000000zzEAA,00Q5g0000000005EAA,0055g0000000008AAA,Call,Comple\n")


def company_files(drop: Drop) -> Iterator[ExportFile]:
    """The files that are written once per drop: users, and in the first one roles and queues."""
    left = "leaves" if drop.since is not None else "false"
    yield ExportFile(
        "User",
        f"""
select
    {_record_id("005", "number")} as "Id",
    trim(first_name || ' ' || last_name) as "Name",
    email as "Email",
    not {left} as "IsActive",
    {_record_id("00E", "team_number")} as "UserRoleId",
    timezone as "TimeZoneSidKey"
from people
where role <> 'queue' and {"leaves" if drop.since is not None else "true"}
order by "Id" """,
    )
    if drop.since is not None:
        return
    yield ExportFile(
        "UserRole",
        f"""
select {_record_id("00E", "team_number")} as "Id", any_value(team) as "Name"
from people where role <> 'queue'
group by team_number order by "Id" """,
    )
    yield ExportFile(
        "Group",
        f"""
select {_record_id("00G", "number")} as "Id", team as "Name", 'Queue' as "Type"
from people where role = 'queue' order by "Id" """,
    )


def chunk_files(company: Company, drop: Drop, chance: Chance) -> Iterator[ExportFile]:
    """The files of one drop that hold the leads of the current chunk and all that is theirs."""
    yield ExportFile("Lead", _leads(drop))
    yield ExportFile("LeadHistory", _lead_history(drop))
    yield ExportFile("Task", _tasks(drop, chance))
    yield ExportFile("Event", _events(drop))
    yield ExportFile("Opportunity", _opportunities(company, drop, chance))
    yield ExportFile("OpportunityHistory", _opportunity_history(company, drop))
    yield ExportFile("Account", _accounts(drop))
    yield ExportFile("Contact", _contacts(drop))
    yield ExportFile(
        "reviews",
        reviews(drop, chance, lead_id=_record_id("00Q", "n"), instant=_instant),
    )


def _leads(drop: Drop) -> str:
    return f"""
with shown as ({snapshot(drop.until)}),
known as (
    select
        l.*, s.* exclude (n),
        coalesce(l.merged_at <= {drop.until}, false) as is_merged,
        coalesce(l.deleted_at <= {drop.until}, false) as is_deleted,
        x.opp_at as converted_at, x.d,
        greatest(
            s.changed_at,
            case when is_merged then l.merged_at end,
            case when is_deleted then l.deleted_at end
        ) as modified_at
    from leads as l
    join shown as s on s.n = l.n
    left join lead_deals as x on x.n = l.n and x.opp_at <= {drop.until}
)
select
    {_record_id("00Q", "n")} as "Id",
    is_merged or is_deleted as "IsDeleted",
    case when is_merged then {_record_id("00Q", "merges_into")} end as "MasterRecordId",
    case when not blank_name then first_name end as "FirstName",
    case when not blank_name then last_name end as "LastName",
    case when not blank_email then email end as "Email",
    nullif(coalesce(shown_company, company_name), '') as "Company",
    nullif(coalesce(shown_title, title), '') as "Title",
    case when not blank_source then raw_source end as "LeadSource",
    shown_status as "Status",
    nullif(industry, '') as "Industry",
    employees as "NumberOfEmployees",
    nullif(country, '') as "Country",
    {_owner_id("shown_owner::bigint", "p.role")} as "OwnerId",
    {_instant("created_at")} as "CreatedDate",
    converted_at is not null as "IsConverted",
    {_date("converted_at")} as "ConvertedDate",
    case when converted_at is not null then {_record_id("001", "c")} end as "ConvertedAccountId",
    case when converted_at is not null then {_record_id("003", "n")} end as "ConvertedContactId",
    case when converted_at is not null then {_record_id("006", "d")} end
        as "ConvertedOpportunityId",
    shown_score as "Lead_Score__c",
    nullif(shown_reason, '') as "Disqualification_Reason__c",
    nullif(shown_note, '') as "Disqualification_Note__c",
    {_instant("modified_at")} as "SystemModstamp"
from known as k
join (select number, role from people) as p on p.number = k.shown_owner::bigint
where {drop.holds("modified_at")}
order by n"""


def _lead_history(drop: Drop) -> str:
    names = " ".join(f"when {literal(k)} then {literal(v)}" for k, v in _FIELDS.items())
    return f"""
with told as (
    select
        c.*, b.role as role_before, a.role as role_after,
        trim(b.first_name || ' ' || b.last_name) as name_before,
        trim(a.first_name || ' ' || a.last_name) as name_after
    from changes as c
    left join people as b on c.field = 'owner' and b.number = try_cast(c.value_before as bigint)
    left join people as a on c.field = 'owner' and a.number = try_cast(c.value as bigint)
    where (not c.is_initial or c.field = 'created') and c.field <> 'note'
        and {drop.holds("c.written_at")}
),
entries as (
    select n, written_at, seq * 2 as entry, actor, field,
        case when field = 'owner' then name_before else value_before end as old_value,
        case when field = 'owner' then name_after else value end as new_value
    from told
    union all
    select n, written_at, seq * 2 + 1, actor, field,
        {_owner_id("value_before::bigint", "role_before")},
        {_owner_id("value::bigint", "role_after")}
    from told where field = 'owner'
)
select
    {_timed_id("017", drop, "written_at", "n", "entry")} as "Id",
    {_record_id("00Q", "n")} as "LeadId",
    {_record_id("005", "actor")} as "CreatedById",
    {_instant("written_at")} as "CreatedDate",
    case field {names} end as "Field",
    nullif(old_value, '') as "OldValue",
    nullif(new_value, '') as "NewValue"
from entries
order by written_at, n, entry"""


def _tasks(drop: Drop, chance: Chance) -> str:
    number = "(n * 256 + seq)"
    subtypes = " ".join(f"when {literal(k)} then {literal(v)}" for k, v in _SUBTYPES.items())
    subjects = " ".join(
        f"when {literal(kind)} then {chance.one_of(words, 'subject', number)}"
        for kind, words in _SUBJECTS.items()
    )
    return f"""
with known as (
    select
        *,
        coalesce(done_at <= {drop.until}, false) as is_done,
        case when kind = 'planned'
            then logged_at + 86400 * (1 + floor({chance("planned for", number)} * 9)::bigint)
            else done_at
        end as due_at
    from activities
    where kind <> 'meeting' and ({drop.holds("logged_at")}
        or logged_at <= {drop.since_or_start} and {drop.holds("done_at")})
)
select
    {_timed_id("00T", drop, "logged_at", "n", "seq")} as "Id",
    {_who_id()} as "WhoId",
    {_record_id("005", "person")} as "OwnerId",
    case kind {subjects} end as "Subject",
    case when is_done then 'Completed' else 'Not Started' end as "Status",
    case kind {subtypes} end as "TaskSubtype",
    case when kind = 'reply' then 'Inbound' when kind in ('call', 'planned') then 'Outbound' end
        as "CallType",
    {_date("due_at")} as "ActivityDate",
    case when is_done and not ({chance("no completion time", number)} < 0.03
        and logged_at between done_at and done_at + 900) then {_instant("done_at")} end
        as "CompletedDateTime",
    {_instant("logged_at")} as "CreatedDate",
    {_record_id("005", "person")} as "CreatedById",
    {chance("task deleted", number)} < 0.002 as "IsDeleted"
from known
order by logged_at, n, seq"""


def _events(drop: Drop) -> str:
    return f"""
select
    {_timed_id("00U", drop, "logged_at", "n", "seq")} as "Id",
    {_who_id()} as "WhoId",
    {_record_id("005", "person")} as "OwnerId",
    'Discovery meeting' as "Subject",
    {_instant("done_at")} as "StartDateTime",
    {_instant("done_at + 1800")} as "EndDateTime",
    {_instant("logged_at")} as "CreatedDate",
    false as "IsDeleted"
from activities
where kind = 'meeting' and {drop.holds("logged_at")}
order by logged_at, n, seq"""


def _opportunities(company: Company, drop: Drop, chance: Chance) -> str:
    own_source = chance.weighted([("Outbound", 55), ("Customer Referral", 15), ("", 30)],
                                 "own source", "d.d")  # fmt: skip
    return f"""
with shown as (
    select
        d, max(entered_at) as modified_at, arg_max(stage, seq) as stage,
        arg_max(amount, seq) as amount, arg_max(closes_at, seq) as closes_at, max(seq) as last_seq
    from ({stages(company)})
    where entered_at <= {drop.until}
    group by d
)
select
    {_record_id("006", "d.d")} as "Id",
    {_record_id("001", "d.c")} as "AccountId",
    d.company_name || ' - ' || strftime(make_timestamp(d.created_at * 1000000), '%b %Y') as "Name",
    s.stage as "StageName",
    s.amount as "Amount",
    d.currency as "CurrencyIsoCode",
    {_date("s.closes_at")} as "CloseDate",
    s.last_seq = 5 as "IsClosed",
    s.last_seq = 5 and d.is_won as "IsWon",
    nullif(case when d.d % 8 = 7 then {own_source} else l.raw_source end, '') as "LeadSource",
    {_record_id("005", "d.owner")} as "OwnerId",
    {_instant("d.created_at")} as "CreatedDate",
    {chance("deal deleted", "d.d")} < 0.006 as "IsDeleted",
    {_instant("s.modified_at")} as "SystemModstamp"
from deals as d
join shown as s on s.d = d.d
join leads as l on l.n = d.n
where {drop.holds("s.modified_at")}
order by d.d"""


def _opportunity_history(company: Company, drop: Drop) -> str:
    return f"""
select
    {_timed_id("008", drop, "entered_at", "d // 8", "(d % 8 * 8 + seq)")} as "Id",
    {_record_id("006", "d")} as "OpportunityId",
    stage as "StageName",
    amount as "Amount",
    {_date("closes_at")} as "CloseDate",
    {_instant("entered_at")} as "CreatedDate"
from ({stages(company)})
where {drop.holds("entered_at")}
order by entered_at, d, seq"""


def _accounts(drop: Drop) -> str:
    return f"""
with opened as (
    select c, min(created_at) as created_at, arg_min(n, (created_at, n)) as n from (
        select c, n, created_at from deals
        union all
        select l.c, l.n, x.opp_at from lead_deals as x join leads as l on l.n = x.n
    ) group by c
)
select
    {_record_id("001", "o.c")} as "Id",
    l.company_name as "Name",
    nullif(l.industry, '') as "Industry",
    l.employees as "NumberOfEmployees",
    nullif(l.country, '') as "BillingCountry"
from opened as o join leads as l on l.n = o.n
where {drop.holds("o.created_at")}
order by o.c"""


def _contacts(drop: Drop) -> str:
    return f"""
select
    {_record_id("003", "l.n")} as "Id",
    {_record_id("001", "l.c")} as "AccountId",
    case when not l.blank_email then l.email end as "Email"
from lead_deals as x join leads as l on l.n = x.n
where {drop.holds("x.opp_at")}
order by l.n"""


def _record_id(prefix: str, number: str) -> str:
    body = f"lower(to_base({_FIRST_RECORD} + ({number})::bigint, 36, 12))"
    return f"('{prefix}' || {body} || '{CHECKSUMS[prefix]}')"


def _timed_id(prefix: str, drop: Drop, at: str, n: str, seq: str) -> str:
    """An id that sorts by `at`, then lead, then `seq` (below 256)."""
    number = f"(({at}) - {drop.start}) * {2**35} + ({n}) * 256 + {seq}"
    return f"('{prefix}' || lower(to_base({number}, 36, 12)) || '{CHECKSUMS[prefix]}')"


def _owner_id(number: str, role: str) -> str:
    return (
        f"case when {role} = 'queue' then {_record_id('00G', number)} "
        f"else {_record_id('005', number)} end"
    )


def _who_id() -> str:
    return (
        f"case when is_on_contact then {_record_id('003', 'n')} else {_record_id('00Q', 'n')} end"
    )


def _instant(seconds: str) -> str:
    return f"strftime(make_timestamp(({seconds}) * 1000000), '%Y-%m-%dT%H:%M:%S.000Z')"


def _date(seconds: str) -> str:
    return f"strftime(make_timestamp(({seconds}) * 1000000), '%Y-%m-%d')"
