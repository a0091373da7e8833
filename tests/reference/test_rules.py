"""The reference itself, against cases computed by hand."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.reference.agreement import is_email, read_agreement
from tests.reference.clock import Calendar, parse_instant, start_of_day
from tests.reference.companies import DOUBTS, write_company
from tests.reference.cycles import quarter_start
from tests.reference.rules import (
    reference_cycles,
    reference_funnel,
    reference_obligations,
    reference_opportunities,
    reference_story,
    reference_touches,
)

OFFICE = {weekday: [(540, 1020)] for weekday in range(1, 6)}

SEEDS = {
    "business_hours": "calendar_id,timezone,weekday,opens,closes\n"
    + "".join(f"office,UTC,{weekday},09:00,17:00\n" for weekday in range(1, 6)),
    "team_roles": "crm,team,role_type,region,calendar_id\n"
    "salesforce,SDR,sdr,,\nhubspot,SDR,sdr,,\nzoho,SDR,sdr,,\nzoho,Ops,marketing,,\n",
    "stage_map": "crm,raw_stage,stage\n"
    + "".join(
        f"{crm},{stage},{stage}\n"
        for crm in ("salesforce", "hubspot", "zoho")
        for stage in ("new", "mql", "sal", "sql", "won", "lost", "rejected", "dead", "recycled")
    ),
    "touch_types": "crm,raw_type,direction,channel,is_human\n"
    "salesforce,call,any,phone,true\nhubspot,call,any,phone,true\nzoho,call,any,phone,true\n"
    "zoho,blast,any,email,false\n",
    "lead_sources": "crm,raw_source,source,sourced_by\nzoho,web,Website,marketing\n",
    "disqualification_reasons": "crm,raw_reason,reason_code\nzoho,broke,no_budget\nzoho,other,\n",
    "segments": "segment,min_employees,max_employees\nsmb,1,99\nmid,100,\n",
    "regions": "country,region\nUS,AMER\n",
    "internal_domains": "domain\nourco.example\n",
    "lead_definition": "criterion_id,kind,attribute,operator,value,effective_from,effective_to,"
    "description\nsize,firmographic,employees,at_least,50,2020-01-01,,\n",
    "required_fields": "field,rule,effective_from,effective_to\nemail,email,2020-01-01,\n",
    "sla_terms": "term_id,clause,side,segment,region,min_count,limit_value,limit_unit,clock,"
    "target_rate,require_note,effective_from,effective_to\n"
    "h,handoff,marketing,,,,5,minutes,wall,0.95,,2020-01-01,\n"
    "s,speed_to_lead,sales,,,,60,minutes,business,0.9,,2020-01-01,\n"
    "sm,speed_to_lead,sales,mid,,,30,minutes,business,0.9,,2020-01-01,\n"
    "d,disposition,sales,,,,72,hours,wall,1.0,,2020-01-01,\n"
    "f,feedback,sales,,,,,,,1.0,true,2020-01-01,\n"
    "c,cadence,sales,,,2,1,days,business,0.9,,2020-01-01,\n"
    "r,contest_review,marketing,,,,7,days,wall,1.0,,2020-01-01,\n"
    "fit,fit,marketing,,,,,,,0.85,,2020-01-01,2026-01-07\n",
}

MAPPING = """
crm: zoho
kind: generic
timezone: UTC
objects:
  leads:
    files: [leads]
    key: [lead_id]
    required: [lead_id]
    feeds: {leads: {lead_id: lead_id, created_at: created_at, email: email, status: status,
      owner: owner, employees: employees, source: source, reason: reason, note: note,
      mql_at: mql_at, sql_at: sql_at}}
  lead_history:
    required: [lead_id]
    feeds: {lead_history: {lead_id: lead_id, field: field, old_value: old_value,
      new_value: new_value, changed_at: changed_at}}
  users:
    key: [user_id]
    required: [user_id]
    feeds: {users: {user_id: user_id, name: name, team: team}}
  touches:
    key: [touch_id]
    required: [touch_id]
    feeds: {touches: {touch_id: touch_id, lead_id: lead_id, user_id: user_id, type: type,
      direction: direction, occurred_at: occurred_at}}
  opportunities:
    key: [opportunity_id]
    required: [opportunity_id]
    feeds: {opportunities: {opportunity_id: opportunity_id, lead_id: lead_id, stage: stage,
      created_at: created_at, closed_at: closed_at, is_won: is_won, is_closed: is_closed}}
  reviews:
    required: [lead_id]
    feeds: {reviews: {lead_id: lead_id, rejected_at: rejected_at, ruling: ruling,
      ruled_at: ruled_at}}
