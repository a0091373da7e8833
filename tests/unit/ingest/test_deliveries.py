"""Misdated deliveries are told and can be taken back; those that are gone are told too."""

from __future__ import annotations

import shutil
from datetime import datetime

import duckdb
import pytest

from dagster_project.errors import UsageError
from dagster_project.ingest import deliveries, find_drops

from .conftest import Bench

NOW = datetime(2026, 11, 22, 6)
USERS = "Id,Name\n1,a\n2,b\n"
NEW_USER = "Id,Name\n3,c\n"
BOOKS = ("loads", "deliveries", "quarantined_rows", "file_problems", "problems", "run_context")

_USER = 'raw_salesforce."User"'


def state(bench: Bench) -> dict[str, list[tuple]]:
    """All that loading wrote, but for the moment it did."""
    tables = {book: f"select * from ingest.{book}" for book in BOOKS}
    tables["loads"] = "select * exclude (loaded_at) from ingest.loads"
    tables["User"] = 'select "Id", "Name", _file, _line, _load_id, _exported_at from ' + _USER
    return {table: sorted(bench.rows(query), key=repr) for table, query in tables.items()}


def as_of(bench: Bench) -> datetime:
    [(instant,)] = bench.rows("select as_of from ingest.run_context")
    return instant


def told(name: str, instant: str) -> str:
    return (
        f"salesforce/{name} says it was exported at {instant} UTC, which is still to come by this"
        " machine's clock; verdicts may be as of then. If the date is wrong, correct it and run"
        f" leadpact nightly --forget salesforce/{name}"
    )


