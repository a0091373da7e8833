"""The files are shaped as the CRMs shape them, and refer to each other without a gap."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from dagster_project.settings import PROJECT_ROOT

from .conftest import Sample

SEEDS = PROJECT_ROOT / "dbt" / "seeds"

SALESFORCE = {
    "Lead": "Id IsDeleted MasterRecordId FirstName LastName Email Company Title LeadSource Status "
    "Industry NumberOfEmployees Country OwnerId CreatedDate IsConverted ConvertedDate "
    "ConvertedAccountId ConvertedContactId ConvertedOpportunityId Lead_Score__c "
    "Disqualification_Reason__c Disqualification_Note__c SystemModstamp",
    "LeadHistory": "Id LeadId CreatedById CreatedDate Field OldValue NewValue",
    "User": "Id Name Email IsActive UserRoleId TimeZoneSidKey",
    "UserRole": "Id Name",
    "Group": "Id Name Type",
    "Task": "Id WhoId OwnerId Subject Status TaskSubtype CallType ActivityDate CompletedDateTime "
    "CreatedDate CreatedById IsDeleted",
    "Event": "Id WhoId OwnerId Subject StartDateTime EndDateTime CreatedDate IsDeleted",
    "Opportunity": "Id AccountId Name StageName Amount CurrencyIsoCode CloseDate IsClosed IsWon "
    "LeadSource OwnerId CreatedDate IsDeleted SystemModstamp",
    "OpportunityHistory": "Id OpportunityId StageName Amount CloseDate CreatedDate",
    "Account": "Id Name Industry NumberOfEmployees BillingCountry",
    "Contact": "Id AccountId Email",
}
REVIEWS = ["lead_id", "rejected_at", "ruling", "ruled_at", "ruled_by", "evidence"]
HUBSPOT = {
    "contacts": "Record ID;First Name;Last Name;Email;Company Name;Job Title;Original Source;"
    "HubSpot Score;Lifecycle Stage;Lead Status;Contact owner;Owner Assigned Date;Create Date;"
    "Became a Lead Date;Became a Marketing Qualified Lead Date;"
    "Became a Sales Qualified Lead Date;Became an Opportunity Date;Became a Customer Date;"
    "Industry;Number of Employees;Country/Region;Disqualification Reason;Disqualification Note;"
    "Associated Deal IDs;Merged Contact IDs;Last Modified Date",
    "contacts_property_history": "Record ID;Property;Value;Timestamp;Source type;Updated by",
    "owners": "Owner ID;Email;First Name;Last Name;Team;Time Zone",
    "calls": "Record ID;Activity date;Activity assigned to;Call direction;Call outcome;"
    "Associated Contact IDs;Create date",
    "emails": "Record ID;Activity date;Activity assigned to;Email direction;"
    "Associated Contact IDs;Create date",
    "meetings": "Record ID;Activity date;Activity assigned to;Meeting outcome;"
    "Associated Contact IDs;Create date",
}
PREFIXES = {
    "Lead": "00Q",
    "LeadHistory": "017",
    "User": "005",
    "UserRole": "00E",
    "Group": "00G",
    "Task": "00T",
    "Event": "00U",
    "Opportunity": "006",
    "OpportunityHistory": "008",
    "Account": "001",
    "Contact": "003",
}
# What the default agreement is meant not to know, so that the list of problems has something.
UNKNOWN = {
    "On Hold", "LEGAL_HOLD", "Podcast Sponsorship", "TikTok Lead Form", "Solutions Consulting",
    "Revenue Enablement", "Moved away", "Singapore", "Australia", "Brazil", "Belarus",
}  # fmt: skip


def header(path: Path) -> list[str]:
    with path.open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def known(seed: str, column: str, crm: str | None = None) -> set[str]:
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return {
            row[column].strip().lower()
            for row in csv.DictReader(file)
            if crm is None or row["crm"] == crm
        }


def test_salesforce_files_have_the_api_names(small: Sample) -> None:
    first, second = sorted((small.folder / "salesforce").iterdir())
    assert (first.name, second.name) == ("2026-11-13T020000Z", "2026-11-20T020000Z")
    expected = {stem: names.split() for stem, names in SALESFORCE.items()} | {"reviews": REVIEWS}
    assert {path.stem: header(path) for path in first.iterdir()} == expected
    assert {path.stem: header(path) for path in second.iterdir()} == {
        stem: names for stem, names in expected.items() if stem not in {"UserRole", "Group"}
    }


def test_hubspot_files_have_the_labels(small: Sample) -> None:
    expected = {stem: names.split(";") for stem, names in HUBSPOT.items()} | {"reviews": REVIEWS}
    drops = sorted((small.folder / "hubspot").iterdir())
    assert [drop.name for drop in drops] == ["2026-11-13", "2026-11-20"]
    for drop in drops:
        found = {path.stem: header(path) for path in drop.iterdir()}
        deals = found.pop("deals")
        assert found == expected
        assert deals[:11] == [
            "Record ID", "Deal Name", "Pipeline", "Deal Stage", "Amount", "Currency", "Close Date",
            "Create Date", "Deal owner", "Closed Lost Reason", "Associated Contact IDs",
        ]  # fmt: skip
        assert 'Date entered "Closed Won (Sales Pipeline)"' in deals


def test_hubspot_quotes_every_field(small: Sample) -> None:
    for path in (small.folder / "hubspot").glob("*/*.csv"):
        if path.stem in {"contacts", "emails"}:
            continue  # a note holds a line break; the last row is cut short
        for line in path.read_text(encoding="utf-8").splitlines():
            assert re.fullmatch(r'"(?:[^"]|"")*"(?:,"(?:[^"]|"")*")*', line), (path.name, line)


def test_salesforce_ids_are_valid_unique_and_in_time_order(small: Sample) -> None:
    for stem, prefix in PREFIXES.items():
        ids = small.column(f'select Id from salesforce."{stem}"')
        assert all(re.fullmatch(prefix + "[0-9a-z]{12}" + "[A-Z]{3}", each) for each in ids), stem
        per_drop = small.rows(
            f'select count(*), count(distinct Id[1:15]) from salesforce."{stem}" group by drop'
        )
        assert all(count == distinct for count, distinct in per_drop), stem
        assert ids[0][15:] == checksum(ids[0][:15])
    for stem in ("Lead", "LeadHistory", "Task", "Event", "OpportunityHistory"):
        wrong = small.value(
            f"select count(*) from (select CreatedDate < lag(CreatedDate) over (order by Id) as w "
            f'from salesforce."{stem}") where w'
        )
        assert wrong == 0, stem


def checksum(identifier: str) -> str:
    """The three characters Salesforce appends to a 15-character id to tell capitals by."""
    return "".join(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"[
            sum(1 << place for place in range(5) if identifier[start + place].isupper())
        ]
        for start in (0, 5, 10)
    )


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_raw_values_are_those_of_the_default_agreement(small: Sample, crm: str) -> None:
    if crm == "salesforce":
        used = {
            "stage_map": (
                "raw_stage",
                'select Status from salesforce."Lead" '
                'union select StageName from salesforce."Opportunity" '
                "union select NewValue from salesforce.\"LeadHistory\" where Field = 'Status'",
            ),
            "lead_sources": ("raw_source", 'select LeadSource from salesforce."Lead"'),
            "disqualification_reasons": (
                "raw_reason",
                'select Disqualification_Reason__c from salesforce."Lead"',
            ),
            "team_roles": (
                "team",
                'select Name from salesforce."UserRole" union select Name from salesforce."Group"',
            ),
            "touch_types": (
                "raw_type",
                "select TaskSubtype from salesforce.\"Task\" union select 'Event'",
            ),
            "regions": ("country", 'select Country from salesforce."Lead"'),
        }
    else:
        used = {
            "stage_map": (
                "raw_stage",
                'select "Lifecycle Stage" from hubspot.contacts '
                'union select "Lead Status" from hubspot.contacts '
                'union select "Deal Stage" from hubspot.deals '
                'union select "Value" from hubspot.contacts_property_history '
                "where \"Property\" in ('lifecyclestage', 'hs_lead_status')",
            ),
            "lead_sources": ("raw_source", 'select "Original Source" from hubspot.contacts'),
            "disqualification_reasons": (
                "raw_reason",
                'select "Disqualification Reason" from hubspot.contacts',
            ),
            "team_roles": ("team", "select Team from hubspot.owners"),
            "regions": ("country", 'select "Country/Region" from hubspot.contacts'),
        }
    unknown = set()
    for seed, (column, query) in used.items():
        values = {value for value in small.column(query) if value}
        assert len(values) >= 5, seed
        agreed = known(seed, column, None if seed == "regions" else crm)
        unknown |= {value for value in values if value.lower() not in agreed}
    assert unknown <= UNKNOWN | {"Legal Hold"}
    assert len(unknown) >= 4


def test_every_reference_has_its_record(small: Sample) -> None:
    leads = 'select Id from salesforce."Lead"'
    references = [
        (f"LeadHistory.LeadId not in ({leads})", "LeadHistory", ""),
        (f"Task.WhoId not in ({leads} union select Id from salesforce.Contact)", "Task", ""),
        (f"Event.WhoId not in ({leads} union select Id from salesforce.Contact)", "Event", ""),
        (f"reviews.lead_id not in ({leads})", "reviews", ""),
        (f"Lead.MasterRecordId not in ({leads})", "Lead", "MasterRecordId is not null and "),
        (
            "Lead.OwnerId not in (select Id from salesforce.User "
            'union select Id from salesforce."Group")',
            "Lead",
            "",
        ),
        ("Task.OwnerId not in (select Id from salesforce.User)", "Task", ""),
        ("CreatedById not in (select Id from salesforce.User)", "LeadHistory", ""),
        ("UserRoleId not in (select Id from salesforce.UserRole)", "User", ""),
        ("AccountId not in (select Id from salesforce.Account)", "Opportunity", ""),
        ("AccountId not in (select Id from salesforce.Account)", "Contact", ""),
        ("OpportunityId not in (select Id from salesforce.Opportunity)", "OpportunityHistory", ""),
        (
            "ConvertedOpportunityId not in (select Id from salesforce.Opportunity)",
            "Lead",
            "IsConverted = 'true' and ",
        ),
        (
            "ConvertedContactId not in (select Id from salesforce.Contact)",
            "Lead",
            "IsConverted = 'true' and ",
        ),
    ]
    for broken, table, where in references:
        query = f'select count(*) from salesforce."{table}" where {where}{broken}'
        assert small.value(query) == 0, (table, broken)


def test_hubspot_refers_to_contacts_or_to_losers_of_a_merge(small: Sample) -> None:
    small.con.execute("""