"""

Rows = list[dict[str, Any]]
Answer = Callable[..., Rows]


@pytest.fixture
def company(tmp_path: Path) -> Callable[..., Callable[[Answer], Rows]]:
    """Writes files (path below exports -> text) and asks the reference about them."""

    def write(files: dict[str, str], **variables: Any) -> Callable[[Answer], Rows]:
        agreement = tmp_path / "agreement"
        (agreement / "mappings").mkdir(parents=True)
        for name, text in SEEDS.items():
            (agreement / f"{name}.csv").write_text(text, encoding="utf-8")
        (agreement / "mappings" / "zoho.yml").write_text(MAPPING, encoding="utf-8")
        said = "".join(f"{name}: {value}\n" for name, value in variables.items())
        (agreement / "vars.yml").write_text(said, encoding="utf-8")
        for name, text in files.items():
            path = tmp_path / "exports" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text.replace("; ", "\n") + "\n", encoding="utf-8")
        return lambda answer: answer(tmp_path / "exports", agreement)

    return write


def at(text: str) -> datetime:
    instant = parse_instant(f"2026-{text}")
    assert instant is not None
    return instant


# --- the business clock ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "due"),
    [
        ("2026-11-20 16:30", "2026-11-23 09:30"),  # a Friday
        ("2026-11-21 15:00", "2026-11-23 10:00"),
        ("2026-11-21 20:00", "2026-11-23 10:00"),
        ("2026-11-20 16:00", "2026-11-20 17:00"),
    ],
)
def test_an_hour_of_office_time(start: str, due: str) -> None:
    calendar = Calendar("office", "UTC", OFFICE)
    begun, ended = parse_instant(start), parse_instant(due)
    assert begun is not None
    assert ended is not None
    assert calendar.deadline(begun, 3600) == ended
    assert calendar.seconds_between(begun, ended) == 3600


def test_a_holiday_is_no_business_day() -> None:
    calendar = Calendar("office", "UTC", OFFICE, {date(2026, 11, 23)})
    assert calendar.deadline(datetime(2026, 11, 20, 16, 30), 3600) == datetime(2026, 11, 24, 9, 30)


def test_an_hour_is_an_hour_when_the_clocks_change() -> None:
    calendar = Calendar("always", "America/New_York", {d: [(0, 1440)] for d in range(1, 8)})
    before = datetime(2026, 3, 8, 6, 30)  # 01:30 in New York, an hour before the gap
    assert calendar.deadline(before, 3600) == datetime(2026, 3, 8, 7, 30)
    assert calendar.seconds_between(datetime(2026, 3, 8, 5), datetime(2026, 3, 9, 4)) == 23 * 3600


def test_office_hours_follow_the_local_clock() -> None:
    calendar = Calendar("office", "Europe/Berlin", OFFICE)
    assert calendar.deadline(datetime(2026, 3, 27, 15, 30), 3600) == datetime(2026, 3, 30, 7, 30)


def test_a_lunch_break_and_backwards() -> None:
    calendar = Calendar("lunch", "UTC", {1: [(540, 720), (780, 1020)]})
    assert calendar.deadline(datetime(2026, 11, 23, 11, 30), 3600) == datetime(2026, 11, 23, 13, 30)
    assert calendar.seconds_between(datetime(2026, 11, 23, 11), datetime(2026, 11, 23, 10)) == 0
    with pytest.raises(ValueError, match="never opens"):
        Calendar("closed", "UTC", {}).deadline(datetime(2026, 1, 1), 1)


def test_hours_that_run_into_each_other_on_a_spring_night_count_once() -> None:
    """02:45 does not exist and is read as 03:45, half an hour into the hours that open at 03:15."""
    calendar = Calendar("night", "Europe/Berlin", {7: [(60, 165), (195, 300)]})
    midnight = datetime(2026, 3, 28, 23)
    assert calendar.seconds_between(midnight, datetime(2026, 3, 29, 12)) == 3 * 3600
    assert calendar.deadline(midnight, 3 * 3600) == datetime(2026, 3, 29, 3)


def test_business_days_are_those_on_which_the_calendar_opens() -> None:
    calendar = Calendar("office", "UTC", OFFICE, {date(2026, 11, 23)})
    assert calendar.open_days_after(date(2026, 11, 20), date(2026, 11, 25)) == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-05T12:33:10.000Z", datetime(2026, 1, 5, 12, 33, 10)),
        ("2026-01-05T12:33:10.000+0000", datetime(2026, 1, 5, 12, 33, 10)),
        ("2026-01-05T12:33:10+02:00", datetime(2026, 1, 5, 10, 33, 10)),
        ("2026-01-05 12:33", datetime(2026, 1, 5, 11, 33)),
        ("2026-01-05", datetime(2026, 1, 4, 23, 0)),
        ("2026-13-05", None),
        ("soon", None),
    ],
)
def test_instants_are_utc(text: str, expected: datetime | None) -> None:
    assert parse_instant(text, "Europe/Berlin") == expected


def test_days_and_quarters() -> None:
    assert start_of_day(date(2026, 4, 1), "America/New_York") == datetime(2026, 4, 1, 4)
    assert quarter_start(date(2026, 1, 15), 11) == date(2025, 11, 1)
    assert quarter_start(date(2026, 1, 15), 2) == date(2025, 11, 1)
    assert quarter_start(date(2026, 5, 15), 1) == date(2026, 4, 1)


@pytest.mark.parametrize(
    ("text", "valid"),
    [("a@b.c", True), ("a@b", False), ("a@@b.c", False), ("a b@c.d", False), ("@b.c", False)],
)
def test_what_an_email_is(text: str, valid: bool) -> None:
    assert is_email(text) is valid


# --- cycles ---------------------------------------------------------------------------------

LEADS = "lead_id,created_at,email,status,owner,employees,source,reason,note,mql_at,sql_at"
HISTORY = "lead_id,field,old_value,new_value,changed_at"
USERS = "user_id,name,team; 1,Ann,SDR; 2,Bob,SDR; 9,Mo,Ops"


def test_cycles_open_close_and_requalify_at_the_gap(company: Any) -> None:
    ask = company(
        {
            "zoho/2026-05-01/leads.csv": f"{LEADS}; A,2026-01-05 08:00,,sal,1,,,,,,",
            "zoho/2026-05-01/lead_history.csv": f"{HISTORY}; "
            "A,status,new,mql,2026-01-05 09:00; "
            "A,status,mql,recycled,2026-01-06 09:00; "
            "A,status,recycled,mql,2026-02-05 09:00; "
            "A,status,mql,mql,2026-02-05 10:00; "
            "A,status,mql,rejected,2026-02-06 09:00; "
            "A,status,rejected,sal,2026-03-08 08:59:59",
            "zoho/2026-05-01/users.csv": USERS,
        }
    )
    first, second, third = ask(reference_cycles)
    assert first["cycle_id"] == "zoho:A#1"
    assert (first["mql_at"], first["closed_at"]) == (at("01-05 09:00"), at("01-06 09:00"))
    assert first["recycled_at"] == at("01-06 09:00")
    assert first["rejected_at"] is None
    assert first["routed_at"] == first["mql_at"]
    assert first["routed_to"] == "zoho:1"
    assert second["mql_at"] == at("02-05 09:00")
    assert second["counts_to_volume"] is True  # 30 days to the second
    assert second["rejected_at"] == at("02-06 09:00")
    assert third["is_mql_inferred"] is True
    assert third["sal_at"] == third["mql_at"] == at("03-08 08:59:59")
    assert third["counts_to_volume"] is False  # a second short of 30 days
    assert third["closed_at"] is None


def test_an_opportunity_first_opens_a_cycle_and_implies_the_stages_before(company: Any) -> None:
    ask = company(
        {
            "zoho/2026-05-01/leads.csv": f"{LEADS}; A,2026-01-05 08:00,,mql,1,,,,,,; "
            "B,2026-01-05 08:00,,new,1,,,,,,",
            "zoho/2026-05-01/lead_history.csv": f"{HISTORY}; A,status,new,mql,2026-01-07 09:00",
            "zoho/2026-05-01/opportunities.csv": "opportunity_id,lead_id,stage,created_at,"
            "closed_at,is_won,is_closed; O1,A,won,2026-01-06 10:00,2026-01-09,true,true; "
            "O2,B,mql,2026-01-06 10:00,,false,false; O3,,mql,2026-01-06 10:00,,false,false",
        },
        reporting_timezone="America/New_York",
    )
    first, second = ask(reference_cycles)
    assert first["is_mql_inferred"] is True
    assert first["mql_at"] == first["sal_at"] == first["opportunity_at"] == at("01-06 10:00")
    assert first["won_at"] == first["closed_at"] == at("01-09 05:00")  # the date begins there
    assert second["opportunity_key"] == "zoho:O2"
    assert second["closed_at"] is None
    opportunities = {row["opportunity_key"]: row for row in ask(reference_opportunities)}
    assert opportunities["zoho:O1"]["cycle_id"] == "zoho:A#1"
    assert opportunities["zoho:O1"]["is_won"] is True
    assert opportunities["zoho:O3"]["cycle_id"] is None
    everything = next(
        row
        for row in ask(reference_funnel)
        if (row["period"], row["dimension"]) == ("quarter", "all")
    )
    assert everything["period_start"] == date(2026, 1, 1)
    counts = [everything[k] for k in ("leads", "mql", "sal", "sql", "opportunity", "won")]
    assert counts == [2, 0, 0, 0, 2, 1]
    assert everything["open_cycles"] == 1


def test_a_deal_of_two_leads_counts_with_the_earliest_mql(company: Any) -> None:
    contacts = (
        "Record ID,Create Date,Lifecycle Stage,Lead Status,Contact owner,Associated Deal IDs,"
        "Merged Contact IDs,Became a Marketing Qualified Lead Date,Owner Assigned Date"
    )
    ask = company(
        {
            "hubspot/2026-05-01/contacts.csv": f"{contacts}; "
            "1,2026-01-05 08:00,mql,,ann@x.example,77,,2026-01-06 09:00,2026-01-06 10:00; "
            "2,2026-01-05 08:00,mql,,Bob B,,,2026-01-06 08:00,; "
            "3,2026-01-05 08:00,mql,,,,,2026-01-12 08:00,",
            "hubspot/2026-05-01/owners.csv": "Owner ID,Email,First Name,Last Name,Team; "
            "5,ann@x.example,Ann,A,SDR; 6,bob@x.example,Bob,B,SDR",
            "hubspot/2026-05-01/deals.csv": "Record ID,Deal Stage,Close Date,Create Date,"
            'Associated Contact IDs,"Date entered ""won (Sales)"""; '
            "77,won,2026-02-01 00:00,2026-01-10 09:00,2;3,2026-01-20 09:00",
        }
    )
    cycles = {row["lead_key"]: row for row in ask(reference_cycles)}
    assert cycles["hubspot:2"]["won_at"] == at("01-20 09:00")
    assert cycles["hubspot:1"]["won_at"] is None
    assert cycles["hubspot:3"]["opportunity_at"] is None
    assert cycles["hubspot:1"]["routed_at"] == at("01-06 10:00")
    assert cycles["hubspot:2"]["routed_at"] == at("01-06 08:00")
    assert cycles["hubspot:2"]["routed_to"] == "hubspot:6"
    assert cycles["hubspot:3"]["routed_at"] is None
    (opportunity,) = ask(reference_opportunities)
    assert opportunity["cycle_id"] == "hubspot:2#1"


