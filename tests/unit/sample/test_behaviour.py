"""The sample behaves like a company: rates in believable bands, habits, hours, and its mess."""

from __future__ import annotations

import pytest

from .conftest import Sample

MOVES = """
create or replace temp table moves as
select
    LeadId as lead,
    min(CreatedDate) filter (NewValue = 'MQL')::timestamp as mql_at,
    min(CreatedDate) filter (NewValue in ('Accepted', 'Working - Contacted'))::timestamp as sal_at,
    min(CreatedDate) filter (NewValue = 'Qualified')::timestamp as sql_at,
    min(CreatedDate) filter (NewValue = 'Closed - Converted')::timestamp as opp_at,
    min(CreatedDate) filter (NewValue = 'Unqualified')::timestamp as rejected_at,
    min(CreatedDate) filter (NewValue = 'No Response')::timestamp as dead_at,
    min(CreatedDate) filter (NewValue in ('Nurture', 'Recycled'))::timestamp as recycled_at
from salesforce."LeadHistory" where Field = 'Status' group by 1;
create or replace temp table rep_owned as
select h.LeadId as lead, h.CreatedDate::timestamp as routed_at, h.NewValue as rep
from salesforce."LeadHistory" as h
join moves as m on m.lead = h.LeadId and h.CreatedDate::timestamp >= m.mql_at
join salesforce."User" as u on u.Id = h.NewValue and u.drop = 1
join salesforce."UserRole" as r on r.Id = u.UserRoleId and r.Name[1:3] in ('SDR', 'Sal', 'AE ')
where h.Field = 'Owner'
qualify row_number() over (partition by h.LeadId order by h.Id) = 1;
create or replace temp table touched as
select
    o.*,
    min(t.CompletedDateTime::timestamp) as first_touch_at
from rep_owned as o
left join salesforce."Task" as t
    on t.WhoId = o.lead and t.OwnerId[1:3] = '005' and t.CallType is distinct from 'Inbound'
    and t.TaskSubtype in ('Call', 'Email', 'LinkedIn')
    and t.CompletedDateTime::timestamp >= o.routed_at
group by all
"""


@pytest.fixture(scope="module")
def floor(large: Sample) -> Sample:
    large.con.execute(MOVES)
    return large


def test_funnel_narrows_as_funnels_do(floor: Sample) -> None:
    mql, sal, sql, opp = floor.rows("""
select count(*), count(sal_at), count(sql_at), count(opp_at) from moves where mql_at is not null
""")[0]
    assert 0.5 < mql / 20_000 < 0.7
    assert 0.7 < sal / mql < 0.9
    assert 0.20 < sql / mql < 0.32
    assert 0.52 < opp / sql < 0.70
    closed, won = floor.rows("""
select count(*) filter (IsClosed = 'true'), count(*) filter (IsWon = 'true')
from salesforce."Opportunity" where drop = 1""")[0]
    assert 0.22 < won / closed < 0.40


def test_sources_differ_in_volume_and_conversion(floor: Sample) -> None:
    rates = dict(
        floor.rows("""
select LeadSource, count(sql_at) / count(*)
from moves join salesforce."Lead" as l on l.Id = lead and l.drop = 1
where mql_at is not null and LeadSource is not null group by 1 having count(*) > 150""")
    )
    assert 0.08 < rates["Paid Social"] < 0.20
    assert 0.28 < rates["Website"] < 0.45
    assert rates["Customer Referral"] > 2 * rates["Paid Social"]
    volumes = dict(floor.rows('select LeadSource, count(*) from salesforce."Lead" group by 1'))
    assert volumes["Webinar"] > 3 * volumes["Phone Inquiry"]


def test_recent_paid_social_converts_worse_than_before(floor: Sample) -> None:
    before, recently = floor.column("""
select count(sql_at) / count(*)
from moves join salesforce."Lead" as l on l.Id = lead and l.drop = 1
where LeadSource in ('Paid Social', 'LinkedIn Ads') and mql_at < '2026-11-01'
group by mql_at > '2026-07-23' order by mql_at > '2026-07-23'""")
    assert recently < 0.8 * before