create or replace temp table ids as
select "Record ID" as id from hubspot.contacts
union
select unnest(string_split("Merged Contact IDs", ';')) from hubspot.contacts""")
    for table in ("calls", "emails", "meetings", "deals"):
        orphans = small.column(
            f"select unnest(string_split(\"Associated Contact IDs\", ';')) as id "
            f"from hubspot.{table} where \"Associated Contact IDs\" <> '' "
            "except select id from ids"
        )
        assert orphans == [], table
    assert (
        small.column(
            'select "Record ID" from hubspot.contacts_property_history except select id from ids'
        )
        == []
    )
    assert (
        small.column(
            """select "Value" from hubspot.contacts_property_history
        where "Property" = 'hubspot_owner_id' and "Value" <> ''
        except select "Owner ID" from hubspot.owners"""
        )
        == []
    )
    for column, table in (
        ("Contact owner", "contacts"), ("Activity assigned to", "calls"), ("Deal owner", "deals"),
    ):  # fmt: skip
        assert (
            small.column(
                f'select "{column}" from hubspot.{table} where "{column}" <> \'\' '
                'except select "Email" from hubspot.owners'
            )
            == []
        )
    assert (
        small.value("""
select count(*) from hubspot.contacts
where "Associated Deal IDs" <> ''
    and "Associated Deal IDs" not in (select "Record ID" from hubspot.deals)""")
        == 0
    )


def test_current_values_are_the_newest_of_the_history(small: Sample) -> None:
    """Per drop: what a lead shows is the last change told up to that drop."""
    for drop in (1, 2):
        for field, column in (
            ("Status", "Status"), ("Lead_Score__c", "Lead_Score__c"), ("Title", "Title"),
        ):  # fmt: skip
            assert (
                small.value(f"""