SALESFORCE_LEAD = (
    "Id,IsDeleted,MasterRecordId,Email,LeadSource,Status,NumberOfEmployees,OwnerId,CreatedDate,"
    "ConvertedContactId,SystemModstamp"
)


def test_merged_leads_and_activities_on_the_contact(company: Any) -> None:
    lead = "00Q0000000000{}"
    ask = company(
        {
            "salesforce/2026-05-01/Lead.csv": f"{SALESFORCE_LEAD}; "
            f"{lead.format('01AAA')},1,{lead.format('02AAA')},,,mql,,005000000000001,"
            "2026-01-01 08:00:00,,2026-01-20 00:00:00; "
            f"{lead.format('02AAA')},true,{lead.format('03')},,,new,,,2026-01-01 08:00:00,,"
            "2026-01-20 00:00:00; "
            f"{lead.format('03')},0,,,,new,500,00G000000000001,2026-01-10 08:00:00,"
            "003000000000001,2026-01-20 00:00:00",
            "salesforce/2026-05-01/LeadHistory.csv": "Id,LeadId,CreatedDate,Field,OldValue,"
            "NewValue; "
            f"1,{lead.format('01')},2026-01-03T08:00:00.000Z,Status,new,mql; "
            f"2,{lead.format('03')},2026-01-12T08:00:00.000Z,Owner,Queue,Ann; "
            f"3,{lead.format('03')},2026-01-12T08:00:00.000Z,Owner,00G000000000001,"
            "005000000000001AAA",
            "salesforce/2026-05-01/User.csv": "Id,Name,UserRoleId; 005000000000001AAA,Ann,00E1",
            "salesforce/2026-05-01/UserRole.csv": "Id,Name; 00E1,SDR",
            "salesforce/2026-05-01/Task.csv": "Id,WhoId,OwnerId,Status,TaskSubtype,CallType,"
            "CompletedDateTime,CreatedDate; "
            "T1,003000000000001AAA,005000000000001,Completed,Call,,,2026-01-13 08:00:00; "
            f"T2,{lead.format('01')},005000000000001,Completed,Call,,,2026-01-02 08:00:00; "
            f"T3,{lead.format('01')},005000000000001,Not Started,Call,,,2026-01-13 08:00:00; "
            f"T4,{lead.format('02')},005000000000001,Completed,Call,Inbound,,2026-01-14 08:00:00; "
            f"T5,{lead.format('02')},005000000000001,Completed,Call,Internal,,2026-01-14 08:00:00",
        }
    )
    (cycle,) = ask(reference_cycles)
    assert cycle["cycle_id"] == "salesforce:00Q000000000003#1"
    assert cycle["mql_at"] == at("01-03 08:00")
    assert cycle["routed_at"] == at("01-12 08:00")
    assert cycle["segment"] == "mid"
    assert cycle["first_touch_at"] == at("01-13 08:00")
    assert (cycle["touches"], cycle["prior_touches"]) == (1, 1)
    assert cycle["replied_at"] == at("01-14 08:00")


