"""A bad row goes to quarantine with its line, reason and text; every other row loads."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Bench

FILE = "salesforce/2026-11-20/User.csv"
GOOD = ["1,a,x", "2,b,y", "3,c,z"]


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        ("9,short", "has 2 fields where the header has 3"),
        ("9", "has 1 field where the header has 3"),
        ("9,a,b,c", "has 4 fields where the header has 3"),
        ("9,a,b,", "has 4 fields where the header has 3"),
        ('9,"open,x', "has a quote that is never closed"),
        ('9,"a"b,x', "has a broken quote (text after a closing quote)"),
        (",no id,x", "has no id (column Id is blank)"),
        ("  ,no id,x", "has no id (column Id is blank)"),
        ("9,a\0b,x", "holds a NUL byte"),
    ],
)
@pytest.mark.parametrize("position", [0, 1, 3])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["LF", "CRLF"])
def test_bad_row(bad: str, reason: str, position: int, end: str, bench: Bench) -> None:
    lines = ["Id,Name,Email", *GOOD]
    lines.insert(1 + position, bad)
    bench.write(FILE, end.join(lines) + end)
    report = bench.load()
    assert bench.quarantined() == [(2 + position, reason, bad.replace("\0", "\\x00"))]
    assert [identity for identity, *_ in bench.users()] == ["1", "2", "3"]
    assert [line for *_, line in bench.users()] == [n for n in range(2, 6) if n != 2 + position]
    assert [(f.rows_in_file, f.loaded, f.quarantined) for f in report.files] == [(4, 3, 1)]


@pytest.mark.parametrize(
    "bad",
    ['"9","open,"x"', '"9","a "quoted" word","x"', '"9,"a","x"', '"9","a","x'],
)
def test_broken_quote_where_every_field_is_quoted(bad: str, bench: Bench) -> None:
    lines = ['"Id","Name","Email"', '"1","a","x"', bad, '"2","b, c","y"', '"3","two\nlines","z"']
    bench.write(FILE, "\n".join(lines))
    bench.load()
    assert bench.users() == [("1", "a", 2), ("2", "b, c", 4), ("3", "two\nlines", 5)]
    assert [(line, raw) for line, _, raw in bench.quarantined()] == [(3, bad)]


def test_a_quote_inside_an_unquoted_field_is_text(bench: Bench) -> None:
    bench.write(FILE, 'Id,Name,Email\n1,5" pipe,x\n2,the "big" one,y\n')
    bench.load()
    assert bench.users() == [("1", '5" pipe', 2), ("2", 'the "big" one', 3)]


def test_a_quote_left_open_does_not_swallow_the_rows_up_to_another_stray_one(bench: Bench) -> None:
    """From one quote to the other it is valid CSV of the right width: only the rows inside tell."""
    lines = [
        "Id,Name,Email",
        "005000000000001AAA,a,x",
        '005000000000002AAA,"open,y',
        "005000000000003AAA,c,z",
        '005000000000004AAA",d',
        "005000000000005AAA,e,v",
    ]
    bench.write(FILE, "\n".join(lines))
    bench.load()
    assert [identity[14] for identity, *_ in bench.users()] == ["1", "3", "5"]
    assert [line for line, *_ in bench.quarantined()] == [3, 5]


def test_a_record_of_several_lines_with_a_field_too_few_is_one_bad_row(bench: Bench) -> None:
    bench.write(FILE, 'Id,Name,Email\n1,a,x\n2,"two\nlines"\n3,c,z\n')
    bench.load()
    assert bench.users() == [("1", "a", 2), ("3", "c", 5)]
    assert bench.quarantined() == [(3, "has 2 fields where the header has 3", '2,"two\nlines"')]


def test_bytes_that_do_not_decode(bench: Bench) -> None:
    content = "Id,Name,Email\n1,José,x\n2,".encode() + b"B\xfcrger\xff" + b",y\n3,c,z\n"
    bench.write(FILE, content)
    bench.load()
    assert bench.users() == [("1", "José", 2), ("3", "c", 4)]
    assert bench.quarantined() == [
        (3, "holds bytes that do not decode (0xfc)", "2,B\\xfcrger\\xff,y")
    ]


@pytest.mark.parametrize("damage", [b"\xff", b"\xff\xfe", b"\xc3(", b"a\x80b", b"\x9d"])
def test_a_damaged_row_does_not_make_plain_ascii_windows_text(damage: bytes, bench: Bench) -> None:
    bench.write(FILE, b"Id,Name,Email\n1,a,x\n2,B" + damage + b"rger,y\n3,c,z\n")
    bench.load()
    assert [identity for identity, *_ in bench.users()] == ["1", "3"]
    assert [line for line, *_ in bench.quarantined()] == [3]


@pytest.mark.parametrize(
    "name", ["José", "Müller", "Zoë d’Été", "Smith – Söhne", "5 €", "“Acme”", "São Paulo", "à la"]
)
def test_windows_1252_is_recognised_from_one_word(name: str, bench: Bench) -> None:
    bench.write(FILE, f"Id,Name,Email\n1,{name},x\n2,b,y\n".encode("cp1252"))
    bench.load()
    assert bench.users() == [("1", name, 2), ("2", "b", 3)]


def test_windows_1252_with_a_byte_it_does_not_have(bench: Bench) -> None:
    content = "Id,Name,Email\n1,José,x\n3,Müller,z\n2,Bürger".encode("cp1252") + b"\x81,y\n"
    bench.write(FILE, content)
    bench.load()
    assert bench.users() == [("1", "José", 2), ("3", "Müller", 3)]
    assert [(line, reason) for line, reason, _ in bench.quarantined()] == [
        (4, "holds bytes that do not decode (0x81)")
    ]


def test_half_a_character_at_the_end_of_utf_16(bench: Bench) -> None:
    bench.write(FILE, "Id,Name,Email\n1,a,x\n2,b,y".encode("utf-16") + b"\x41")
    bench.load()
    assert bench.users() == [("1", "a", 2)]
    assert [line for line, *_ in bench.quarantined()] == [3]


def test_of_contradicting_rows_the_newest_stays(bench: Bench) -> None:
    header = "Id,Status,OwnerId,CreatedDate,SystemModstamp"
    rows = [
        "00Q000000000001,New,u,2026-01-01,2026-01-01T10:00:00.000Z",
        "00Q000000000001AAA,Working,u,2026-01-01,2026-01-02T00:30:00.000+0100",
        "00Q000000000002AAA,New,u,2026-01-01,2026-01-01T10:00:00.000Z",
        "00Q000000000002AAA,Lost,u,2026-01-01,2026-01-01T10:00:00.000Z",
        "00Q000000000003AAA,New,u,2026-01-01,2026-01-01T10:00:00.000Z",
        "00Q000000000003AAA,New,u,2026-01-01,2026-01-01T10:00:00.000Z",
        "00q000000000001AAA,New,u,2026-01-01,2026-01-01T10:00:00.000Z",
    ]
    bench.write("salesforce/2026-11-20/Lead.csv", "\n".join([header, *rows]))
    bench.load()
    kept = bench.rows('select _line from raw_salesforce."Lead" order by 1')
    assert kept == [(3,), (4,), (6,), (7,), (8,)]
    why = "stays (newer, or the first of equally new ones)"
    assert bench.quarantined() == [
        (2, f"repeats the id of line 3 with other content; line 3 {why}", rows[0]),
        (5, f"repeats the id of line 4 with other content; line 4 {why}", rows[3]),
    ]


def test_without_a_last_modified_column_the_first_stays(bench: Bench) -> None:
    bench.write(FILE, "Id,Name,Email\n1,a,x\n1,b,x\n1,a,x\n")
    bench.load()
    assert bench.users() == [("1", "a", 2), ("1", "a", 4)]
    assert bench.quarantined() == [
        (3, "repeats the id of line 2 with other content; line 2 stays (the first)", "1,b,x")
    ]


def test_history_without_an_id_repeats_freely(bench: Bench) -> None:
    rows = (
        "Record ID,Property,Value,Timestamp\n1,a,b,2026-01-01\n1,a,b,2026-01-01\n1,a,c,2026-01-01\n"
    )
    bench.write("hubspot/2026-11-20/contacts_property_history.csv", rows)
    report = bench.load()
    assert [(f.loaded, f.quarantined) for f in report.files] == [(3, 0)]


def test_many_kinds_at_once_are_all_counted(bench: Bench) -> None:
    lines = ["Id,Name,Email"]
    for n in range(300):
        lines.append({3: f"{n},short", 7: f'{n},"open,x', 11: ",none,x"}.get(n % 13, f"{n},n,x"))
    bench.write(FILE, "\n".join(lines))
    report = bench.load()
    bad = sum(n % 13 in (3, 7, 11) for n in range(300))
    assert [(f.rows_in_file, f.loaded, f.quarantined) for f in report.files] == [
        (300, 300 - bad, bad)
    ]
    found = bench.rows('select _line from raw_salesforce."User"') + bench.rows(
        "select line_number from ingest.quarantined_rows"
    )
    assert sorted(line for (line,) in found) == list(range(2, 302))


def test_the_database_refuses_counts_that_do_not_add_up(bench: Bench) -> None:
    bench.write(FILE, "Id,Name\n1,a\n")
    bench.load()
    with pytest.raises(Exception, match="CHECK constraint failed"):
        bench.connection.execute("update ingest.loads set rows_loaded = 0")


def test_quarantined_rows_of_a_zip_are_found_again(bench: Bench, tmp_path: Path) -> None:
    bench.zip("salesforce/2026-11-20.zip", {"User.csv": 'Id,Name\n1,"a\nb"\n,c\n'})
    bench.load()
    assert bench.users() == [("1", "a\nb", 2)]
    assert bench.quarantined() == [(4, "has no id (column Id is blank)", ",c")]


@pytest.mark.parametrize(
    ("bad", "record_id"),
    [
        ("00Q000000000009AAA,a,x,more", "00Q000000000009"),
        ("00Q000000000009AAA", "00Q000000000009"),
        ('00Q000000000009AAA,"open,x', "00Q000000000009"),
        ('"00Q000000000009AAA",a"b"c,"x"y', "00Q000000000009"),
        ("00Q000000000009AAA,a\0,x", "00Q000000000009"),
        ("00Q000000000001,other,x", "00Q000000000001"),
        ("00Q\0,a,x", None),
        ('"00Q000000000009AAA,a,x', None),
        (",a,x", None),
    ],
)
def test_the_record_of_a_bad_row_is_told(bad: str, record_id: str | None, bench: Bench) -> None:
    bench.write(FILE, f"Id,Name,Email\n00Q000000000001AAA,a,x\n{bad}\n00Q000000000003AAA,c,z\n")
    bench.load()
    assert bench.rows("select line_number, record_id from ingest.quarantined_rows") == [
        (3, record_id)
    ]


KEYED = "crm: zoho\nobjects:\n  L: {key: [A, B], feeds: {lead_history: {lead_id: A, field: B}}}\n"


@pytest.mark.parametrize(
    ("row", "record_id"),
    [
        ("x,1,2,y,z", None),  # a field too many may stand before the key
        ('x,1,2,"open', "1 / 2"),
        ('x,1,"2"z,y', None),
        ("w, 1,2 ,other", "1 / 2"),
    ],
)
def test_the_parts_of_a_key(row: str, record_id: str | None, bench: Bench) -> None:
    bench.map("zoho.yml", KEYED)
    bench.write("zoho/2026-11-20/L.csv", f"Name,A,B,C\nw,1,2,v\n{row}\n")
    bench.load()
    assert bench.rows("select line_number, record_id from ingest.quarantined_rows") == [
        (3, record_id)
    ]
