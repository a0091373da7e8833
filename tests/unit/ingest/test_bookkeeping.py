"""What is known, what was delivered, and up to which instant the data speaks."""

from __future__ import annotations

import hashlib
import os
import time
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import duckdb
import pytest

from dagster_project.ingest import FileReport, Mappings, load, load_exports
from dagster_project.ingest.load import load_id

from .conftest import Bench

USERS = "Id,Name\n1,a\n2,b\n"


def deliveries(bench: Bench) -> list[tuple]:
    return bench.rows(
        "select d.file_name, d.exported_at::varchar, d.mode, d.is_complete, l.status"
        " from ingest.deliveries d left join ingest.loads l using (load_id)"
        " order by d.exported_at, d.file_name"
    )


def as_of(bench: Bench) -> str:
    [(instant,)] = bench.rows("select as_of::varchar from ingest.run_context")
    return instant


def everything(bench: Bench) -> dict[str, list[tuple]]:
    tables = bench.rows(
        "select schema_name || '.\"' || table_name || '\"' from duckdb_tables() where not temporary"
    )
    return {table: sorted(bench.rows(f"from {table}"), key=repr) for (table,) in tables}


def test_a_load_is_recorded(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20T020000Z/User.csv", USERS + ",none\n")
    report = bench.load()
    [row] = bench.rows("select * exclude (loaded_at) from ingest.loads")
    assert row[4] == hashlib.sha256(b"Id,Name\n1,a\n2,b\n,none\n").hexdigest()
    assert row[0] == load_id("salesforce", "User", row[4])
    assert row[1:4] == ("salesforce", "User", "salesforce/2026-11-20T020000Z/User.csv")
    assert row[5:] == (3, 2, 1, datetime(2026, 11, 20, 2), "loaded", None)
    [file] = report.files
    assert (file.rows_in_file, file.loaded, file.quarantined, file.status) == (3, 2, 1, "loaded")
    assert report.of("salesforce", "User") == [file]
    assert report.of("salesforce", "Lead") == []
    assert bench.rows(
        'select distinct _file, _load_id, _exported_at from raw_salesforce."User"'
    ) == [(row[3], row[0], datetime(2026, 11, 20, 2))]


def test_loading_again_changes_nothing(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User.csv", USERS + ",none\n")
    bench.write("salesforce/2026-11-20/Lead.csv", "Id\n1\n")
    bench.write("salesforce/2026-11-20/notes.txt", "hello")
    bench.load()
    before = everything(bench)
    report = bench.load()
    assert everything(bench) == before
    assert sorted(f.status for f in report.files) == ["known", "refused"]
    assert [(f.rows_in_file, f.loaded, f.quarantined) for f in report.known] == [(3, 2, 1)]


def test_the_same_content_under_another_name_is_known(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User.csv", USERS)
    bench.write("salesforce/2026-11-20/User_2.csv", USERS)
    bench.zip("salesforce/2026-11-21.ZIP", {"export/User.CSV": USERS})
    report = bench.load()
    assert [f.status for f in report.files] == ["loaded", "known", "known"]
    assert len(bench.users()) == 2
    assert [row[0] for row in deliveries(bench)] == [
        "salesforce/2026-11-20/User.csv",
        "salesforce/2026-11-20/User_2.csv",
        "salesforce/2026-11-21.ZIP/export/User.CSV",
    ]


def test_the_same_content_of_another_object_is_another_file(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User.csv", USERS)
    bench.write("salesforce/2026-11-20/UserRole.csv", USERS)
    assert [f.status for f in bench.load().files] == ["loaded", "loaded"]


def test_an_object_in_several_files(bench: Bench) -> None:
    for name in ("User.csv", "User_1.csv", "user-002.csv", "User (3).csv", "User4.csv"):
        bench.write(f"salesforce/2026-11-20/{name}", f"Id,Name\n{name},x\n")
    report = bench.load()
    assert {f.object for f in report.files} == {"User"}
    assert bench.rows('select count(*) from raw_salesforce."User"') == [(5,)]


def test_an_object_never_delivered_is_an_empty_table_and_view(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User.csv", USERS)
    bench.load()
    assert bench.rows('select count(*) from raw_salesforce."Lead"') == [(0,)]
    assert bench.rows("select count(*) from mapped.hubspot__contacts") == [(0,)]
    assert bench.rows("select count(*) from mapped.generic__leads") == [(0,)]


def test_a_new_column_is_kept_and_reported_until_it_is_mapped(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User.csv", USERS)
    bench.write("salesforce/2026-11-21/User.csv", "Id,Name,Shoe Size\n3,c,44\n")
    bench.load()
    assert bench.rows('select "Id", "Shoe Size" from raw_salesforce."User" order by 1') == [
        ("1", None),
        ("2", None),
        ("3", "44"),
    ]
    told = "select crm, object, record_id, field, problem from ingest.problems"
    assert bench.rows(told) == [
        (
            "salesforce",
            "User",
            None,
            "Shoe Size",
            "the column Shoe Size of User is not in the mapping; it is kept in"
            " raw_salesforce.User and used nowhere",
        )
    ]
    bench.map("salesforce.yml", "objects: {User: {fields: {time_zone: Shoe Size}}}")
    bench.load()
    assert bench.rows(told) == []
    assert bench.rows("select time_zone from mapped.salesforce__user where id = '3'") == [("44",)]


def test_a_column_mapped_later_exists_before_it_is_delivered(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User.csv", USERS)
    bench.load()
    bench.map("salesforce.yml", "objects: {User: {fields: {time_zone: Zone__c}}}")
    bench.load()
    assert bench.rows("select id, time_zone from mapped.salesforce__user order by id") == [
        ("1", None),
        ("2", None),
    ]


def test_unknown_files_and_undated_drops_are_reported(bench: Bench) -> None:
    path = bench.write("salesforce/latest/User.csv", USERS)
    bench.write("salesforce/latest/Campaign.csv", "Id\n1\n")
    bench.write("salesforce/latest/.DS_Store", "x")
    instant = datetime(2026, 11, 18, 4, 5, 6, tzinfo=UTC).timestamp()
    os.utime(path, (instant, instant))
    os.utime(path.parent, (instant, instant))
    os.utime(path.parent / "Campaign.csv", (instant, instant))
    report = bench.load()
    assert report.warnings == [
        "salesforce/latest has neither _export.json nor a date in its name; its modification time"
        " stands for the instant of its export",
        "salesforce/latest/Campaign.csv belongs to no object of the mapping (Lead, LeadHistory,"
        " User, UserRole, Group, Task, Event, Opportunity, OpportunityHistory, Account, Contact,"
        " reviews) and was not read",
    ]
    assert as_of(bench) == "2026-11-18 04:05:06"


def test_full_and_delta(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User.csv", USERS)
    bench.write("salesforce/2026-11-20/_export.json", '{"mode": "full"}')
    bench.write("salesforce/2026-11-21/User.csv", "Id,Name\n1,a\n")
    bench.write(
        "salesforce/2026-11-21/_export.json",
        '{"exported_at": "2026-11-22T01:00:00+01:00", "mode": "full"}',
    )
    bench.zip("salesforce/2026-11-23.zip", {"User.csv": USERS, "_export.json": '{"mode": "delta"}'})
    bench.load()
    assert deliveries(bench) == [
        ("salesforce/2026-11-20/User.csv", "2026-11-20 00:00:00", "full", True, "loaded"),
        ("salesforce/2026-11-21/User.csv", "2026-11-22 00:00:00", "full", True, "loaded"),
        ("salesforce/2026-11-23.zip/User.csv", "2026-11-23 00:00:00", "delta", True, "loaded"),
    ]


def test_an_object_with_a_refused_part_is_not_complete(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User_1.csv", USERS)
    bench.write("salesforce/2026-11-20/User_2.csv", "Name\nx\n")
    bench.write("salesforce/2026-11-20/Group.csv", USERS)
    bench.load()
    assert [(row[0][22:], row[3], row[4]) for row in deliveries(bench)] == [
        ("Group.csv", True, "loaded"),
        ("User_1.csv", False, "loaded"),
        ("User_2.csv", False, "refused"),
    ]


def test_as_of_is_the_newest_drop_that_said_something(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User.csv", USERS)
    bench.write("salesforce/2026-11-21/User.csv", "Id,Name\n3,c\n")
    bench.load()
    assert as_of(bench) == "2026-11-21 00:00:00"
    bench.write("salesforce/2026-11-22/User.csv", USERS)
    bench.load()
    assert as_of(bench) == "2026-11-21 00:00:00", "a delta sent again says nothing new"
    bench.write("salesforce/2026-11-23/Lead.csv", "Name\nx\n")
    bench.load()
    assert as_of(bench) == "2026-11-21 00:00:00", "nor does a drop that was refused"
    bench.write("salesforce/2026-11-24/User.csv", "Id,Name\n")
    bench.load()
    assert as_of(bench) == "2026-11-24 00:00:00", "an empty file says: nothing changed"
    bench.write("hubspot/2026-11-25/owners.csv", "Owner ID,Email\n1,a@b.c\n")
    bench.load()
    assert as_of(bench) == "2026-11-25 00:00:00"
    bench.write("salesforce/2026-11-26/User.csv", USERS)
    bench.write("salesforce/2026-11-26/_export.json", '{"mode": "full"}')
    bench.load()
    assert as_of(bench) == "2026-11-26 00:00:00", "a full drop tells what is no longer there"


def test_an_empty_drop_is_reported(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User.csv", USERS)
    (bench.exports / "salesforce/2026-11-21").mkdir()
    assert bench.load().warnings == ["salesforce/2026-11-21 is empty; nothing was read from it"]


def test_as_of_given_by_the_caller(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User.csv", USERS)
    instant = datetime(2026, 6, 1, 2, tzinfo=timezone(timedelta(hours=2)))
    assert bench.load(as_of=instant).as_of == datetime(2026, 6, 1)
    assert as_of(bench) == "2026-06-01 00:00:00"
    assert bench.load().as_of == datetime(2026, 11, 20)


def test_the_order_of_deliveries_does_not_matter_to_what_is_loaded_first(bench: Bench) -> None:
    """The older of two drops with the same file is where its rows come from."""
    bench.write("salesforce/a 2026-11-21/User.csv", USERS)
    bench.write("salesforce/b 2026-11-20/User.csv", USERS)
    bench.load()
    assert bench.rows('select distinct _file from raw_salesforce."User"') == [
        ("salesforce/b 2026-11-20/User.csv",)
    ]


def test_a_killed_load_leaves_whole_files_and_is_completed_by_the_next(
    bench: Bench, tmp_path: Path, shipped: Mappings, template: Path
) -> None:
    for day in (20, 21, 22):
        bench.write(f"salesforce/2026-11-{day}/User.csv", f"Id,Name\n{day},a\n,none\n")
    undisturbed = Bench.__new__(Bench)
    undisturbed.connection = duckdb.connect()
    load_exports(undisturbed.connection, bench.exports, shipped)

    def kill(file: FileReport) -> None:
        if "-21" in file.file:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.load(on_progress=kill)
    assert [
        f[0] for f in bench.rows("select exported_at::varchar from ingest.loads order by 1")
    ] == [
        "2026-11-20 00:00:00",
        "2026-11-21 00:00:00",
    ]
    report = bench.load()
    assert [f.status for f in report.files] == ["known", "known", "loaded"]

    def comparable(tables: dict[str, list[tuple]]) -> dict[str, list[list[object]]]:
        loaded_at = {name: 9 if name == 'ingest."loads"' else -1 for name in tables}
        return {
            name: [[v for i, v in enumerate(row) if i != loaded_at[name]] for row in rows]
            for name, rows in tables.items()
        }

    assert comparable(everything(bench)) == comparable(everything(undisturbed))


def test_an_error_while_a_file_is_stored_leaves_nothing_of_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.write("salesforce/2026-11-20/User.csv", "Id,Name,New\n1,a,b\n,x,y\n")

    def fail(*_: object) -> None:
        raise duckdb.IOException("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("dagster_project.ingest.load.quarantine", fail)
        with pytest.raises(duckdb.IOException):
            bench.load()
    assert bench.users() == []
    assert bench.rows("select count(*) from ingest.loads") == [(0,)]
    bench.load()
    assert bench.users() == [("1", "a", 2)]


def test_known_files_are_a_matter_of_milliseconds(bench: Bench) -> None:
    body = "".join(f"{n},Name of {n}\n" for n in range(20_000))
    for day in range(10, 20):
        bench.write(f"salesforce/2026-11-{day}/User.csv", f"Id,Name\n{day}x,b\n{body}")
    bench.load()
    started = time.perf_counter()
    report = bench.load()
    assert len(report.known) == 10
    assert time.perf_counter() - started < 1.0


@pytest.mark.parametrize("is_mended", [True, False], ids=["mended", "withdrawn"])
def test_a_refusal_that_is_mended_is_forgotten(is_mended: bool, bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User.csv", USERS)
    bad = bench.write("salesforce/2026-11-21/User.csv", "Name\nx\n")
    (bench.exports / "salesforce/2026-11-22.zip").write_bytes(b"PK no zip")
    assert len(bench.load().refused) == 2
    assert bench.rows("select count(*) from ingest.loads where status = 'refused'") == [(2,)]
    (bench.exports / "salesforce/2026-11-22.zip").unlink()
    bad.unlink()
    if is_mended:
        bench.write("salesforce/2026-11-21/User.csv", "Id,Name\n3,c\n")
        bench.zip("salesforce/2026-11-22.zip", {"User.csv": "Id,Name\n4,d\n"})
    assert bench.load().refused == []
    expected = 3 if is_mended else 1
    assert bench.rows("select status from ingest.loads") == [("loaded",)] * expected
    assert [row[3:] for row in deliveries(bench)] == [(True, "loaded")] * expected


def test_as_of_does_not_depend_on_the_order_of_loading(bench: Bench) -> None:
    bench.write("salesforce/2026-11-22/User.csv", USERS)
    bench.load()
    assert as_of(bench) == "2026-11-22 00:00:00"
    bench.write("salesforce/2026-11-20/User.csv", USERS)
    bench.load()
    assert as_of(bench) == "2026-11-20 00:00:00", "as if both had been there from the start"


def test_copies_of_delivered_files_lie_beside_the_warehouse(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system's temporary folder may be small, and is other people's."""
    monkeypatch.setattr("tempfile.tempdir", "/nowhere")
    bench.connection.execute("set temp_directory = ?", [str(tmp_path / "tmp")])
    bench.zip("salesforce/2026-11-20.zip", {"User.csv": USERS})
    seen: list[Path] = []
    read_text = load.read_text

    def read(connection: object, path: Path, *arguments: object) -> object:
        seen.append(path)
        return read_text(connection, path, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(load, "read_text", read)
    bench.load()
    assert seen == [tmp_path / "tmp" / "incoming" / "member.csv"]
    assert not (tmp_path / "tmp" / "incoming").exists()