def test_growth_weekends_and_hours(floor: Sample) -> None:
    by_weekday = dict(
        floor.rows("""
select isodow(CreatedDate::timestamp), count(*) from salesforce."Lead" where drop = 1 group by 1""")
    )
    assert 0.1 < (by_weekday[6] + by_weekday[7]) / (by_weekday[2] + by_weekday[3]) < 0.45
    first, last = floor.rows("""
select count(*) filter (CreatedDate < '2025-11-01'), count(*) filter (CreatedDate > '2026-09-01')
from salesforce."Lead" where CreatedDate[6:7] in ('09', '10')""")[0]
    assert last > 1.3 * first
    night, day = floor.rows("""
select count(*) filter (hour between 1 and 5), count(*) filter (hour between 9 and 13)
from (select extract(hour from CreatedDate::timestamp) as hour from salesforce."Lead"
    where Country in ('United Kingdom', 'UK'))""")[0]
    assert night < 0.15 * day


def test_reps_touch_leads_in_their_own_working_hours(floor: Sample) -> None:
    outside, all_touches = floor.rows("""
select
    count(*) filter (extract(hour from local) not between 8 and 17 or isodow(local) > 5), count(*)
from (
    select timezone(u.TimeZoneSidKey, t.CompletedDateTime::timestamptz) as local
    from salesforce."Task" as t
    join salesforce."User" as u on u.Id = t.OwnerId and u.drop = 1
    join salesforce."UserRole" as r on r.Id = u.UserRoleId and r.Name[1:3] = 'SDR'
    where t.TaskSubtype in ('Call', 'Email', 'LinkedIn')
        and t.CallType is distinct from 'Inbound'
)""")[0]
    assert 0 < outside < 0.04 * all_touches
    holiday, ordinary_friday = (
        floor.value(f"""
select count(*) from salesforce."Task" as t
join salesforce."User" as u on u.Id = t.OwnerId and u.TimeZoneSidKey = 'America/New_York'
where t.CompletedDateTime[1:10] = '{day}' and t.TaskSubtype = 'Call' and u.drop = 1""")
        for day in ("2026-07-03", "2026-07-10")
    )
    assert holiday < 0.4 * ordinary_friday


def test_reps_differ_and_some_leads_are_never_touched(floor: Sample) -> None:
    """The share of leads touched within an hour of routing, by rep, in working hours only."""
    prompt = floor.column("""
select avg((first_touch_at <= routed_at + interval 1 hour)::int) as share
from touched join salesforce."User" as u on u.Id = rep and u.drop = 1
where extract(hour from timezone(u.TimeZoneSidKey, routed_at at time zone 'UTC')) between 10 and 15
    and isodow(routed_at) <= 5 and routed_at < '2026-11-01'
group by rep having count(*) > 100 order by share""")
    assert len(prompt) >= 10
    assert prompt[0] < 0.5
    assert prompt[-1] > 0.9
    untouched = floor.value("""
select avg((first_touch_at is null)::int) from touched where routed_at < '2026-11-01'""")
    assert 0.02 < untouched < 0.12


def test_obligations_are_met_and_missed(floor: Sample) -> None:
    in_time = {
        "handoff": floor.value("""
select avg((routed_at <= mql_at + interval 5 minute)::int)
from moves join rep_owned using (lead)"""),
        "disposition": floor.value("""
select avg((least(sal_at, sql_at, rejected_at, dead_at, recycled_at)
    <= routed_at + interval 72 hour)::int)
from moves join rep_owned using (lead) where routed_at < '2026-11-01'"""),
        "feedback": floor.value("""
select avg((Disqualification_Reason__c is not null
    and Disqualification_Reason__c not in ('Other', 'Duplicate', 'Bad Contact Data')
    and Disqualification_Note__c is not null)::int)
from salesforce."Lead" where Status = 'Unqualified'"""),
        "contest_review": floor.value("""
select avg((ruled_at::timestamp <= rejected_at::timestamp + interval 7 day)::int)
from salesforce.reviews"""),
        "cadence": floor.value("""
select avg((touches >= 6)::int) from (
    select lead, count(*) as touches from moves join salesforce."Task" on WhoId = lead
    where dead_at is not null and CompletedDateTime::timestamp between mql_at and dead_at
        and TaskSubtype in ('Call', 'Email', 'LinkedIn') and CallType is distinct from 'Inbound'
    group by 1)"""),
        "completeness": floor.value("""
select avg((LastName is not null and Company is not null and Title is not null
    and Email like '%@%.%' and LeadSource is not null and Lead_Score__c is not null)::int)
from salesforce."Lead" where drop = 1"""),
    }
    for clause, share in in_time.items():
        assert 0.5 < share < 0.99, clause
    rulings = dict(floor.rows("select ruling, count(*) from salesforce.reviews group by 1"))
    assert 0.1 < rulings["contested"] / sum(rulings.values()) < 0.4
    rejections = floor.value("""
select count(*) from salesforce."LeadHistory" where Field = 'Status' and NewValue = 'Unqualified'
""")
    assert 0.02 < 1 - sum(rulings.values()) / rejections < 0.2


