"""A whole run that copies to PostgreSQL: first to a server that is away, then to one that is there.

Its exports are a small company's; every table is compared with the published file.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import duckdb
import pytest

from tests.bi_docs import blocks
from tests.postgres.conftest import PASSWORD, Database, Server

Finished = subprocess.CompletedProcess[str]


class Installation:
    """One data directory, driven through the command line as people do."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        self.exports = folder / "exports"

    def run(self, *arguments: str, dsn: str = "") -> Finished:
        return subprocess.run(
            [sys.executable, "-m", "dagster_project.cli", *arguments],
            env={
                **os.environ,
                "LEADPACT_EXPORTS": str(self.exports),
                "LEADPACT_DATA_DIR": str(self.data_dir),
                "LEADPACT_POSTGRES": dsn,
            },
            capture_output=True,
            text=True,
            check=False,
        )

    def query(self, sql: str) -> list[tuple[object, ...]]:
        file = self.data_dir / "published" / "leadpact.duckdb"
        with duckdb.connect(str(file), read_only=True) as connection:
            connection.execute("set TimeZone = 'UTC'")
            return connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def database(server: Server) -> Iterator[Database]:
    with server.connect("postgres") as admin:
        admin.execute("create database nightly owner publisher")
        yield Database(server, "nightly")
        admin.execute("drop database nightly with (force)")


@pytest.fixture(scope="module")
def away(server: Server, tmp_path_factory: pytest.TempPathFactory) -> tuple[Installation, Finished]:
    """A first run whose PostgreSQL cannot be reached."""
    installation = Installation(tmp_path_factory.mktemp("company"))
    made = installation.run("sample", "--out", str(installation.exports), "--leads", "300")
    assert made.returncode == 0, made.stderr
    dsn = f"postgresql://publisher:{PASSWORD}@127.0.0.1:1/nightly"
    return installation, installation.run("nightly", dsn=dsn)


@pytest.fixture(scope="module")
def copied(
    away: tuple[Installation, Finished], database: Database
) -> tuple[Installation, Finished]:
    """The next run, whose PostgreSQL is there."""
    installation, _ = away
    return installation, installation.run("nightly", "--postgres", database.dsn)


def test_a_server_that_is_away_fails_the_run_and_takes_nothing_back(
    away: tuple[Installation, Finished],
) -> None:
    installation, done = away
    assert done.returncode == 1
    assert done.stderr.splitlines()[-2:] == [
        f"{installation.data_dir / 'published'} is published, but PostgreSQL holds what it held "
        "before: nightly on 127.0.0.1:1 cannot be reached (Connection refused): start it, or "
        "correct the connection string.",
        "The next run copies it, and so does leadpact publish-postgres.",
    ]
    assert "Published as of 2026-11-20 02:00:00 UTC" in done.stdout
    assert installation.query("select status from ops.runs") == [("published",)]


def test_the_next_run_catches_up(copied: tuple[Installation, Finished], database: Database) -> None:
    installation, done = copied
    assert done.returncode == 0, done.stderr
    ((run_id, as_of),) = installation.query(
        "select run_id, as_of from ops.runs order by published_at desc limit 1"
    )
    assert (
        f"PostgreSQL: nightly on 127.0.0.1:{database.server.port}, as of {as_of} UTC, "
        in (done.stdout.splitlines()[-1])
    )
    assert database.query("select distinct run_id from leadpact.published") == [(run_id,)]
    status = installation.run("status")
    assert f"(run {run_id})." in status.stdout


def test_values_are_those_of_the_published_file(
    copied: tuple[Installation, Finished], database: Database
) -> None:
    installation, _ = copied
    tables = installation.query(
        "select table_schema, table_name from information_schema.tables "
        "where table_schema in ('marts', 'ops') order by all"
    )
    assert len(tables) > 40
    for schema, table in tables:
        columns = installation.query(
            "select column_name from information_schema.columns where table_schema = "
            f"'{schema}' and table_name = '{table}' order by ordinal_position"
        )
        query = f"select {', '.join(f'{column}' for (column,) in columns)} from {schema}.{table}"
        found, published = database.query(query), installation.query(query)
        assert sorted(map(repr, found)) == sorted(map(repr, published)), f"{schema}.{table}"