def test_without_history_a_change_is_dated_by_the_drop_that_shows_it(company: Any) -> None:
    row = "00Q{},false,,,,{},,,2026-01-01 08:00:00,,{}"
    ask = company(
        {
            "salesforce/2026-02-01/Lead.csv": f"{SALESFORCE_LEAD}; "
            + row.format("1", "new", "2026-01-01 08:00:00")
            + "; "
            + row.format("2", "new", "2026-01-01 08:00:00"),
            "salesforce/2026-03-01/Lead.csv": f"{SALESFORCE_LEAD}; "
            + row.format("1", "mql", "2026-02-20 08:00:00")
            + "; "
            + row.format("2", "mql", "2026-02-01 00:00:00"),
        }
    )
    first, second = ask(reference_cycles)
    assert first["mql_at"] == at("02-20 08:00")
    assert second["mql_at"] == at("03-01 00:00")  # modified no later than the drop before


def test_a_full_drop_marks_what_it_no_longer_holds(company: Any) -> None:
    ask = company(
        {
            "zoho/2026-02-01/leads.csv": f"{LEADS}; A,2026-01-01,,mql,,,,,,,; "
            "B,2026-01-01,,mql,,,,,,,; T,2026-01-01,a@OURCO.example,mql,,,,,,,",
            "zoho/2026-03-01/leads.csv": f"{LEADS}; B,2026-01-01,,mql,,,,,,,",
            "zoho/2026-03-01/_export.json": '{"mode": "full"}',
        }
    )
    told = ask(lambda exports, agreement: reference_story(exports, agreement, "zoho:B"))
    assert told[1] == "event 2026-01-01 00:00:00 mql "
    assert ask(lambda exports, agreement: reference_story(exports, agreement, "zoho:T")) == [
        "zoho:T is a test lead"
    ]
    assert [(r["lead_key"], r["is_deleted"]) for r in ask(reference_cycles)] == [
        ("zoho:A", True),
        ("zoho:B", False),
    ]