def test_blank_fields_vary_by_source(floor: Sample) -> None:
    for column in ("Company", "Title", "Email", "Lead_Score__c", "LeadSource"):
        share = floor.value(
            f'select avg(({column} is null)::int) from salesforce."Lead" where drop = 1'
        )
        assert 0.02 < share < 0.10, column
    by_source = dict(
        floor.rows("""
select LeadSource, avg((Email is null)::int) from salesforce."Lead" where drop = 1 group by 1""")
    )
    assert by_source["Trade Show"] > 1.4 * by_source["Website"]


def test_recycled_leads_come_back(floor: Sample) -> None:
    gaps = floor.column("""
with ordered as (
    select *, lag(NewValue) over w as before, lag(CreatedDate) over w as since
    from salesforce."LeadHistory" where Field = 'Status'
    window w as (partition by LeadId order by Id)
)
select date_diff('day', since::timestamp, CreatedDate::timestamp) from ordered
where NewValue = 'MQL' and before in ('Nurture', 'Recycled')""")
    assert len(gaps) > 500
    soon = sum(gap < 30 for gap in gaps) / len(gaps)
    assert 0.2 < soon < 0.6
    assert max(gaps) > 90


def test_opportunities_have_amounts_currencies_and_an_open_pipeline(floor: Sample) -> None:
    amounts = dict(
        floor.rows("""
select case when a.NumberOfEmployees::int < 200 then 'smb'
    when a.NumberOfEmployees::int < 1000 then 'mid' else 'ent' end, median(o.Amount::int)
from salesforce."Opportunity" as o
join (select distinct on (Id) * from salesforce."Account") as a on a.Id = o.AccountId
where a.NumberOfEmployees is not null group by 1""")
    )
    assert amounts["smb"] * 1.5 < amounts["mid"]
    assert amounts["mid"] * 1.5 < amounts["ent"]
    currencies = dict(
        floor.rows('select CurrencyIsoCode, count(*) from salesforce."Opportunity" group by 1')
    )
    assert set(currencies) == {"USD", "EUR", "GBP"}
    assert currencies["USD"] > currencies["EUR"] > 100
    this_quarter, next_quarter, overdue = floor.rows("""
select
    count(*) filter (CloseDate between '2026-11-13' and '2026-12-31'),
    count(*) filter (CloseDate between '2027-01-01' and '2027-03-31'),
    count(*) filter (CloseDate < '2026-11-13')
from salesforce."Opportunity" where drop = 1 and IsClosed = 'false'""")[0]
    assert this_quarter > 100
    assert next_quarter > 20
    assert 0 < overdue < this_quarter
    stages_per_deal = floor.value("""
select count(*) / count(distinct OpportunityId) from salesforce."OpportunityHistory" """)
    assert 2.5 < stages_per_deal < 5


