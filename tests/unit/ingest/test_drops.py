"""Finding drops: instants in names, objects by file name, what is hidden."""

from __future__ import annotations

import zipfile
from datetime import datetime

import pytest

from dagster_project.ingest import find_drops
from dagster_project.ingest.drops import instant_in_name

from .conftest import Bench


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2026-11-20", datetime(2026, 11, 20)),
        ("20261120", datetime(2026, 11, 20)),
        ("20261120T020000Z", datetime(2026, 11, 20, 2)),
        ("2026-11-20T020000Z", datetime(2026, 11, 20, 2)),
        ("2026-11-20T02:30:15+02:00", datetime(2026, 11, 20, 0, 30, 15)),
        ("2026-11-20T02-30-15", datetime(2026, 11, 20, 2, 30, 15)),
        ("2026-11-20T0230", datetime(2026, 11, 20, 2, 30)),
        ("2026-11-20 0230 all contacts", datetime(2026, 11, 20, 2, 30)),
        ("WE_00D000000000062EAA_1_2026-11-20.ZIP", datetime(2026, 11, 20)),
        ("hubspot-crm-exports-all-contacts-2026-11-20.zip", datetime(2026, 11, 20)),
        ("export-20261120-full.zip", datetime(2026, 11, 20)),
        ("2026-02-30 or 2026-03-01", datetime(2026, 3, 1)),
        ("2026-13-01", None),
        ("2026-1120", None),
        ("123420261120567", None),
        ("latest", None),
    ],
)
def test_instant_in_name(name: str, expected: datetime | None) -> None:
    assert instant_in_name(name) == expected


@pytest.mark.parametrize(
    ("stem", "expected"),
    [
        ("Lead", "Lead"),
        ("lead", "Lead"),
        ("Lead_1", "Lead"),
        ("LEAD-002", "Lead"),
        ("Lead (3)", "Lead"),
        ("Lead2", "Lead"),
        ("Lead_2026-11-20", "Lead"),
        ("Lead (copy)", "Lead"),
        ("Lead - Copy (2)", "Lead"),
        ("Lead copy", "Lead"),
        ("Lead 2026-11-20 (1)", "Lead"),
        ("Lead_20261120T020000Z", "Lead"),
        ("Lead_", None),
        ("Lead photocopy", None),
        ("Lead" + "1" * 200 + "x", None),
        ("LeadHistory", "LeadHistory"),
        ("LeadHistory_001", "LeadHistory"),
        ("LeadShare", None),
        ("Leads", None),
        ("MyLead", None),
        ("UserRole", "UserRole"),
        ("User", "User"),
    ],
)
def test_object_of_a_file(stem: str, expected: str | None, bench: Bench) -> None:
    assert bench.mappings.crms["salesforce"].object_of(stem) == expected


def test_hidden_files_are_passed_over_and_folders_within_are_read(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/sub/User.csv", "Id\n")
    bench.write("salesforce/2026-11-20/.hidden/User.csv", "Id\n")
    bench.write("salesforce/2026-11-20/__MACOSX/User.csv", "Id\n")
    bench.write("salesforce/2026-11-20/~$User.xlsx", "x")
    bench.write("salesforce/.git/User.csv", "Id\n")
    bench.write("README.md", "about this folder")
    bench.zip("salesforce/2026-11-21.zip", {"__MACOSX/._User.csv": "x", "in/User.csv": "Id\n"})
    [first, second] = find_drops(bench.exports, bench.mappings)
    assert [f.name for f in first.files] == ["salesforce/2026-11-20/sub/User.csv"]
    assert [f.name for f in second.files] == ["salesforce/2026-11-21.zip/in/User.csv"]
    assert first.unmatched + second.unmatched == []


def test_drops_come_oldest_first_whatever_their_crm(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User.csv", "Id\n")
    bench.write("salesforce/2026-11-18/User.csv", "Id\n")
    bench.write("HubSpot/2026-11-19/owners.csv", "Owner ID,Email\n")
    drops = find_drops(bench.exports, bench.mappings)
    assert [(d.crm, d.name) for d in drops] == [
        ("salesforce", "2026-11-18"),
        ("hubspot", "2026-11-19"),
        ("salesforce", "2026-11-20"),
    ]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name_are_both_read(bench: Bench) -> None:
    path = bench.zip("salesforce/2026-11-21.zip", {"in/User.csv": "Id\n1\n"})
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("in/User.csv", "Id\n2\n")
        archive.writestr("in/_export.json", '{"mode": "full"}')
    bench.load()
    assert [identity for identity, *_ in bench.users()] == ["1", "2"]
    assert bench.rows("select distinct mode from ingest.deliveries") == [("full",)]


def test_names_with_wildcards_are_names(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise AssertionError("the fast reader did not find the file")

    monkeypatch.setattr("dagster_project.ingest.load._careful", fail)
    bench.write("salesforce/2026-11-20 [a]*?'/User.csv", "Id,Name\n1,a\n")
    bench.load()
    assert bench.users() == [("1", "a", 2)]
