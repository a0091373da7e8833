"""Mapping files: what they mean, how they merge, and what is said of a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from dagster_project.contract.agreement import shipped_and_own_mappings
from dagster_project.errors import ContractError
from dagster_project.ingest import Mappings, canonical, mapping_files, read_mappings

ZOHO = """\
crm: zoho
timezone: Europe/Berlin
objects:
  Leads:
    key: [Record Id]
    feeds:
      leads: {lead_id: Record Id, no: No}
"""


def write(folder: Path, name: str, text: str) -> Path:
    path = folder / "mappings" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)
    return path


def faults(folder: Path) -> list[str]:
    with pytest.raises(ContractError) as caught:
        read_mappings(folder)
    prefix = str(folder / "mappings") + "/"
    return [str(fault).removeprefix(prefix) for fault in caught.value.faults]


def test_shipped_mappings_feed_every_canonical_field(shipped: Mappings) -> None:
    for crm, objects in canonical.NATIVE.items():
        mapped = shipped.crms[crm].objects
        assert list(mapped) == [*objects, "reviews"]
        assert sorted(mapped["reviews"].feeds["reviews"].fields) == sorted(canonical.REVIEWS)
        for name, fields in objects.items():
            assert sorted(mapped[name].fields) == sorted(fields), (crm, name)


def test_a_company_changes_one_field(tmp_path: Path, shipped: Mappings) -> None:
    write(
        tmp_path,
        "ours.yml",
        "crm: salesforce\ntimezone: Europe/Berlin\n"
        "objects: {Lead: {fields: {score: Fit__c, note: {constant: none}}}}\n",
    )
    mapping = read_mappings(tmp_path).crms["salesforce"]
    before = shipped.crms["salesforce"]
    assert mapping.timezone == "Europe/Berlin"
    assert mapping.objects["Lead"].fields["score"].columns == ("Fit__c",)
    assert mapping.objects["Lead"].fields["note"].constant == "none"
    assert mapping.objects["Lead"].fields["email"] == before.objects["Lead"].fields["email"]
    assert mapping.objects["User"] == before.objects["User"]


def test_all_scalars_are_text(tmp_path: Path) -> None:
    text = ZOHO.replace("no: No", "is_deleted: {constant: no}, score: 1")
    write(tmp_path, "zoho.yml", text)
    fields = read_mappings(tmp_path).crms["zoho"].objects["Leads"].feeds["leads"].fields
    assert fields["is_deleted"].constant == "no"
    assert fields["score"].columns == ("1",)


def test_the_name_of_the_file_is_the_crm_where_it_says_none(tmp_path: Path) -> None:
    write(tmp_path, "pipedrive.yml", ZOHO.replace("crm: zoho\n", "").replace(", no: No", ""))
    assert read_mappings(tmp_path).names() == "hubspot, pipedrive, salesforce"


def test_what_is_required_and_declared(tmp_path: Path) -> None:
    write(
        tmp_path, "zoho.yml", ZOHO.replace("no: No", "score: [Score, Old Score], name: record id")
    )
    entry = read_mappings(tmp_path).crms["zoho"].objects["Leads"]
    assert entry.required_columns == (("Record Id",),)
    assert entry.key_columns == (("Record Id",),)
    assert entry.declared == ("Record Id", "Score", "Old Score")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (ZOHO, "zoho.yml:7: key no: is no canonical field; there are lead_id, created_at, name"),
        (
            ZOHO.replace("Europe/Berlin", "Berlin"),
            "zoho.yml:2: key timezone: Berlin is not an IANA time zone such as Europe/Berlin",
        ),
        (
            ZOHO.replace("objects:", "timestamp_formats:\n  - '%d.%m.%Y'\n  - '%Q'\nobjects:"),
            'zoho.yml:5: key timestamp_formats: "%Q" is no usable format: ',
        ),
        (
            ZOHO.replace("objects:", "timestamp_formats: ['%d.%m.%Y %z']\nobjects:"),
            'zoho.yml:3: key timestamp_formats: "%d.%m.%Y %z" must not hold an offset; times',
        ),
        (
            ZOHO.replace("timezone", "time_zone"),
            "zoho.yml:2: key time_zone: is not known in a mapping; check the spelling",
        ),
        (
            ZOHO.replace("leads:", "persons:"),
            "zoho.yml:7: key persons: is not one of leads, lead_history, users, touches,",
        ),
        (
            ZOHO.replace("no: No", "name: {const: x}"),
            "zoho.yml:7: key objects.Leads.feeds.leads.name: must be a column, a list of"
            ' columns, or {constant: "..."}',
        ),
        (
            ZOHO.replace("feeds", "fields").replace("leads: ", "id: "),
            "zoho.yml:7: key objects.Leads.fields.id: must be a column, a list of columns",
        ),
        (
            ZOHO.replace("leads: {lead_id: Record Id, no: No}", "touches: {lead_id: Record Id}"),
            "zoho.yml:7: key touches: has no touch_id; name the column that identifies a record",
        ),
        (
            ZOHO.replace("  Leads:", "  All Leads:"),
            "zoho.yml:4: key All Leads: must be letters, digits and underscores; files: may",
        ),
        (
            "objects:\n  A: &a {feeds: {reviews: {lead_id: I}}}\n  a: *a\n",
            "zoho.yml:3: key a: differs from A in case alone; ",
        ),
        (
            "objects: {A: {feeds: {reviews: {\n  crm: nosuch, lead_id: I}}}}",
            "zoho.yml:2: key crm: nosuch has no mapping; there are hubspot, salesforce, zoho",
        ),
        (ZOHO.replace("crm: zoho", "crm: My CRM"), "zoho.yml:1: key crm: must be lower-case"),
        (ZOHO.replace("crm: zoho", "kind: oracle"), "zoho.yml:1: key kind: Input should be"),
        (ZOHO + "crm: again\n", "zoho.yml:8: key crm: is there twice; keep one"),
        ("objects: [", "zoho.yml:1: is not YAML: "),
        ("- a\n", "zoho.yml:1: must be a mapping with crm and objects"),
        ("", "zoho.yml:1: must be a mapping with crm and objects"),
        ("crm: zoho\n", "zoho.yml:1: key objects: Field required"),
        (
            "objects:\n  A: {}\n",
            "zoho.yml:2: key A: has neither fields nor feeds, so nothing of it would be used",
        ),
        (
            ZOHO.replace(", no: No", "")
            + "  More:\n    files: [leads]\n    feeds: {leads: {name: N}}\n",
            "zoho.yml:9: key files: the file leads already belongs to Leads",
        ),
        (
            "kind: salesforce\nobjects: {Lead: {fields: {id: Id}}}\n",
            "zoho.yml:1: key kind: salesforce is only for the crm of that name; use generic",
        ),
        (
            "crm: salesforce\nobjects:\n  Leed:\n    fields: {id: Id}\n",
            "zoho.yml:3: key Leed: is no object of salesforce; there are Lead, LeadHistory, User,"
            " UserRole, Group, Task, Event, Opportunity, OpportunityHistory, Account, Contact:"
            " check the spelling, or give an object of your own feeds instead of fields",
        ),
        (
            "objects:\n  Leads:\n    fields: {id: Id}\n",
            "zoho.yml:2: key Leads: has fields, which are for salesforce and hubspot; give it feeds"
            " instead",
        ),
        (
            "objects: {A: {feeds: {leads: {lead_id: I, name: _line}}}}\n",
            "zoho.yml:1: key A: the column _line cannot be mapped",
        ),
    ],
)
def test_faults_name_file_line_and_key(text: str, expected: str, tmp_path: Path) -> None:
    write(tmp_path, "zoho.yml", text)
    found = faults(tmp_path)
    assert found[0].startswith(expected), found


def test_faults_of_a_merged_mapping_are_at_the_companys_line(tmp_path: Path) -> None:
    write(
        tmp_path,
        "salesforce.yml",
        "crm: salesforce\nobjects:\n  Lead:\n    key: [idd]\n    fields:\n      scor: Fit__c\n",
    )
    assert faults(tmp_path) == [
        "salesforce.yml:6: key scor: is no canonical field; there are "
        + ", ".join(canonical.SALESFORCE["Lead"]),
        "salesforce.yml:4: key key: idd is not one of the fields of Lead",
    ]


def test_two_files_for_one_crm(tmp_path: Path) -> None:
    write(tmp_path, "a.yml", ZOHO.replace(", no: No", ""))
    write(tmp_path, "b.yml", ZOHO)
    assert faults(tmp_path) == ["b.yml: maps zoho, which a.yml maps too; keep one of them"]


def test_a_key_that_is_a_constant(tmp_path: Path) -> None:
    write(tmp_path, "x.yml", "crm: salesforce\nobjects: {User: {fields: {id: {constant: a}}}}\n")
    assert faults(tmp_path)[0].endswith("id is a constant, so no file can hold it")


def test_no_mappings_of_its_own(tmp_path: Path, shipped: Mappings) -> None:
    assert read_mappings(tmp_path) == shipped


def test_the_files_read_are_the_files_told(tmp_path: Path) -> None:
    write(tmp_path, "b.yaml", ZOHO.replace(", no: No", ""))
    write(tmp_path, "a.yml", "objects: {A: {feeds: {reviews: {lead_id: I}}}}")
    assert [path.name for path in mapping_files(tmp_path)] == [
        "hubspot.yml",
        "salesforce.yml",
        "a.yml",
        "b.yaml",
    ]
    assert read_mappings(tmp_path).names() == "a, hubspot, salesforce, zoho"
    assert shipped_and_own_mappings(tmp_path) == mapping_files(tmp_path)