MESS = {
    "merged": "select count(*) from salesforce.\"Lead\" where MasterRecordId <> ''",
    "merge chain": """
select count(*) from salesforce."Lead" as a
join salesforce."Lead" as b on b.Id = a.MasterRecordId and b.MasterRecordId is not null""",
    "merged while worked": """
select count(*) from salesforce."Task" as t
join salesforce."Lead" as l on l.Id = t.WhoId and l.MasterRecordId is not null""",
    "deleted": """
select count(*) from salesforce."Lead" where IsDeleted = 'true' and MasterRecordId is null""",
    "test lead": "select count(*) from salesforce.\"Lead\" where Email like '%leadpact%.example'",
    "bad address": "select count(*) from salesforce.\"Lead\" where Email not like '%_@%_.%_'",
    "unmapped status": "select count(*) from salesforce.\"Lead\" where Status = 'On Hold'",
    "unmapped source": """
select count(*) from salesforce."Lead" where LeadSource = 'Podcast Sponsorship'""",
    "unmapped user": """
select count(*) from salesforce."LeadHistory" as h
join salesforce."User" as u on u.Id = h.NewValue
join salesforce."UserRole" as r on r.Id = u.UserRoleId and r.Name = 'Solutions Consulting'
where h.Field = 'Owner'""",
    "in a queue": "select count(*) from salesforce.\"Lead\" where OwnerId like '00G%'",
    "reassigned between reps": """
select count(*) from salesforce."LeadHistory" as h
join salesforce."User" as a on a.Id = h.OldValue and a.drop = 1
join salesforce."UserRole" as ar on ar.Id = a.UserRoleId and ar.Name like 'SDR%'
join salesforce."User" as b on b.Id = h.NewValue and b.drop = 1
join salesforce."UserRole" as br on br.Id = b.UserRoleId and br.Name like 'SDR%'
where h.Field = 'Owner'""",
    "left the company": "select count(*) from salesforce.\"User\" where IsActive = 'false'",
    "logged late": """
select count(*) from salesforce."Task"
where CreatedDate::timestamp > CompletedDateTime::timestamp + interval 1 hour""",
    "planned, not done": """
select count(*) from salesforce."Task" where Status = 'Not Started' and CompletedDateTime is null
""",
    "no completion time": """
select count(*) from salesforce."Task" where Status = 'Completed' and CompletedDateTime is null""",
    "deleted activity": "select count(*) from salesforce.\"Task\" where IsDeleted = 'true'",
    "list mail": "select count(*) from salesforce.\"Task\" where TaskSubtype = 'ListEmail'",
    "sequence mail": "select count(*) from salesforce.\"Task\" where TaskSubtype = 'Cadence'",
    "inbound call": "select count(*) from salesforce.\"Task\" where CallType = 'Inbound'",
    "on the contact": "select count(*) from salesforce.\"Task\" where WhoId like '003%'",
    "burst": """
select count(*) from (select CompletedDateTime::timestamp - lag(CompletedDateTime::timestamp)
    over (partition by WhoId, OwnerId order by CompletedDateTime) as gap from salesforce."Task")
where gap < interval 5 minute""",
    "meeting to come": """
select count(*) from salesforce."Event" where StartDateTime > '2026-11-20T02:00:00.000Z'""",
    "title found later": """
select count(*) from salesforce."LeadHistory" where Field = 'Title' and OldValue is null""",
    "title changed": """
select count(*) from salesforce."LeadHistory" where Field = 'Title' and OldValue is not null""",
    "company found later": """
select count(*) from salesforce."LeadHistory" where Field = 'Company'""",
    "score changed": """
select count(*) from salesforce."LeadHistory" where Field = 'Lead_Score__c'""",
    "taken up without MQL": """
select count(*) from salesforce."Lead" where Status = 'Qualified' and Id not in (
    select LeadId from salesforce."LeadHistory" where NewValue = 'MQL' or OldValue = 'MQL')""",
    "born as MQL": """
select count(*) from (select LeadId, arg_min(OldValue, Id) as first
    from salesforce."LeadHistory" where Field = 'Status' group by 1) where first = 'MQL'""",
    "MQL again while open": """
select count(*) from salesforce."LeadHistory"
where Field = 'Status' and NewValue = 'MQL' and OldValue in ('Accepted', 'Working - Contacted')""",
    "colleagues in one deal": """
select count(*) from (select ConvertedOpportunityId from salesforce."Lead"
    where IsConverted = 'true' and drop = 1 group by 1 having count(*) > 1)""",
    "deal without a lead": """
select count(*) from salesforce."Opportunity" where Id not in (
    select ConvertedOpportunityId from salesforce."Lead" where IsConverted = 'true')""",
    "reason outside the taxonomy": """
select count(*) from salesforce."Lead" where Disqualification_Reason__c = 'Other'""",
    "no reason": """
select count(*) from salesforce."Lead"
where Status = 'Unqualified' and Disqualification_Reason__c is null""",
    "line break in a note": """
select count(*) from salesforce."Lead" where Disqualification_Note__c like '%' || chr(10) || '%'""",
    "touched outside hours": """
select count(*) from salesforce."Task"
where TaskSubtype = 'Call' and isodow(CompletedDateTime::timestamp) = 7""",
    "late ruling": """
select count(*) from salesforce.reviews
where ruled_at::timestamp > rejected_at::timestamp + interval 7 day""",
}


