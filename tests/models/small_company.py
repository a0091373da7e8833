"""A company of a dozen leads whose story is known to the minute, as exports and agreement.

Salesforce has everything; HubSpot never exported activities; Zoho is a list of leads with dates.
"""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Iterable
from pathlib import Path

from dagster_project.settings import PROJECT_ROOT

DROP = "2025-04-01T000000Z"

ADA_LEAD = "00Q00000000000A"
"""Fri 14 Mar 2025: an MQL 16:38 in Berlin, routed 16:40, touched Mon 17 Mar 10:05, rejected."""
SAME_BUT_FOR_CASE = "00Q00000000000a"
MERGED = "00Q000000000LOS"
TEST = "00Q000000000TST"
NEVER_MQL = "00Q000000000NEW"

_ZOHO = """
crm: zoho
objects:
  Leads:
    key: [Id]
    required: [Id]
    feeds:
      leads: {lead_id: Id, created_at: Created, source: Source, owner: Owner, mql_at: MQL}
"""


def write_company(folder: Path) -> tuple[Path, Path]:
    """Writes both under ``folder``; their paths: exports, agreement."""
    exports, agreement = folder / "exports", folder / "agreement"
    shutil.copytree(PROJECT_ROOT / "dbt" / "seeds", agreement)
    _make_berlin_open_from_nine_to_five(agreement / "business_hours.csv")
    (agreement / "mappings").mkdir()
    (agreement / "mappings" / "zoho.yml").write_text(_ZOHO)
    _salesforce(exports / "salesforce" / DROP)
    _hubspot(exports / "hubspot" / DROP)
    _write(
        exports / "zoho" / DROP / "Leads.csv",
        [{"Id": "7", "Created": "2025-03-01", "Source": "x", "Owner": "1", "MQL": "2025-03-02"}],
    )
    for drop in exports.glob("*/*"):
        (drop / "_export.json").write_text(json.dumps({"exported_at": "2025-04-01T00:00:00Z"}))
    return exports, agreement


def _make_berlin_open_from_nine_to_five(hours: Path) -> None:
    with hours.open(newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["calendar_id"] != "emea_dach"]
    rows += [
        {
            "calendar_id": "emea_dach",
            "timezone": "Europe/Berlin",
            "weekday": str(weekday),
            "opens": "09:00",
            "closes": "17:00",
        }
        for weekday in range(1, 6)
    ]
    _write(hours, rows)


def _write(file: Path, rows: Iterable[dict[str, str]]) -> None:
    rows = list(rows)
    columns = list(dict.fromkeys(column for row in rows for column in row))
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="", encoding="utf-8") as handle:
        writer = csv.DictWriter(handle, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)


def _lead(record: str, status: str, **cells: str) -> dict[str, str]:
    return {
        "Id": record,
        "IsDeleted": "false",
        "MasterRecordId": "",
        "FirstName": "Eve",
        "LastName": "[bold red]Stone[/]",
        "Email": "eve@quarry.example",
        "Company": "Quarry",
        "Title": "VP Operations",
        "LeadSource": "Organic Search",
        "Status": status,
        "Industry": "Software",
        "NumberOfEmployees": "80",
        "Country": "Germany",
        "OwnerId": "005000000000ADA",
        "CreatedDate": "2025-03-10T08:00:00.000Z",
        "Lead_Score__c": "70",
        "Disqualification_Reason__c": "",
        "Disqualification_Note__c": "",
        "SystemModstamp": "2025-03-31T08:00:00.000Z",
        **cells,
    }


def _status(number: int, record: str, at: str, old: str, new: str) -> dict[str, str]:
    return _change(number, record, at, "Status", old, new)


def _change(number: int, record: str, at: str, field: str, old: str, new: str) -> dict[str, str]:
    return {
        "Id": f"017{number:012d}",
        "LeadId": record,
        "CreatedById": "005000000000ADA",
        "CreatedDate": at,
        "Field": field,
        "OldValue": old,
        "NewValue": new,
    }


