"""What is published, and what is not."""

from __future__ import annotations

import hashlib
from pathlib import Path

import duckdb
import pytest

from dagster_project.alerts import memory
from dagster_project.alerts.memory import Alert, write_book
from dagster_project.errors import RunFailedError
from dagster_project.publish import history, publish, restatements
from tests.unit.publish.build_file import AS_OF, run_record
from tests.unit.publish.conftest import Build


def read(file: Path, query: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(query).fetchall()


def test_publishes_every_part(warehouse: Path, published: Path, build_run: Build) -> None:
    publication = publish(warehouse, published, build_run("run-1", 7))

    assert publication.as_of == AS_OF
    assert publication.rows == {
        "marts.dim_owner": 1,
        "marts.fct_lead_cycles": 100,
        "ops.loads": 3,
        "restricted.leads": 1,
    }
    file = published / "leadpact.duckdb"
    assert read(file, "select distinct schema_name from duckdb_tables() order by all") == [
        ("marts",),
        ("ops",),
    ]
    assert read(published / "restricted.duckdb", "from restricted.restricted.leads") == [
        ("salesforce:1", "x@example.org", 7)
    ]
    parquet = published / "parquet" / "fct_lead_cycles" / "fct_lead_cycles.parquet"
    with duckdb.connect(":memory:") as connection:
        rows = connection.execute(f"select count(*), max(marker) from '{parquet}'").fetchall()
    assert rows == [(100, 7)]
    assert sorted(path.name for path in (published / "parquet").iterdir()) == [
        "dim_owner",
        "fct_lead_cycles",
    ]
    assert sorted(path.name for path in published.iterdir()) == [
        ".current",
        ".versions",
        "leadpact.duckdb",
        "parquet",
        "restricted.duckdb",
    ]
    assert not list(published.rglob("*.wal"))


def test_what_people_were_told_is_published(
    warehouse: Path, published: Path, build_run: Build
) -> None:
    publish(warehouse, published, build_run("run-1", 1))
    assert read(published / "leadpact.duckdb", "from ops.alerts") == []
    told = Alert("stale", "hubspot", "hubspot has delivered nothing.", AS_OF, told_at=AS_OF)
    write_book(warehouse, [told])
    publish(warehouse, published, build_run("run-2", 1))
    file = published / "leadpact.duckdb"
    assert read(file, "from ops.alerts") == [
        ("stale", "hubspot", "hubspot has delivered nothing.", AS_OF, AS_OF, None, None)
    ]
    described = read(
        file,
        "select count(*) from duckdb_columns() where table_name = 'alerts' and comment <> ''",
    )
    assert described == [(len(memory.COLUMNS),)]


def test_opens_with_duckdb_1_4(warehouse: Path, published: Path, build_run: Build) -> None:
    publish(warehouse, published, build_run("run-1", 1))
    for name in ("leadpact.duckdb", "restricted.duckdb"):
        with duckdb.connect(":memory:") as connection:
            connection.execute(f"attach '{published / name}' as db (read_only)")
            tags = connection.execute(
                "select tags from duckdb_databases() where database_name = 'db'"
            ).fetchall()
        assert tags[0][0]["storage_version"].startswith("v1.4.0")


def test_views_hold_under_any_name(warehouse: Path, published: Path, build_run: Build) -> None:
    publish(warehouse, published, build_run("run-1", 1))
    with duckdb.connect(":memory:") as connection:
        connection.execute(f"attach '{published / 'leadpact.duckdb'}' as other (read_only)")
        assert connection.execute(
            "select explanation from other.marts.a_explanations where cycle_id = 'salesforce:3#1'"
        ).fetchall() == [("leadpact.marts: it's 3",)]


def test_comments_are_kept(warehouse: Path, published: Path, build_run: Build) -> None:
    publish(warehouse, published, build_run("run-1", 1))
    file = published / "leadpact.duckdb"
    comments = read(
        file,
        """
        select table_name, comment from duckdb_tables() where comment <> ''
        union all select view_name, comment from duckdb_views() where comment <> ''
        order by all
        """,
    )
    assert comments == [
        ("a_explanations", "One sentence per cycle."),
        ("alerts", memory.TABLE_COMMENT),
        ("fct_lead_cycles", "One row per cycle; it's the key mart."),
        ("restatements", restatements.TABLE_COMMENT),
        ("runs", history.TABLE_COMMENT),
    ]
    columns = read(
        file,
        "select column_name, comment from duckdb_columns() "
        "where comment <> '' and schema_name = 'marts' order by all",
    )
    assert columns == [("cycle_id", "Key."), ("explanation", "The sentence.")]


def test_rows_are_in_the_order_of_the_key(
    warehouse: Path, published: Path, build_run: Build
) -> None:
    publish(
        warehouse,
        published,
        build_run("run-1", 1),
        order_by={"marts.fct_lead_cycles": ["cycle_number"]},
    )
    numbers = read(published / "leadpact.duckdb", "select cycle_number from marts.fct_lead_cycles")
    assert numbers == [(n,) for n in range(100)]


def test_same_marts_are_the_same_parquet_bytes(
    warehouse: Path, published: Path, build_run: Build
) -> None:
    def digests() -> dict[str, str]:
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (published / "parquet").rglob("*.parquet")
        }

    publish(warehouse, published, build_run("run-1", 1))
    first = digests()
    publish(warehouse, published, build_run("run-2", 1))  # same rows in another random order
    assert first
    assert digests() == first