@pytest.mark.parametrize("kind", MESS)
def test_each_kind_of_mess_is_in_a_large_sample(floor: Sample, kind: str) -> None:
    assert floor.value(MESS[kind]) > 0


SMALL_ENOUGH_TO_LACK = {
    "deleted activity", "colleagues in one deal", "touched outside hours", "meeting to come",
}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(MESS.keys() - SMALL_ENOUGH_TO_LACK))
def test_the_committed_sample_has_the_mess_too(small: Sample, kind: str) -> None:
    assert small.value(MESS[kind]) > 0


def test_hubspot_has_its_own_mess(small: Sample) -> None:
    chains = small.column("""
select "Merged Contact IDs" from hubspot.contacts where "Merged Contact IDs" like '%;%'""")
    assert chains
    losers = small.column("""
select unnest(string_split("Merged Contact IDs", ';')) from hubspot.contacts
where "Merged Contact IDs" <> '' and drop = 1""")
    assert (
        small.value(
            f"""select count(*) from hubspot.contacts where drop = 1
        and "Record ID" in ({", ".join(f"'{each}'" for each in losers)})"""
        )
        == 0
    )
    assert small.value(
        f"""select count(*) from hubspot.contacts_property_history
        where "Record ID" in ({", ".join(f"'{each}'" for each in losers)})"""
    ) > len(losers)
    counts = {
        "two contacts": """
select count(*) from hubspot.calls where "Associated Contact IDs" like '%;%'""",
        "reply": """
select count(*) from hubspot.emails where "Email direction" = 'INCOMING_EMAIL'""",
        "forwarded": """
select count(*) from hubspot.emails where "Email direction" = 'FORWARDED_EMAIL'""",
        "no show": """
select count(*) from hubspot.meetings where "Meeting outcome" = 'NO_SHOW'""",
        "employees as a range": """
select count(*) from hubspot.contacts where "Number of Employees" = '51-200'""",
        "unmapped status": """
select count(*) from hubspot.contacts where "Lead Status" = 'Legal Hold'""",
        "nobody's": """select count(*) from hubspot.contacts where "Contact owner" = '' """,
        "given to nobody": """
select count(*) from hubspot.contacts_property_history
where "Property" = 'hubspot_owner_id' and "Value" = '' """,
        "back to lead": """
select count(*) from hubspot.contacts where "Lifecycle Stage" = 'Lead'
    and "Became a Marketing Qualified Lead Date" <> '' """,
        "unmapped team": """
select count(*) from hubspot.owners where "Team" = 'Revenue Enablement'""",
    }
    for kind, query in counts.items():
        assert small.value(query) > 0, kind


@pytest.mark.parametrize(
    ("file", "start"),
    [
        ("salesforce/2026-11-13T020000Z/Task.csv", "00T"),
        ("hubspot/2026-11-13/emails.csv", '"3000'),
    ],
)
def test_one_row_of_each_crm_is_cut_short(small: Sample, file: str, start: str) -> None:
    lines = (small.folder / file).read_text(encoding="utf-8").splitlines()
    assert lines[-1].startswith(start)
    assert lines[-1].count(",") < lines[0].count(",")
    assert lines[-2].count(",") >= lines[0].count(",")
