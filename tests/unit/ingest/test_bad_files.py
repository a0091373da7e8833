"""A bad file is refused whole with one sentence; nothing of it loads and every other file does."""

from __future__ import annotations

import stat
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import pytest

from dagster_project.cli import _sentences
from dagster_project.errors import RefusedFilesError, UsageError
from dagster_project.ingest import drops, load, load_exports
from dagster_project.ingest.reader import BadRow

from .conftest import Bench

FILE = "salesforce/2026-11-20/User.csv"
GOOD = "Id,Name\n1,a\n"


def refused(bench: Bench) -> list[str]:
    """Loads with one good file beside the bad ones, which must load."""
    bench.write("salesforce/2026-11-20/UserRole.csv", GOOD)
    report = bench.load()
    assert [f.file for f in report.new] == ["salesforce/2026-11-20/UserRole.csv"]
    assert bench.rows('select count(*) from raw_salesforce."User"') == [(0,)]
    statuses = bench.rows(
        "select status, rows_in_file from ingest.loads where object <> 'UserRole'"
    )
    assert statuses == [("refused", 0)] * len(report.refused)
    errors = [f.error or "" for f in report.refused]
    told = (
        str(RefusedFilesError(report.faults, len(report.refused))).replace(": ", " ").splitlines()
    )
    assert told == [e.replace(": ", " ") for e in errors if not e.endswith(drops.STOPPED)]
    return errors


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "is empty (0 bytes); export it again"),
        (b"\n \r\n", "holds nothing but blanks; export it again"),
        (
            b"Name,Email\na,b\n",
            "lacks the required column Id (found: Name, Email);"
            " add to the export what is missing or name the column in the mapping",
        ),
        (
            b"just some words\n",
            "has no header row with the required column Id;"
            " export it with its column names or name the columns in the mapping",
        ),
        (
            b"1,Ada,ada@example.com\n2,Bob,bob@example.com\n",
            "has no header row with the required column Id;"
            " export it with its column names or name the columns in the mapping",
        ),
        (
            b"<!DOCTYPE html>\n<html><head><title>Login</title>",
            "is a web page or XML, not a table (a login page saved as a file?);"
            " sign in and export it again",
        ),
        (
            b'  \n<?xml version="1.0"?><Workbook>',
            "is a web page or XML, not a table (a login page saved as a file?);"
            " sign in and export it again",
        ),
        (bytes(range(256)) * 8, "is not text (binary data); export it as .csv or .xlsx"),
        (b"\0" * 1000, "is not text (binary data); export it as .csv or .xlsx"),
        (b"%PDF-1.7 ...", "is a PDF; export it as .csv or .xlsx"),
        (
            b"PK\x03\x04....",
            "is a zip or Excel file under another ending; name it .xlsx or .zip",
        ),
    ],
)
def test_refused_for_its_content(content: bytes, sentence: str, bench: Bench) -> None:
    bench.write(FILE, content)
    assert refused(bench) == [f"{FILE} {sentence}"]