with last as (
    select LeadId, arg_max(NewValue, Id) as value from salesforce."LeadHistory"
    where Field = '{field}' and drop <= {drop} group by LeadId
)
select count(*) from salesforce."Lead" as l join last on last.LeadId = l.Id
where l.drop = {drop} and l.{column} is distinct from last.value""")
                == 0
            ), (drop, field)
        assert (
            small.value(f"""
with last as (
    select LeadId, arg_max(NewValue, Id) as value from salesforce."LeadHistory"
    where Field = 'Owner' and NewValue[1:3] in ('005', '00G') and length(NewValue) = 18
        and drop <= {drop}
    group by LeadId
)
select count(*) from salesforce."Lead" as l join last on last.LeadId = l.Id
where l.drop = {drop} and l.OwnerId <> last.value""")
            == 0
        )
    assert (
        small.value("""
with last as (
    select "Record ID" as id, arg_max("Value", row) as value
    from (select *, row_number() over () as row from hubspot.contacts_property_history)
    where "Property" = 'hubspotscore' and drop = 1 group by id
)
select count(*) from hubspot.contacts as c join last on last.id = c."Record ID"
where c.drop = 1 and c."HubSpot Score" <> last.value""")
        == 0
    )


def test_every_owner_change_has_a_row_of_names_and_a_row_of_ids(small: Sample) -> None:
    by_change = small.rows("""
