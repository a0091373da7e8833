"""The mapped views: canonical names, times in UTC, numbers with a point, nothing turned null."""

from __future__ import annotations

from pathlib import Path

import openpyxl  # type: ignore[import-untyped]
import pytest

from .conftest import Bench

ZOHO = """\
crm: zoho
timezone: Europe/Berlin
timestamp_formats: ["%d.%m.%Y %H:%M", "%d.%m.%Y"]
decimal: comma
objects:
  Leads:
    key: [Record Id]
    feeds:
      leads: {lead_id: Record Id, created_at: Created, score: Score, source: {constant: it's us}}
      opportunities: {opportunity_id: Record Id, closed_at: Created, amount: Score}
"""


@pytest.mark.parametrize(
    ("delivered", "instant", "day_or_instant"),
    [
        ("05.01.2026 12:33", "2026-01-05 11:33:00", "2026-01-05 11:33:00"),
        ("05.07.2026 12:33", "2026-07-05 10:33:00", "2026-07-05 10:33:00"),
        ("05.01.2026", "2026-01-04 23:00:00", "2026-01-05"),
        ("2026-01-05", "2026-01-04 23:00:00", "2026-01-05"),
        ("2026-01-05 12:33:10.25", "2026-01-05 11:33:10.25", "2026-01-05 11:33:10.25"),
        ("2026-01-05T12:33:10Z", "2026-01-05 12:33:10", "2026-01-05 12:33:10"),
        ("2026-01-05T12:33:10+05:30", "2026-01-05 07:03:10", "2026-01-05 07:03:10"),
        ("2026-01-05T12:33:10.000+0000", "2026-01-05 12:33:10", "2026-01-05 12:33:10"),
        ("2026-02-01 10:00:00 +0500", "2026-02-01 05:00:00", "2026-02-01 05:00:00"),
        ("2026-02-01 10:00:00 +05:00", "2026-02-01 05:00:00", "2026-02-01 05:00:00"),
        ("2026-02-01 10:00 -05", "2026-02-01 15:00:00", "2026-02-01 15:00:00"),
        ("2026-02-01T10:00:00z", "2026-02-01 10:00:00", "2026-02-01 10:00:00"),
        ("2026-02-01 10:00:00 UTC", "2026-02-01 10:00:00", "2026-02-01 10:00:00"),
        ("2026-02-01 10:00 EST", "2026-02-01 10:00 EST", "2026-02-01 10:00 EST"),
        ("05.01.2026 12:33 +0500", "05.01.2026 12:33 +0500", "05.01.2026 12:33 +0500"),
        ("sometime", "sometime", "sometime"),
        ("31.02.2026", "31.02.2026", "31.02.2026"),
        ("", "", ""),
    ],
)
def test_times(delivered: str, instant: str, day_or_instant: str, bench: Bench) -> None:
    bench.map("zoho.yml", ZOHO)
    bench.write("zoho/2026-11-20/Leads.csv", f"Record Id,Created,Score\n1,{delivered},\n")
    bench.load()
    assert bench.rows("select created_at from mapped.generic__leads") == [(instant,)]
    assert bench.rows("select closed_at from mapped.generic__opportunities") == [(day_or_instant,)]


@pytest.mark.parametrize(
    ("delivered", "casts_to"),
    [
        ("2026-02-01 10:00:00 +0500", "2026-02-01 05:00:00"),
        ("2026-02-01 10:00:00 +05:00", "2026-02-01 05:00:00"),
        ("2026-02-01 10:00 -05 ", "2026-02-01 15:00:00"),
        ("2026-02-01T10:00:00z", "2026-02-01 10:00:00"),
        ("2026-02-01T10:00:00 Z", "2026-02-01 10:00:00"),
        ("2026-02-01 10:00:00", "2026-02-01 10:00:00"),
        ("2026-02-01 - zero", None),
    ],
)
def test_an_offset_wins_in_utc_too(delivered: str, casts_to: str | None, bench: Bench) -> None:
    """Read as staging reads it."""
    bench.map("tool.yml", "objects: {L: {feeds: {leads: {lead_id: I, created_at: C}}}}")
    bench.write("tool/2026-11-20/L.csv", f"I,C\n1,{delivered}\n")
    bench.load()
    cast = "try_cast(trim(created_at) as timestamptz)"
    assert bench.rows(
        f"select strftime(timezone('UTC', {cast}), '%Y-%m-%d %H:%M:%S') from mapped.generic__leads"
    ) == [(casts_to,)]