def test_types_comments_and_keys_are_kept(
    copied: tuple[Installation, Finished], database: Database
) -> None:
    installation, _ = copied
    spelled = {
        "VARCHAR": "text",
        "DOUBLE": "double precision",
        "TIMESTAMP": "timestamp without time zone",
    }
    published = installation.query(
        "select schema_name, table_name, column_name, data_type, comment from duckdb_columns() "
        "where schema_name in ('marts', 'ops') order by all"
    )
    assert sorted(
        database.query(
            """
            select n.nspname::text, c.relname::text, a.attname::text,
                format_type(a.atttypid, a.atttypmod), col_description(c.oid, a.attnum)
            from pg_attribute as a
            inner join pg_class as c on c.oid = a.attrelid
            inner join pg_namespace as n on n.oid = c.relnamespace
            where n.nspname in ('marts', 'ops') and c.relkind = 'r' and a.attnum > 0
            """
        )
    ) == sorted(
        (
            *where,
            spelled.get(str(kind), str(kind).lower().replace("decimal", "numeric")),
            comment,
        )
        for *where, kind, comment in published
    )
    assert database.query(
        "select count(*) from pg_class where relkind = 'r' and obj_description(oid) is null "
        "and relnamespace = 'marts'::regnamespace"
    ) == [(0,)]
    keyless = database.query(
        """
        select c.relname::text from pg_class as c
        where c.relkind = 'r' and c.relnamespace = 'marts'::regnamespace and not exists (
            select 1 from pg_index as x where x.indrelid = c.oid and x.indisunique
        )
        """
    )
    assert keyless == []


def test_dagster_shows_both_ends(
    copied: tuple[Installation, Finished], monkeypatch: pytest.MonkeyPatch
) -> None:
    installation, _ = copied
    monkeypatch.setenv("DAGSTER_HOME", str(installation.data_dir / "dagster"))
    with dg.DagsterInstance.get() as instance:
        records = instance.get_run_records()
        assert [record.dagster_run.status for record in records] == [
            dg.DagsterRunStatus.SUCCESS,
            dg.DagsterRunStatus.FAILURE,
        ]
        event = instance.get_latest_materialization_event(dg.AssetKey(["published", "postgres"]))
        assert event is not None
        assert event.asset_materialization is not None
        assert "nightly on 127.0.0.1" in str(event.asset_materialization.metadata["database"].value)


def test_the_password_is_nowhere(
    copied: tuple[Installation, Finished], away: tuple[Installation, Finished]
) -> None:
    installation, done = copied
    for text in (done.stdout, done.stderr, away[1].stdout, away[1].stderr):
        assert PASSWORD not in text
    for file in installation.data_dir.rglob("*"):
        if file.is_file() and not file.is_symlink():
            assert PASSWORD.encode() not in file.read_bytes(), file


def test_without_a_run(copied: tuple[Installation, Finished], database: Database) -> None:
    installation, _ = copied
    done = installation.run("publish-postgres", dsn=database.dsn)
    assert done.returncode == 0, done.stderr
    assert "PostgreSQL: nightly on 127.0.0.1" in done.stderr
    done = installation.run("publish-postgres")
    assert (done.returncode, done.stderr) == (
        2,
        "Name the database with --postgres, or in LEADPACT_POSTGRES.\n",
    )
    done = installation.run("nightly", dsn=f"postgresqlx://u:{PASSWORD}@h/d")
    assert done.returncode == 2
    assert done.stderr.startswith("The PostgreSQL connection string cannot be read: write it like ")
    assert PASSWORD not in done.stderr


@pytest.mark.parametrize(
    "sql", [text for _, text in blocks("sql")], ids=[name for name, _ in blocks("sql")]
)
def test_what_the_pages_ask_is_answered(
    copied: tuple[Installation, Finished], database: Database, sql: str
) -> None:
    installation, _ = copied
    found = database.query(sql, "analyst")
    assert len(found) == len(installation.query(sql)) > 0


def test_what_the_page_says_to_run_once(server: Server) -> None:
    ((_, setup),) = blocks("postgresql")
    with server.connect("postgres") as admin:
        admin.execute("alter role leadpact_reader rename to kept")
        try:
            for statement in setup.split(";"):
                if statement.strip():
                    admin.execute(statement)
        finally:
            admin.execute("drop database if exists sales")
            admin.execute("drop role if exists metabase, leadpact, leadpact_reader")
            admin.execute("alter role kept rename to leadpact_reader")