def _salesforce(drop: Path) -> None:
    _write(
        drop / "Lead.csv",
        [
            _lead(
                ADA_LEAD,
                "Disqualified",
                Disqualification_Reason__c="No Budget",
                Disqualification_Note__c="Next year\x1b[31m perhaps",
            ),
            _lead(
                SAME_BUT_FOR_CASE,
                "MQL",
                LeadSource="",
                Email="no address",
                Industry="Mining",
                NumberOfEmployees="12",
                Title="",
            ),
            _lead(MERGED, "New", IsDeleted="true", MasterRecordId=ADA_LEAD),
            _lead(TEST, "MQL", Email="probe@leadpact-test.example"),
            _lead(NEVER_MQL, "New"),
        ],
    )
    _write(
        drop / "LeadHistory.csv",
        [
            _status(1, ADA_LEAD, "2025-03-14T15:38:00.000Z", "New", "MQL"),
            _change(2, ADA_LEAD, "2025-03-14T15:40:00.000Z", "Owner", "00G000000000INB", _ADA),
            _status(3, ADA_LEAD, "2025-03-18T10:00:00.000Z", "MQL", "Disqualified"),
            _status(4, SAME_BUT_FOR_CASE, "2025-03-29T09:00:00.000Z", "New", "MQL"),
        ],
    )
    _write(
        drop / "User.csv",
        [{"Id": _ADA, "Name": "Ada Diaz", "Email": "ada@us.example", "UserRoleId": "00E1"}],
    )
    _write(drop / "UserRole.csv", [{"Id": "00E1", "Name": "SDR DACH"}])
    _write(drop / "Group.csv", [{"Id": "00G000000000INB", "Name": "Inbound", "Type": "Queue"}])
    _write(
        drop / "Task.csv",
        [
            _task("00T000000000001", ADA_LEAD, "Call", "2025-03-17T09:05:00.000Z"),
            _task("00T000000000002", ADA_LEAD, "Email", "2025-03-17T09:09:00.000Z"),
        ],
    )
    _write(
        drop / "reviews.csv",
        [
            {
                "lead_id": ADA_LEAD,
                "rejected_at": "2025-03-18T10:00:00Z",
                "ruling": "accepted",
                "ruled_at": "2025-03-19T11:30:00Z",
                "ruled_by": "Mo",
                "evidence": "",
            }
        ],
    )


_ADA = "005000000000ADA"


def _task(record: str, lead: str, kind: str, at: str) -> dict[str, str]:
    return {
        "Id": record,
        "WhoId": lead,
        "OwnerId": _ADA,
        "Subject": kind,
        "Status": "Completed",
        "TaskSubtype": kind,
        "CallType": "Outbound" if kind == "Call" else "",
        "ActivityDate": at[:10],
        "CompletedDateTime": at,
        "CreatedDate": at,
        "IsDeleted": "false",
    }


def _hubspot(drop: Path) -> None:
    _write(
        drop / "contacts.csv",
        [
            {
                "Record ID": "7",
                "First Name": "Ned",
                "Last Name": "Lake",
                "Email": "ned@lake.example",
                "Lifecycle Stage": "marketingqualifiedlead",
                "Contact owner": "bo@us.example",
                "Create Date": "2025-03-03 08:00",
                "Last Modified Date": "2025-03-03 09:00",
            }
        ],
    )
    _write(
        drop / "contacts_property_history.csv",
        [
            _value("lifecyclestage", "marketingqualifiedlead", "2025-03-03 09:00"),
            _value("hubspot_owner_id", "11", "2025-03-03 09:00"),
        ],
    )
    _write(
        drop / "owners.csv",
        [
            {
                "Owner ID": "11",
                "Email": "bo@us.example",
                "First Name": "Bo",
                "Last Name": "Ray",
                "Team": "SDR North America",
            }
        ],
    )


def _value(name: str, value: str, at: str) -> dict[str, str]:
    return {"Record ID": "7", "Property": name, "Value": value, "Timestamp": at}