def test_hubspot_history_holds_new_values(company: Any) -> None:
    ask = company(
        {
            "hubspot/2026-05-01/contacts.csv": "Record ID,Create Date,HubSpot Score,"
            "Lifecycle Stage,Lead Status,Contact owner,Merged Contact IDs; "
            "1,2026-01-05 08:00,90,mql,rejected,,2",
            "hubspot/2026-05-01/contacts_property_history.csv": "Record ID,Property,Value,"
            "Timestamp; 1,hubspotscore,10,2026-01-05 08:00; 1,hubspotscore,60,2026-01-06 09:00; "
            "1,hubspotscore,90,2026-01-06 09:01; 2,lifecyclestage,mql,2026-01-06 09:00; "
            "1,hs_lead_status,rejected,2026-01-08 09:00",
        }
    )
    (cycle,) = ask(reference_cycles)
    assert cycle["mql_at"] == at("01-06 09:00")
    assert cycle["score"] == 60
    assert cycle["rejected_at"] == cycle["closed_at"] == at("01-08 09:00")


def test_values_without_history_are_those_of_the_next_export(company: Any) -> None:
    ask = company(
        {
            "zoho/2026-02-01/leads.csv": f"{LEADS}; A,2026-01-01,x@y,mql,,10,web,,,,",
            "zoho/2026-03-01/leads.csv": f"{LEADS}; A,2026-01-01,x@y.z,mql,,60,web,,,,",
            "zoho/2026-02-01/lead_history.csv": f"{HISTORY}; A,status,new,mql,2026-02-01; "
            "B,source,,web,2026-01-01",
            "zoho/2026-03-01/lead_history.csv": f"{HISTORY}; A,status,mql,dead,2026-02-02; "
            "A,status,dead,mql,2026-02-03",
        }
    )
    first, second = ask(reference_cycles)
    assert (first["segment"], first["is_fit"], first["is_complete"]) == ("smb", False, False)
    assert (second["segment"], second["is_fit"], second["is_complete"]) == ("smb", True, True)
    assert second["source"] == "Website"