@pytest.mark.parametrize(
    ("delivered", "expected"),
    [
        ("1.234,56", "1234.56"),
        ("1 234,5", "1234.5"),
        ("1\u00a0234", "1234"),
        ("1'234", "1234"),
        ("-7", "-7"),
        ("about 5", "about 5"),
        ("", ""),
        ("1.234", "1234"),
        ("+12.345.678,9", "+12345678.9"),
        ("12.5", "12.5"),
        ("1.23.456", "1.23.456"),
        ("1.2345", "1.2345"),
        ("2026.01", "2026.01"),
        ("1234.567", "1234.567"),
        ("1,5,6", "1,5,6"),
        ("1.5e-05", "1.5e-05"),
    ],
)
def test_decimal_comma(delivered: str, expected: str, bench: Bench) -> None:
    bench.map("zoho.yml", ZOHO)
    bench.write("zoho/2026-11-20/Leads.csv", f"Record Id;Created;Score\n1;;{delivered}\n")
    bench.load()
    assert bench.rows("select score from mapped.generic__leads") == [(expected,)]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (12.5, "12.5"),
        (1.234, "1.234"),
        (1234.5, "1234.5"),
        (1234, "1234"),
        (1.5e-07, "1.5e-07"),
        ("1.234,5", "1234.5"),
        ("1.234", "1234"),
    ],
)
def test_numbers_of_a_workbook_are_what_they_are(
    cell: float | str, expected: str, bench: Bench, tmp_path: Path
) -> None:
    bench.map("zoho.yml", ZOHO)
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (["Record Id", "Created", "Score"], [1, None, cell]):
        book.active.append(row)
    (bench.exports / "zoho/2026-11-20").mkdir(parents=True)
    book.save(bench.exports / "zoho/2026-11-20/Leads.xlsx")
    bench.load()
    assert bench.rows("select score from mapped.generic__leads") == [(expected,)]


def test_a_generic_crm_in_the_canonical_views(bench: Bench) -> None:
    bench.map("zoho.yml", ZOHO)
    bench.map("tool.yml", ZOHO.replace("crm: zoho", "crm: tool"))
    bench.write("zoho/2026-11-20/Leads.csv", "Record Id,Created,Score\n7,,\n")
    bench.write("tool/2026-11-21/Leads_01.csv", "Record Id,Created,Score\n7,,\n")
    bench.load()
    rows = bench.rows(
        "select crm, lead_id, source, email, _object, _file, _line, _exported_at::varchar"
        " from mapped.generic__leads order by crm"
    )
    assert rows == [
        (
            "tool",
            "7",
            "it's us",
            None,
            "Leads",
            "tool/2026-11-21/Leads_01.csv",
            2,
            "2026-11-21 00:00:00",
        ),
        (
            "zoho",
            "7",
            "it's us",
            None,
            "Leads",
            "zoho/2026-11-20/Leads.csv",
            2,
            "2026-11-20 00:00:00",
        ),
    ]


def test_utc_with_a_decimal_point_is_passed_on_as_delivered(bench: Bench) -> None:
    bench.write(
        "salesforce/2026-11-20/Lead.csv",
        "ID,STATUS,OWNERID,CREATEDDATE\n1, New ,u,2026-01-05T12:33:10.000+0000\n",
    )
    bench.load()
    assert bench.rows("select id, status, created_at, email from mapped.salesforce__lead") == [
        ("1", " New ", "2026-01-05T12:33:10.000+0000", None)
    ]


def test_hubspot_in_the_accounts_time_zone_and_with_old_labels(bench: Bench) -> None:
    bench.map("hubspot.yml", "timezone: America/New_York\n")
    bench.write(
        "hubspot/2026-11-20/contacts.csv",
        '"Contact ID","Create Date","Original Traffic Source"\n"1","2026-01-05 12:33","Direct"\n',
    )
    bench.write(
        "hubspot/2026-11-21/contacts.csv",
        '"Record ID","Create Date","Original Source"\n"2","2026-01-05T12:33:00Z",""\n',
    )
    bench.load()
    assert bench.rows(
        "select id, created_at, source from mapped.hubspot__contacts order by id"
    ) == [
        ("1", "2026-01-05 17:33:00", "Direct"),
        ("2", "2026-01-05 12:33:00", None),
    ]


def test_a_blank_cell_leaves_the_field_to_the_next_column(bench: Bench) -> None:
    bench.write(
        "hubspot/2026-11-20/contacts.csv",
        "Record ID,Contact ID,Create Date,Original Source,Original Traffic Source\n"
        "1,8,2026-01-05 12:33, ,Direct\n,2,2026-01-05 12:33,Web,Direct\n",
    )
    bench.load()
    assert bench.rows("select id, source from mapped.hubspot__contacts order by id") == [
        ("1", "Direct"),
        ("2", "Web"),
    ]