def test_a_drop_of_a_day_that_has_not_come_is_told_until_it_is_taken_back(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User.csv", USERS + ",no id\n")
    bench.load(now=NOW)
    before = state(bench)
    wrong = bench.write("salesforce/2027-06-01/User.csv", "Id,Name,Name\n1,z,y\n,no id,y\n")
    report = bench.load(now=NOW)
    assert report.as_of == datetime(2027, 6, 1), "the same exports say the same on every machine"
    assert told("2027-06-01", "2027-06-01 00:00") in report.warnings
    assert bench.rows(
        "select crm, object, record_id, field, raw_value from ingest.problems"
        " where field = 'exported_at'"
    ) == [("salesforce", None, None, "exported_at", "2027-06-01")]
    shutil.rmtree(wrong.parent)
    assert bench.load(now=NOW).warnings[0] == told("2027-06-01", "2027-06-01 00:00")
    assert as_of(bench) == datetime(2027, 6, 1)

    deliveries.forget(bench.connection, ["salesforce/2027-06-01"])
    assert bench.load(now=NOW).as_of == datetime(2026, 11, 20)
    assert state(bench) == before


@pytest.mark.parametrize(
    ("name", "is_told"),
    [
        ("2026-11-23T060000Z", False),
        ("2026-11-23T060001Z", True),
        ("2026-11-22", False),
        ("2026-11-20", False),
    ],
)
def test_a_day_ahead_is_another_time_zone(name: str, is_told: bool, bench: Bench) -> None:
    bench.write(f"salesforce/{name}/User.csv", USERS)
    assert bool(bench.load(now=NOW).problems) is is_told


def test_a_machine_whose_clock_is_wrong_loads_all_the_same(bench: Bench) -> None:
    bench.write("salesforce/2026-11-13/User.csv", USERS)
    bench.write("salesforce/2026-11-20/User.csv", NEW_USER)
    report = bench.load(now=datetime(2020, 1, 1))
    assert (len(report.new), report.as_of) == (2, datetime(2026, 11, 20))
    assert report.warnings == [
        told("2026-11-13", "2026-11-13 00:00"),
        told("2026-11-20", "2026-11-20 00:00"),
    ]
    assert bench.load(now=NOW).warnings == [], "its day has come"


def test_a_drop_delivered_again_under_its_right_date(bench: Bench) -> None:
    """Its rows are those of the right drop then, as if the wrong one had never been."""
    bench.write("salesforce/2026-05-01/User.csv", NEW_USER)
    wrong = bench.write("salesforce/2027-06-01/User.csv", USERS + ",no id\n").parent
    bench.write("salesforce/2027-06-01/_export.json", '{"mode": "full"}')
    bench.load(now=NOW)
    wrong.rename(bench.exports / "salesforce" / "2026-06-01")
    bench.load(now=NOW)
    assert as_of(bench) == datetime(2027, 6, 1)
    deliveries.forget(bench.connection, ["salesforce/2027-06-01"])
    report = bench.load(now=NOW)
    assert (report.as_of, report.warnings) == (datetime(2026, 6, 1), [])
    assert [file.status for file in report.files] == ["known", "known"], "nothing was lost"
    mended = state(bench)
    for schema in ("ingest", "raw_salesforce", "mapped"):
        bench.connection.execute(f"drop schema {schema} cascade")
    bench.load(now=NOW)
    assert state(bench) == mended


def test_a_drop_that_is_corrected_where_it_lies_is_read_anew(bench: Bench) -> None:
    bench.write("salesforce/latest/User.csv", USERS)
    bench.write("salesforce/latest/_export.json", '{"exported_at": "2027-06-01"}')
    bench.load(now=NOW)
    bench.write("salesforce/latest/_export.json", '{"exported_at": "2026-06-01"}')
    deliveries.forget(bench.connection, ["salesforce/latest"])
    report = bench.load(now=NOW)
    assert [file.status for file in report.files] == ["loaded"]
    assert (report.as_of, report.warnings) == (datetime(2026, 6, 1), [])
    assert bench.rows('select distinct _exported_at from raw_salesforce."User"') == [
        (datetime(2026, 6, 1),)
    ]


def test_what_another_delivery_holds_stays_as_it_is(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User.csv", USERS)
    bench.load(now=NOW)
    before = state(bench)
    again = bench.write("salesforce/2027-06-01/User.csv", USERS).parent
    bench.load(now=NOW)
    shutil.rmtree(again)
    deliveries.forget(bench.connection, ["salesforce/2027-06-01"])
    bench.load(now=NOW)
    assert state(bench) == before


def test_only_a_delivery_that_was_loaded_can_be_forgotten(bench: Bench) -> None:
    for day in range(10, 18):
        bench.write(f"salesforce/2026-11-{day}/User.csv", f"Id,Name\n{day},a\n")
    bench.load(now=NOW)
    deliveries.refuse_unknown(bench.connection, ["salesforce/2026-11-10"])
    with pytest.raises(UsageError) as caught:
        deliveries.refuse_unknown(bench.connection, ["salesforce/2026-11-10", "2026-11-11"])
    assert str(caught.value) == (
        "Nothing was loaded from 2026-11-11, so it cannot be forgotten: write it as crm/folder; the"
        " newest deliveries are salesforce/2026-11-17, salesforce/2026-11-16,"
        " salesforce/2026-11-15, salesforce/2026-11-14, salesforce/2026-11-13."
    )


def test_drops_that_are_gone_are_told(bench: Bench) -> None:
    gone = bench.write("salesforce/2026-11-20/User.csv", USERS)
    bench.write("salesforce/2026-11-21/User.csv", NEW_USER)
    bench.write("salesforce/2026-11-22/User.csv", "Name\nc\n")
    drops = bench.load().drops
    assert deliveries.missing_drops(bench.connection, drops) == []
    gone.unlink()
    gone.parent.rmdir()
    shutil.rmtree(bench.exports / "salesforce/2026-11-22")
    drops = find_drops(bench.exports, bench.mappings)
    assert deliveries.missing_drops(bench.connection, drops) == ["salesforce/2026-11-20"]
    with duckdb.connect() as empty:
        assert deliveries.missing_drops(empty, drops) == []
    bench.write("salesforce/2026-11-23/User.csv", USERS)
    drops = bench.load().drops
    assert deliveries.missing_drops(bench.connection, drops) == [], "another holds the same"