def test_score_entry_opens_at_the_threshold(company: Any) -> None:
    ask = company(
        {
            "zoho/2026-05-01/leads.csv": f"{LEADS}; A,2026-01-01,,mql,,,,,,,",
            "zoho/2026-05-01/lead_history.csv": f"{HISTORY}; A,score,10,49.9,2026-01-02; "
            "A,score,49.9,50,2026-01-03; A,score,50,70,2026-01-04; "
            "A,status,mql,dead,2026-01-05; A,score,70,80,2026-01-06; A,score,80,,2026-01-07; "
            "A,score,,50,2026-01-08",
        },
        mql_entry="score",
        mql_score_threshold=50,
    )
    assert [row["mql_at"] for row in ask(reference_cycles)] == [
        datetime(2026, 1, 3),
        datetime(2026, 1, 8),
    ]


# --- touches and the ledger -----------------------------------------------------------------


def test_touches_closer_than_the_spacing_do_not_count(company: Any) -> None:
    touched = ["09:00:00", "09:05:00", "09:10:01", "09:14:00", "09:19:01"]
    ask = company(
        {
            "zoho/2026-05-01/leads.csv": f"{LEADS}; A,2026-01-01,,mql,1,,,,,,",
            "zoho/2026-05-01/users.csv": USERS,
            "zoho/2026-05-01/touches.csv": "touch_id,lead_id,user_id,type,direction,occurred_at; "
            + "; ".join(f"{n},A,1,call,,2026-01-05 {t}" for n, t in enumerate(touched))
            + "; 7,A,9,call,,2026-01-06; 8,A,1,blast,,2026-01-06; 9,A,1,call,,2026-05-02; "
            "10,A,1,fax,,2026-01-06; 11,A,,call,inbound,2026-01-06",
        }
    )
    rows = ask(reference_touches)
    assert [row["is_counted"] for row in rows] == [True, False, True, False, True, False]
    assert rows[-1]["direction"] == "inbound"
    (cycle,) = ask(reference_cycles)
    assert (cycle["touches"], cycle["counted_touches"]) == (5, 3)