def test_several_required_columns_missing(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/Lead.csv", "Id,Status\n1,New\n")
    assert refused(bench) == [
        "salesforce/2026-11-20/Lead.csv lacks the required columns OwnerId, CreatedDate"
        " (found: Id, Status); add to the export what is missing or name the column in the mapping"
    ]


def test_workbook_that_is_none(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User.xlsx", b"PK\x03\x04 not really")
    assert refused(bench) == [
        "salesforce/2026-11-20/User.xlsx is no Excel workbook or is damaged; export it again"
    ]


def test_other_formats_of_a_known_object_are_named(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/User.json", "[]")
    assert refused(bench) == [
        "salesforce/2026-11-20/User.json is a .json; export it as .csv or .xlsx"
    ]


@pytest.mark.parametrize("keep", [0.5, 0.9])
def test_truncated_zip(keep: float, bench: Bench) -> None:
    path = bench.zip("salesforce/2026-11-21.zip", {"User.csv": GOOD * 50})
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    assert refused(bench) == [
        "salesforce/2026-11-21.zip is no complete zip (truncated or damaged); export it again"
    ]


def test_member_damaged_inside_its_zip(bench: Bench) -> None:
    path = bench.exports / "salesforce/2026-11-21.zip"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("User.csv", GOOD)
        archive.writestr("Group.csv", GOOD)
    path.write_bytes(path.read_bytes().replace(b"1,a", b"1,b", 1))
    report = bench.load()
    assert [f.error for f in report.refused] == [
        "salesforce/2026-11-21.zip/User.csv is damaged inside its zip; export it again"
    ]
    assert [f.file for f in report.new] == ["salesforce/2026-11-21.zip/Group.csv"]


@pytest.mark.parametrize(
    "member", ["../User.csv", "/etc/User.csv", "a/../../User.csv", "..\\User.csv", "C:\\User.csv"]
)
def test_zip_member_that_leaves_the_folder(member: str, bench: Bench) -> None:
    bench.zip("salesforce/2026-11-21.zip", {member: GOOD})
    [error] = refused(bench)
    assert error.endswith(f"has a path that leaves the folder ({member}); make the zip anew")
    assert not list(bench.exports.parent.rglob("User.csv"))


def test_zip_bomb(bench: Bench) -> None:
    bench.zip("salesforce/2026-11-21.zip", {"User.csv": "Id,Name\n" + "1,a\n" * 3_000_000})
    [error] = refused(bench)
    assert error.startswith("salesforce/2026-11-21.zip/User.csv would unpack to 12,000,008 bytes")
    assert "(a zip bomb: more than 100 to 1)" in error


def test_linked_and_encrypted_members(bench: Bench) -> None:
    path = bench.exports / "salesforce/2026-11-21.zip"
    path.parent.mkdir(parents=True)
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("User.csv")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("Group.csv", GOOD)
    content = bytearray(path.read_bytes())
    central = content.rindex(b"PK\x01\x02")
    content[central + 8] |= 1  # the flag of encryption, on Group.csv
    path.write_bytes(content)
    assert refused(bench) == [
        "salesforce/2026-11-21.zip/User.csv is a link, not a file;"
        " make the zip anew with the file itself",
        "salesforce/2026-11-21.zip/Group.csv is encrypted; make the zip anew without a password",
    ]


def test_links_out_of_the_exports_folder(bench: Bench, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "User.csv").write_text(GOOD)
    drop = bench.exports / "salesforce/2026-11-20"
    drop.mkdir(parents=True)
    (drop / "User.csv").symlink_to(outside / "User.csv")
    (drop / "more").symlink_to(outside)
    (bench.exports / "salesforce/2026-11-19").symlink_to(outside)
    assert sorted(refused(bench)) == [
        "salesforce/2026-11-19 leads out of the exports folder; copy it in instead",
        "salesforce/2026-11-20/User.csv leads out of the exports folder; copy the file in instead",
        "salesforce/2026-11-20/more leads out of the exports folder; copy the file in instead",
    ]


def test_a_link_inside_the_exports_folder_is_followed(bench: Bench) -> None:
    target = bench.write("salesforce/2026-11-20/User.csv", GOOD)
    link = bench.exports / "salesforce/2026-11-21/User.csv"
    link.parent.mkdir()
    link.symlink_to(target)
    assert [f.status for f in bench.load().files] == ["loaded", "known"]


def test_file_outside_a_drop_and_zip_inside_one(bench: Bench) -> None:
    bench.write("salesforce/User.csv", GOOD)
    bench.zip("salesforce/2026-11-20/User.zip", {"User.csv": GOOD})
    assert sorted(refused(bench)) == [
        "salesforce/2026-11-20/User.zip is a zip inside a drop and is not opened;"
        " put it beside the drop's folder",
        "salesforce/User.csv lies outside a drop; put it into a folder named by its date,"
        " such as salesforce/2026-11-20/",
    ]


def test_file_that_may_not_be_read(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.write(FILE, GOOD)
    original = Path.open

    def forbid(self: Path, *args: object, **kwargs: object) -> object:
        if self.name == "User.csv":
            raise PermissionError(13, "Permission denied", str(self))
        return original(self, *args, **kwargs)  # type: ignore[call-overload]

    # The tests may run as a user whom no mode of a file keeps out.
    monkeypatch.setattr(Path, "open", forbid)
    assert refused(bench) == [
        f"{FILE} cannot be read (Permission denied); allow this user to read it"
    ]


def test_a_file_still_being_copied(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    path = bench.write(FILE, GOOD)
    settle = load.settle

    def write_on(*arguments: Any) -> list[BadRow]:
        if "User.csv" in str(path) and path.stat().st_size == len(GOOD):
            path.write_text(GOOD + "2,b\n")
        return settle(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(load, "settle", write_on)
        report = bench.load()
    assert [f.error for f in report.refused] == [
        f"{FILE} changed while it was read; run again once it is whole"
    ]
    assert [f.loaded for f in bench.load().files] == [2]


_EXAMPLE = 'it must be JSON like {"exported_at": "2026-11-20T02:00:00Z", "mode": "delta"}'
_INSTANT = 'exported_at must be an instant like "2026-11-20T02:00:00Z", not '


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        ('{"mode": "all"}', 'mode must be "delta" or "full", not "all"'),
        ('{"mode": ["full"]}', 'mode must be "delta" or "full", not ["full"]'),
        ("{not json", _EXAMPLE),
        ('["delta"]', _EXAMPLE),
        (b"\xff", _EXAMPLE),
        ('{"exported_at": "never"}', f'{_INSTANT}"never"'),
        ('{"exported_at": 5}', f"{_INSTANT}5"),
        ('{"exported_at": "0001-01-01T00:00:00+02:00"}', f'{_INSTANT}"0001-01-01T00:00:00+02:00"'),
    ],
)
def test_a_wrong_manifest_stops_its_drop(manifest: str | bytes, why: str, bench: Bench) -> None:
    bench.write("salesforce/2026-11-19/User.csv", GOOD)
    bench.write("salesforce/2026-11-19/Lead.csv", GOOD)
    bench.write("salesforce/2026-11-19/_export.json", manifest)
    first, *others = refused(bench)
    assert first == (
        f"salesforce/2026-11-19/_export.json is wrong ({why}), so 2 files of its drop went unread;"
        " correct it"
    )
    assert others == [
        f"salesforce/2026-11-19/{name}.csv was not read, because the _export.json of its drop is"
        " wrong"
        for name in ("Lead", "User")
    ]


def test_a_wrong_manifest_is_told_once_beside_what_else_is_wrong(bench: Bench) -> None:
    bench.write("salesforce/2026-11-19/User.csv", GOOD)
    bench.write("salesforce/2026-11-19/Lead.csv", GOOD)
    bench.write("salesforce/2026-11-19/Task.xls", "")
    bench.write("salesforce/2026-11-19/_export.json", "[]")
    report = bench.load()
    assert [str(fault) for fault in report.faults] == [
        "salesforce/2026-11-19/Task.xls: is a .xls; export it as .csv or .xlsx",
        'salesforce/2026-11-19/_export.json: is wrong (it must be JSON like {"exported_at":'
        ' "2026-11-20T02:00:00Z", "mode": "delta"}), so 2 files of its drop went unread;'
        " correct it",
    ]
    assert len(report.refused) == 4


def test_every_refused_file_is_counted_once_everywhere(bench: Bench) -> None:
    """The sentence that ends a run, the run's entry and ops.loads are of one number."""
    for name in ("Lead", "Lead_2", "User"):  # two of them alike to the last byte
        bench.write(f"salesforce/2026-11-19/{name}.csv", "<html>Log in</html>")
    bench.write("salesforce/2026-11-20/User.csv", GOOD)
    bench.write("salesforce/2026-11-20/_export.json", "{")
    report = bench.load()
    assert len(report.refused) == 5
    refused_loads = "select count(*) from ingest.loads where status = 'refused'"
    assert bench.rows(refused_loads) == [(5,)]
    assert list(_sentences(RefusedFilesError(report.faults, len(report.refused))))[-2:] == [
        'salesforce/2026-11-20/_export.json: is wrong (it must be JSON like {"exported_at":'
        ' "2026-11-20T02:00:00Z", "mode": "delta"}), so 1 file of its drop went unread;'
        " correct it",
        "5 files were refused. Everything else was loaded, nothing new was published.",
    ]
    assert len(bench.load().refused) == 5
    assert bench.rows(refused_loads) == [(5,)]


def test_a_manifest_that_may_not_be_read_stops_its_drop(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench.write("salesforce/2026-11-19/User.csv", GOOD)
    bench.write("salesforce/2026-11-19/_export.json", "{}")

    def forbid(self: Path) -> bytes:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "read_bytes", forbid)
    assert refused(bench)[0] == (
        "salesforce/2026-11-19/_export.json is wrong (it cannot be read: Permission denied), so"
        " 1 file of its drop went unread; correct it"
    )


def test_a_refused_file_that_is_corrected_loads(bench: Bench) -> None:
    bench.write(FILE, "Name\na\n")
    assert [f.status for f in bench.load().files] == ["refused"]
    assert bench.rows("select object, is_complete from ingest.deliveries") == [("User", False)]
    bench.write(FILE, GOOD)
    assert [f.status for f in bench.load().files] == ["loaded"]
    assert bench.rows("select object, is_complete from ingest.deliveries") == [("User", True)]


def test_a_refused_file_loads_once_the_mapping_explains_it(bench: Bench) -> None:
    bench.write("salesforce/2026-11-20/UserRole.csv", "Id,Label\n1,a\n")
    assert [f.status for f in bench.load().files] == ["refused"]
    bench.map(
        "salesforce.yml",
        "crm: salesforce\nobjects: {UserRole: {fields: {name: [Name, Label]}}}\n",
    )
    report = bench.load()
    assert [f.status for f in report.files] == ["loaded"]
    assert bench.rows("select status, error from ingest.loads") == [("loaded", None)]
    assert bench.rows("select id, name from mapped.salesforce__user_role") == [("1", "a")]


def test_missing_folder(bench: Bench, tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    with duckdb.connect() as empty:
        with pytest.raises(UsageError) as caught:
            load_exports(empty, missing, bench.mappings)
        assert empty.execute("select count(*) from duckdb_tables()").fetchone() == (0,)
    assert str(caught.value) == f"{missing} is no folder; name the folder that holds <crm>/<drop>/"


@pytest.mark.parametrize("folder", ["", "salesforce", "salesforce/2026-11-20"])
def test_empty_folder(folder: str, bench: Bench) -> None:
    (bench.exports / folder).mkdir(parents=True, exist_ok=True)
    with pytest.raises(
        UsageError, match=r"exports holds no export files; put them into a folder such as"
    ):
        bench.load()


def test_folder_that_may_not_be_read(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbid(self: Path) -> list[Path]:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "iterdir", forbid)
    with pytest.raises(UsageError) as caught:
        bench.load()
    assert str(caught.value) == (
        f"{bench.exports} cannot be read (Permission denied); allow this user to read it"
    )


def test_folder_without_a_mapping(bench: Bench) -> None:
    bench.write("zoho/2026-11-20/Leads.csv", GOOD)
    with pytest.raises(UsageError) as caught:
        bench.load()
    assert str(caught.value) == (
        f"{bench.exports / 'zoho'} has no mapping; there are mappings for hubspot, salesforce:"
        " rename the folder or add mappings/zoho.yml to the contract folder"
    )


def test_the_limits_are_what_the_sentences_say() -> None:
    assert drops.too_big(_member(drops.RATIO_APPLIES_ABOVE, 1)) is None
    assert drops.too_big(_member(drops.RATIO_APPLIES_ABOVE + 1, 1)) is not None
    assert drops.too_big(_member(1_000 * 1024**2, 11 * 1024**2)) is None
    assert drops.too_big(_member(drops.MAX_MEMBER_BYTES + 1, drops.MAX_MEMBER_BYTES // 2)) == (
        f"would unpack to {drops.MAX_MEMBER_BYTES + 1:,} bytes; split it into several files"
    )


def _member(size: int, compressed: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo("User.csv")
    info.file_size, info.compress_size = size, compressed
    return info