select count(*), count(*) filter (length(NewValue) = 18 and NewValue[1:2] = '00')
from salesforce."LeadHistory" where Field = 'Owner' group by LeadId, CreatedDate""")
    assert len(by_change) > 500
    assert set(by_change) == {(2, 1)}


def test_first_row_of_a_history_says_created(small: Sample) -> None:
    assert (
        small.value("""
select count(*) from salesforce."Lead" as l
left join salesforce."LeadHistory" as h
    on h.LeadId = l.Id and h.Field = 'created' and h.CreatedDate = l.CreatedDate
where h.Id is null""")
        == 0
    )
    assert (
        small.value("""
select count(*) from salesforce."Lead" as l
where l.IsConverted = 'true' and l.Id not in (
    select LeadId from salesforce."LeadHistory" where Field = 'leadConverted')""")
        == 0
    )


def test_nothing_is_before_its_lead_or_after_its_drop(small: Sample) -> None:
    until = "case drop when 1 then '2026-11-13T02:00:00.000Z' else '2026-11-20T02:00:00.000Z' end"
    for table, column in (
        ("Lead", "SystemModstamp"), ("LeadHistory", "CreatedDate"), ("Task", "CreatedDate"),
        ("Task", "CompletedDateTime"), ("Event", "CreatedDate"), ("Opportunity", "SystemModstamp"),
        ("OpportunityHistory", "CreatedDate"), ("reviews", "ruled_at"),
    ):  # fmt: skip
        assert (
            small.value(f'select count(*) from salesforce."{table}" where {column} > {until}') == 0
        ), table
    for table, column, lead in (
        ("LeadHistory", "CreatedDate", "LeadId"), ("Task", "CreatedDate", "WhoId"),
        ("Task", "CompletedDateTime", "WhoId"), ("Event", "StartDateTime", "WhoId"),
        ("reviews", "rejected_at", "lead_id"),
    ):  # fmt: skip
        assert (
            small.value(
                f'select count(*) from salesforce."{table}" as t '
                f'join salesforce."Lead" as l on l.Id = t.{lead} where t.{column} < l.CreatedDate'
            )
            == 0
        ), table
    assert (
        small.value("""
select count(*) from hubspot.contacts_property_history
where "Timestamp" > case drop when 1 then '2026-11-13T00:00:00Z' else '2026-11-20T00:00:00Z' end
""")
        == 0
    )


def test_second_drop_tells_only_what_changed(small: Sample) -> None:
    assert (
        small.value("""
select count(*) from salesforce."Lead"
where drop = 2 and SystemModstamp <= '2026-11-13T02:00:00.000Z'""")
        == 0
    )
    changed = small.value('select count(*) from salesforce."Lead" where drop = 2')
    assert 20 < changed < 150
    # Whoever has something new in the history is in the drop; nothing is told twice.
    assert (
        small.value("""
select count(*) from salesforce."LeadHistory" where drop = 2
    and LeadId not in (select Id from salesforce."Lead" where drop = 2)""")
        == 0
    )
    assert (
        small.value("""
select count(*) from salesforce."LeadHistory" as a
join salesforce."LeadHistory" as b on a.Id = b.Id and a.drop < b.drop""")
        == 0
    )
    first, second = (
        (drop / "owners.csv").read_bytes() for drop in sorted((small.folder / "hubspot").iterdir())
    )
    assert first == second