def obligations_of(ask: Callable[[Answer], Rows]) -> dict[tuple[str, str], dict[str, Any]]:
    return {(row["lead_key"][5:], row["clause"]): row for row in ask(reference_obligations)}


def test_the_ledger(company: Any) -> None:
    ask = company(
        {
            # a Friday at 16:30 is a pair of half hours over a weekend
            "zoho/2026-01-20/leads.csv": f"{LEADS}; "
            "A,2026-01-01,,mql,1,10,,,,,; "
            "B,2026-01-01,,mql,1,10,,broke,,,; "
            "C,2026-01-01,,dead,1,500,,,,,; "
            "D,2026-01-01,,mql,,10,,,,,; "
            "E,2026-01-01,,mql,1,10,,,,,; "
            "F,2026-01-01,,sal,1,10,,,,,",
            "zoho/2026-01-20/users.csv": USERS,
            "zoho/2026-01-20/lead_history.csv": f"{HISTORY}; "
            "A,status,new,mql,2026-01-09 16:20; "
            "A,owner,9,1,2026-01-09 16:30; "
            "B,status,new,mql,2026-01-09 16:30; "
            "B,status,mql,rejected,2026-01-12 09:00; "
            "C,status,new,mql,2026-01-05 09:00; "
            "C,status,mql,dead,2026-01-06 12:00; "
            "D,status,new,mql,2026-01-06 12:00; "
            "E,status,new,mql,2026-01-19 16:30; "
            "F,status,new,sal,2026-01-19 16:30",
            "zoho/2026-01-20/touches.csv": "touch_id,lead_id,user_id,type,direction,occurred_at; "
            "1,A,1,call,,2026-01-12 09:30; 2,C,1,call,,2026-01-05 09:30:01; "
            "3,C,1,call,,2026-01-05 12:00; 4,A,1,call,,2026-01-09 16:20",
            "zoho/2026-01-20/reviews.csv": "lead_id,rejected_at,ruling,ruled_at; "
            "B,2026-01-12 09:00,contested,2026-01-19 09:00; "
            "B,2026-01-11 09:00,accepted,2026-01-12 10:00",
        }
    )
    rows = obligations_of(ask)
    late = rows["A", "handoff"]
    assert (late["status"], late["fulfilled_at"]) == ("missed", at("01-09 16:30"))
    assert (late["decided_at"], late["elapsed_seconds"]) == (at("01-09 16:25"), 600)
    # the touch before the routing is after the mql: it fulfils at once
    speed = rows["A", "speed_to_lead"]
    assert (speed["status"], speed["elapsed_seconds"]) == ("met", 0)
    assert (speed["decided_at"], speed["due_at"]) == (at("01-09 16:30"), at("01-12 09:30"))
    assert rows["A", "disposition"]["status"] == "missed"
    assert rows["A", "disposition"]["fulfilled_at"] is None
    assert ("A", "fit") not in rows  # the term has ended
    assert rows["C", "fit"]["status"] == "met"
    assert rows["D", "fit"]["status"] == "missed"
    assert rows["B", "handoff"]["decided_at"] == at("01-09 16:30")
    assert rows["B", "speed_to_lead"]["exempt_reason"] == "closed_before_due"
    assert rows["B", "feedback"]["status"] == "missed"  # a reason, but no note
    review = rows["B", "contest_review"]
    assert (review["status"], review["fulfilled_at"]) == ("met", at("01-19 09:00"))
    assert rows["C", "speed_to_lead"]["term_id"] == "sm"
    assert rows["C", "speed_to_lead"]["elapsed_seconds"] == 1801
    assert rows["C", "speed_to_lead"]["status"] == "missed"
    cadence = rows["C", "cadence"]
    assert (cadence["status"], cadence["count_actual"], cadence["count_required"]) == ("met", 2, 2)
    assert cadence["decided_at"] == at("01-06 12:00")
    assert rows["D", "handoff"]["status"] == "missed"
    assert rows["D", "speed_to_lead"]["exempt_reason"] == "not_routed"
    assert rows["D", "speed_to_lead"]["starts_at"] is None
    assert rows["E", "disposition"]["status"] == "pending"
    assert {rows["F", c]["exempt_reason"] for c in ("handoff", "disposition")} == {"no_mql"}