def test_deal_stage_dates_are_rows(bench: Bench) -> None:
    header = '"Record ID","Deal Stage","Close Date","Create Date"'
    bench.write(
        "hubspot/2026-11-20/deals.csv",
        f'{header},"Date entered ""Won (Sales)""","Date entered ""New (EU) (Sales (old))"""\n'
        '"1","Won","","2026-01-01 00:00","2026-01-03 10:00",""\n'
        '"2","Won","","2026-01-01 00:00","","2026-01-02 10:00"\n',
    )
    report = bench.load()
    assert report.warnings == []
    assert bench.rows(
        "select deal_id, stage, pipeline, entered_at, _line from mapped.hubspot__deal_stage_dates"
        " order by deal_id"
    ) == [
        ("1", "Won", "Sales", "2026-01-03 10:00", 2),
        ("2", "New (EU)", "Sales (old)", "2026-01-02 10:00", 3),
    ]


def test_history_fields_follow_the_leads_own_mapping(bench: Bench) -> None:
    bench.map("salesforce.yml", "objects: {Lead: {fields: {score: Fit__c}}}")
    names = ["Status", "Owner", "OwnerId", "fit__c", "Lead_Score__c", "created", "leadConverted"]
    rows = "".join(f"{n},1,u,2026-01-01,{name},a,b\n" for n, name in enumerate(names))
    bench.write(
        "salesforce/2026-11-20/LeadHistory.csv",
        "Id,LeadId,CreatedById,CreatedDate,Field,OldValue,NewValue\n" + rows,
    )
    bench.load()
    assert bench.rows("select id, field from mapped.salesforce__lead_history order by id") == [
        ("0", "status"),
        ("1", "owner_id"),
        ("2", "owner_id"),
        ("3", "score"),
        ("4", "lead_score__c"),
        ("5", "created"),
        ("6", "leadconverted"),
    ]


def test_reviews_go_to_the_crm_whose_leads_they_are_about(bench: Bench) -> None:
    bench.map(
        "forms.yml",
        "objects:\n"
        "  Ours: {feeds: {reviews: {crm: salesforce, lead_id: Lead, ruling: Ruling}}}\n"
        "  Own: {feeds: {reviews: {lead_id: Lead, ruling: Ruling}}}\n",
    )
    bench.write("forms/2026-11-20/Ours.csv", "Lead,Ruling\n00Q1,accepted\n")
    bench.write("forms/2026-11-20/Own.csv", "Lead,Ruling\n7,contested\n")
    bench.load()
    reviews = "select crm, lead_id, ruling, _object from mapped.{}__reviews"
    assert bench.rows(reviews.format("salesforce")) == [("salesforce", "00Q1", "accepted", "Ours")]
    assert bench.rows(reviews.format("generic")) == [("forms", "7", "contested", "Own")]
    assert bench.rows(reviews.format("hubspot")) == []


@pytest.mark.parametrize("crm", ["salesforce", "hubspot"])
def test_reviews_delivered_beside_the_rest(crm: str, bench: Bench) -> None:
    bench.write(
        f"{crm}/2026-11-20/reviews.csv",
        "lead_id,rejected_at,ruling,ruled_at,ruled_by,evidence\n7,2026-01-01,accepted,2026-01-02,,\n",
    )
    bench.load()
    assert bench.rows(f"select crm, lead_id, ruled_at from mapped.{crm}__reviews") == [
        (crm, "7", "2026-01-02")
    ]


def test_an_object_of_salesforce_may_feed_reviews(bench: Bench) -> None:
    bench.map(
        "salesforce.yml",
        "objects:\n"
        "  Review__c: {key: [Id], feeds: {reviews: {lead_id: Lead__c, ruled_at: Date__c}}}\n",
    )
    bench.write("salesforce/2026-11-20/Review__c.csv", "Id,Lead__c,Date__c\na,00Q1,2026-01-01\n")
    bench.load()
    assert bench.rows("select crm, lead_id, ruled_at from mapped.salesforce__reviews") == [
        ("salesforce", "00Q1", "2026-01-01")
    ]


