"""The same call gives the same bytes, whatever the machine does meanwhile; a size scales."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from dagster_project.errors import UsageError
from dagster_project.sample import build, generate
from dagster_project.settings import PROJECT_ROOT

from .conftest import Sample, open_sample

COMMITTED = PROJECT_ROOT / "data" / "exports"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.glob("*/*/*"))
    }


def test_committed_sample_is_what_the_documented_command_makes(small: Sample) -> None:
    committed = contents(COMMITTED)
    made = contents(small.folder)
    assert list(committed) == list(made)
    assert [name for name in made if made[name] != committed[name]] == []
    assert sum(map(len, made.values())) < 6_000_000


def test_one_thread_makes_the_same_bytes(
    small: Sample, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = duckdb.connect
    monkeypatch.setattr(build.duckdb, "connect", lambda: connect(config={"threads": 1}))
    generate(tmp_path, 2_000)
    assert contents(tmp_path) == contents(small.folder)


def test_another_seed_makes_another_company(small: Sample, tmp_path: Path) -> None:
    generate(tmp_path, 2_000, seed=8)
    one, other = contents(small.folder), contents(tmp_path)
    assert list(one) == list(other)
    same = {name for name in one if one[name] == other[name]}
    # Roles and queues follow from the size of the company alone.
    assert {Path(name).name for name in same} <= {"UserRole.csv", "Group.csv"}


def test_chunks_divide_the_files_and_change_no_row(small: Sample, tmp_path: Path) -> None:
    """The Salesforce part of the small sample, 1,200 leads, made in two chunks."""
    seen: list[tuple[str, int, int]] = []
    report = generate(
        tmp_path,
        1_200,
        crm="salesforce",
        chunk=10 * 64,
        progress=lambda crm, done, total: seen.append((crm, done, total)),
    )
    assert seen == [("salesforce", 640, 1200), ("salesforce", 1200, 1200)]
    names = {each.path.name for each in report.files}
    assert {"Lead_001.csv", "Lead_002.csv", "User.csv"} <= names
    parts = open_sample(tmp_path, report)
    for stem in ("Lead", "LeadHistory", "Task", "Event", "Opportunity", "Account", "reviews"):
        query = f'select * from salesforce."{stem}" order by all'
        assert small.rows(query) == parts.rows(query), stem


def test_the_last_leads_of_the_largest_sample_fit_their_numbers() -> None:
    """Ids and chance are computed from a lead's number: the largest one must not overflow."""
    last = build.MOST_LEADS
    work = build._Work(build.SALESFORCE, Path(), last, 7, build.DEFAULT_END, build.CHUNK)
    exporter = build.EXPORTERS["salesforce"]
    drops = work._drops(exporter)
    chance = build.Chance(7, "salesforce")
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        work._prepare(con, drops[-1], chance)
        work._simulate(con, last - 6_400, last, chance)
        for file in exporter.chunk_files(build.SALESFORCE, drops[-1], chance):
            rows = con.execute(file.query).fetchall()
            if file.stem in {"Lead", "LeadHistory", "Task"}:
                assert len(rows) > 500
                assert all(len(row[0]) == 18 for row in rows)
                assert rows == sorted(rows, key=lambda row: row[0])


def test_report_counts_what_is_in_the_files(small: Sample) -> None:
    assert small.report.leads == 2_000
    assert small.report.size == sum(len(data) for data in contents(small.folder).values())
    by_name = {each.path.relative_to(small.folder).as_posix(): each for each in small.report.files}
    assert sorted(by_name) == list(contents(small.folder))
    lines = (small.folder / "salesforce/2026-11-13T020000Z/Task.csv").read_text().splitlines()
    assert by_name["salesforce/2026-11-13T020000Z/Task.csv"].rows == len(lines) - 1


@pytest.mark.parametrize("leads", [1, 65])
def test_a_handful_of_leads_is_a_sample_too(tmp_path: Path, leads: int) -> None:
    report = generate(tmp_path, leads, crm="salesforce")
    sample = open_sample(tmp_path, report)
    assert sample.value('select count(distinct Id) from salesforce."Lead"') == leads


def test_end_moves_everything(tmp_path: Path) -> None:
    end = datetime(2026, 6, 1, 0, tzinfo=UTC)
    sample = open_sample(tmp_path, generate(tmp_path, 300, crm="hubspot", end=end))
    assert sorted(path.name for path in (tmp_path / "hubspot").iterdir()) == [
        "2026-05-25",
        "2026-06-01",
    ]
    first, last = sample.rows(
        'select min("Create Date"), max("Create Date") from hubspot.contacts'
    )[0]
    assert "2025-03-01" <= first < "2025-03-10"
    assert "2026-05-25" <= last < "2026-06-01"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"leads": 0}, "A sample has between 1 and 134217728 leads, not 0."),
        (
            {"leads": 9, "end": datetime(2026, 1, 1)},
            "The end of a sample needs a time zone, for example 2026-11-20T02:00Z.",
        ),
    ],
)
def test_a_wrong_call_is_refused(
    tmp_path: Path, arguments: dict[str, object], message: str
) -> None:
    with pytest.raises(UsageError) as raised:
        generate(tmp_path, **arguments)  # type: ignore[arg-type]
    assert str(raised.value) == message
    assert list(tmp_path.iterdir()) == []


def test_a_chunk_never_tears_colleagues_apart(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="chunk is a multiple of 64, not 100"):
        generate(tmp_path, 1_000, chunk=100)


def test_what_exists_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "hubspot").mkdir()
    with pytest.raises(UsageError, match="exists already: name another folder"):
        generate(tmp_path, 10)
    assert [path.name for path in tmp_path.iterdir()] == ["hubspot"]


def test_a_failure_leaves_no_half_made_drop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(build, "create_activities", fail)
    with pytest.raises(OSError, match="disk full"):
        generate(tmp_path / "out", 10)
    assert list((tmp_path / "out").iterdir()) == []