def test_due_exactly_as_of_is_still_pending(company: Any) -> None:
    ask = company(
        {
            "zoho/2026-01-20/leads.csv": f"{LEADS}; A,2026-01-16 23:55,,mql,,,,,,,; "
            "B,2026-01-19 23:55,,mql,,,,,,,; C,2026-01-19 23:54:59,,mql,,,,,,,",
        }
    )
    rows = obligations_of(ask)
    assert rows["A", "handoff"]["status"] == "missed"
    assert rows["B", "handoff"]["status"] == "pending"
    assert rows["C", "handoff"]["status"] == "missed"


# --- the invented companies -----------------------------------------------------------------


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_a_company_is_the_same_for_the_same_seed(tmp_path: Path) -> None:
    write_company(tmp_path / "one", 3)
    write_company(tmp_path / "two", 3)
    write_company(tmp_path / "three", 4)
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    assert files_of(tmp_path / "one") != files_of(tmp_path / "three")
    with pytest.raises(ValueError, match="no such doubts: nonsense"):
        write_company(tmp_path / "four", 3, doubts=frozenset({"nonsense"}))


def test_companies_hold_every_verdict(tmp_path: Path) -> None:
    seen: set[tuple[str, str | None]] = set()
    for seed in range(6):
        made = write_company(
            tmp_path / str(seed),
            seed,
            crms=("salesforce", "hubspot", "zoho"),
            leads=50,
            forms=seed % 2 == 0,
            doubts=DOUBTS if seed > 2 else frozenset(),
        )
        cycles = reference_cycles(made.exports, made.agreement)
        assert len({row["cycle_id"] for row in cycles}) == len(cycles) > 60
        for row in cycles:
            assert row["mql_at"] <= made.as_of
            assert row["closed_at"] is None or row["closed_at"] >= row["mql_at"]
        for row in reference_obligations(made.exports, made.agreement):
            seen.add((row["clause"], row["exempt_reason"] or row["status"]))
    timed = {(c, s) for c in ("handoff", "disposition", "speed_to_lead")
             for s in ("met", "missed", "pending", "closed_before_due", "no_mql")}  # fmt: skip
    judged = {(c, s) for c in ("fit", "completeness", "feedback", "cadence", "contest_review")
              for s in ("met", "missed", "no_mql")}  # fmt: skip
    assert timed | judged | {("cadence", "replied"), ("cadence", "not_routed")} <= seen


def test_replaying_the_past_knows_nothing_later(tmp_path: Path) -> None:
    made = write_company(tmp_path, 1, drops=1)
    as_of = made.as_of - timedelta(days=30)
    rows = reference_cycles(made.exports, made.agreement, as_of)
    assert rows
    instants = [v for row in rows for v in row.values() if isinstance(v, datetime)]
    assert max(instants) <= as_of


def test_the_agreement_reads_its_variables(tmp_path: Path) -> None:
    made = write_company(tmp_path, 0, reporting_timezone="Asia/Kolkata", mql_entry="score")
    said = read_agreement(made.agreement)
    assert said.reporting_timezone == "Asia/Kolkata"
    assert said.variables["mql_score_threshold"] == 60