def test_folders_are_moved_in(
    tmp_path: Path, warehouse: Path, published: Path, build_run: Build
) -> None:
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "index.html").write_text("docs of 1")
    publish(warehouse, published, build_run("run-1", 1), folders={"data_docs": docs})
    assert (published / "data_docs" / "index.html").read_text() == "docs of 1"
    assert not docs.exists()

    publish(warehouse, published, build_run("run-2", 2))
    assert not (published / "data_docs").is_symlink()


def test_ops_runs_tells_of_every_run(warehouse: Path, published: Path, build_run: Build) -> None:
    publish(warehouse, published, build_run("run-1", 1))
    with duckdb.connect(str(warehouse)) as connection:
        history.finish(
            connection,
            "run-1",
            "failed",
            finished_at=run_record("run-9").started_at,
            message="x@example.org is no number",
        )
    publication = publish(warehouse, published, build_run("run-2", 2))

    expected = hashlib.sha256(b"salesforce|Lead|s1\nsalesforce|Task|s2").hexdigest()
    runs = read(
        published / "leadpact.duckdb",
        """
        select run_id, status, as_of, published_at, contract_hash, exports_hash, files_loaded,
            files_new, files_refused, rows_loaded, rows_quarantined, round(seconds)
        from ops.runs
        """,
    )
    seconds = round((publication.published_at - run_record("run-2").started_at).total_seconds())
    assert runs[0] == ("run-1", "failed", AS_OF, None, "c0ffee", expected, 2, 2, 1, 14, 1, 8.0)
    assert runs[1][:-1] == (
        *("run-2", "published", AS_OF, publication.published_at),
        *("c0ffee", expected, 2, 2, 1, 14, 1),
    )
    assert runs[1][-1] == pytest.approx(seconds, abs=1)
    columns = read(
        published / "leadpact.duckdb",
        "select column_name from duckdb_columns() where table_name = 'runs'",
    )
    assert ("message",) not in columns


@pytest.mark.parametrize(
    ("table", "column"),
    [
        ("marts.rpt_extra", "email"),
        ("marts.rpt_extra", "First_Name"),
        ("ops.quarantined_rows", "raw_text"),
        ("ops.problems", "raw_value"),
        ("restricted.dim_owner", "note"),
    ],
)
def test_personal_data_stops_publication(
    warehouse: Path, published: Path, build_run: Build, table: str, column: str
) -> None:
    publish(warehouse, published, build_run("run-1", 1))
    run = build_run("run-2", 2)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(f"create table {table} as select 1 as id, 'x' as \"{column}\"")
    if table.startswith("restricted."):
        publish(warehouse, published, run)
        return
    with pytest.raises(RunFailedError, match=rf"move {table}.{column} there"):
        publish(warehouse, published, run)
    marker = "select distinct marker from marts.fct_lead_cycles"
    assert read(published / "leadpact.duckdb", marker) == [(1,)]
    assert [path.name for path in (published / ".versions").iterdir()] == ["run-1"]


def test_a_personal_column_of_a_view_stops_publication(
    warehouse: Path, published: Path, build_run: Build
) -> None:
    run = build_run("run-1", 1)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create view marts.people as select email from restricted.leads")
    with pytest.raises(RunFailedError, match=r"marts\.people\.email"):
        publish(warehouse, published, run)
    assert not (published / "leadpact.duckdb").exists()


def test_a_view_on_private_tables_is_refused(
    warehouse: Path, published: Path, build_run: Build
) -> None:
    run = build_run("run-1", 1)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("create view marts.odd as select secret from intermediate.private")
    with pytest.raises(RunFailedError, match=r"marts\.odd needs a table that is not published"):
        publish(warehouse, published, run)


def test_nothing_to_publish(warehouse: Path, published: Path, build_run: Build) -> None:
    run = build_run("run-1", 1)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("drop schema marts cascade")
    with pytest.raises(RunFailedError, match="no table in schema marts"):
        publish(warehouse, published, run)
    assert list((published / ".versions").iterdir()) == []


def test_something_in_the_way(warehouse: Path, published: Path, build_run: Build) -> None:
    run = build_run("run-1", 1)
    published.mkdir()
    (published / "parquet").mkdir()
    with pytest.raises(RunFailedError, match="parquet is in the way"):
        publish(warehouse, published, run)


def test_a_run_publishes_once(warehouse: Path, published: Path, build_run: Build) -> None:
    run = build_run("run-1", 1)
    publish(warehouse, published, run)
    with pytest.raises(RunFailedError, match="already published"):
        publish(warehouse, published, run)