def test_every_view_has_text_and_provenance(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User.csv", "Id\n1\n")
    bench.load()
    columns = bench.rows(
        "select table_name, list(column_name || ' ' || data_type order by column_index)"
        " from duckdb_columns() where schema_name = 'mapped' group by all"
    )
    assert len(columns) == 27
    tail = [
        "_object VARCHAR",
        "_file VARCHAR",
        "_line BIGINT",
        "_load_id VARCHAR",
        "_exported_at TIMESTAMP",
    ]
    for name, found in columns:
        assert found[0] == "crm VARCHAR", name
        assert found[-5:] == tail, name
        assert all(column.endswith(" VARCHAR") for column in found[:-5]), name


def test_views_of_a_mapping_that_is_gone_lose_its_rows(bench: Bench) -> None:
    bench.map("zoho.yml", ZOHO)
    bench.write("zoho/2026-11-20/Leads.csv", "Record Id,Created,Score\n7,,\n")
    bench.load()
    bench.map(
        "zoho.yml",
        ZOHO.replace("      leads:", "      users:").replace(
            "lead_id: Record Id, created_at: Created, score: Score, source: {constant: it's us}",
            "user_id: Record Id",
        ),
    )
    bench.load()
    assert bench.rows("select count(*) from mapped.generic__leads") == [(0,)]
    assert bench.rows("select user_id from mapped.generic__users") == [("7",)]


def test_a_row_without_the_id_of_a_fed_file_is_no_record_of_it(bench: Bench) -> None:
    bench.map(
        "wide.yml",
        "objects:\n  W:\n    feeds:\n      leads: {lead_id: Lead, name: Name}\n"
        "      opportunities: {opportunity_id: Deal, lead_id: Lead}\n",
    )
    bench.write("wide/2026-11-20/W.csv", "Lead,Name,Deal\n1,a,D1\n2,b,\n3,c, \n,d,D4\n")
    bench.load()
    assert bench.rows("select lead_id from mapped.generic__leads order by 1") == [
        ("1",),
        ("2",),
        ("3",),
    ]
    assert bench.rows("select opportunity_id, lead_id from mapped.generic__opportunities") == [
        ("D1", "1"),
        ("D4", ""),
    ]


def test_touches_of_several_objects_stay_apart(bench: Bench) -> None:
    bench.map(
        "tool.yml",
        "objects:\n  Calls: {feeds: {touches: {touch_id: Id, type: {constant: call}}}}\n"
        "  Mails: {feeds: {touches: {touch_id: Id, type: {constant: email}}}}\n",
    )
    bench.map("other.yml", "objects: {Calls: {feeds: {touches: {touch_id: Id}}}}")
    bench.write("tool/2026-11-20/Calls.csv", "Id,N\n1,\n2,\n,\n")
    bench.write("tool/2026-11-20/Mails.csv", "Id,N\n1,\n")
    bench.write("other/2026-11-20/Calls.csv", "Id,N\n1,\n")
    bench.load()
    assert bench.rows("select crm, touch_id, type from mapped.generic__touches order by all") == [
        ("other", "1", None),
        ("tool", "Calls/1", "call"),
        ("tool", "Calls/2", "call"),
        ("tool", "Mails/1", "email"),
    ]


def test_objects_that_feed_one_file_complete_each_other(bench: Bench) -> None:
    bench.map(
        "tool.yml",
        "objects:\n"
        "  People: {feeds: {leads: {lead_id: Id, name: Name, email: Mail}}}\n"
        "  Scores: {feeds: {leads: {lead_id: Lead, score: Score, email: Mail}}}\n"
        "  Places: {feeds: {leads: {lead_id: Lead, country: Land, score: Score}}}\n",
    )
    bench.write("tool/2026-11-20/People.csv", "Id,Name,Mail\n1,a,a@x\n2,b,\n")
    bench.write("tool/2026-11-20/Scores.csv", "Lead,Score,Mail\n1,5,z@x\n2,6,b@x\n4,,d@x\n")
    bench.write("tool/2026-11-21/Scores.csv", "Lead,Score,Mail\n1,7,z@x\n")
    bench.write("tool/2026-11-22/People.csv", "Id,Name,Mail\n1,aa,a@x\n")
    bench.write("tool/2026-11-22/Places.csv", "Lead,Land,Score\n2,FR,9\n4,DE,8\n5,IT,\n")
    bench.load()
    assert bench.rows(
        "select lead_id, name, email, score, country, _object, _line, _exported_at::date::varchar"
        " from mapped.generic__leads order by lead_id, _exported_at"
    ) == [
        ("1", "a", "a@x", "7", None, "People", 2, "2026-11-20"),
        ("1", "aa", "a@x", "7", None, "People", 2, "2026-11-22"),
        ("2", "b", "b@x", "6", "FR", "People", 3, "2026-11-20"),
        ("4", None, "d@x", "8", "DE", "Scores", 4, "2026-11-20"),
        ("5", None, None, None, "IT", "Places", 4, "2026-11-22"),
    ]
