"""Readers while versions come: no mixture, no error, no waiting; and copies that are cut short."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from dagster_project.errors import PostgresError
from tests.postgres.conftest import Company, Connection, Database
from tests.postgres.test_copy import markers

# One version is 100 or 300 cycles, all with its number, which the runs beside must name too.
ROWS = {0: 100, 1: 300}
INVARIANT = """
    select
        (select max(run_id) from ops.runs where published_at = (select max(published_at)
            from ops.runs)),
        (select count(*) from marts.fct_lead_cycles),
        (select min(marker) from marts.fct_lead_cycles),
        (select max(marker) from marts.fct_lead_cycles),
        (select count(*) from marts.b_numbers)
"""


def check(row: tuple[object, ...] | None) -> None:
    assert row is not None
    run_id, cycles, least, most, numbers = row
    assert least == most
    assert run_id == f"run-{most}"
    assert cycles == numbers == ROWS[int(str(most)) % 2]


def ask_at_once(reader: Connection) -> None:
    check(reader.execute(INVARIANT).fetchone())


def ask_prepared(reader: Connection) -> None:
    check(reader.execute(INVARIANT, prepare=True).fetchone())


def ask_one_after_the_other(reader: Connection) -> None:
    """In one snapshot, as an export or a dashboard that asks for it does."""
    reader.execute("begin isolation level repeatable read")
    (least, most) = reader.execute(
        "select min(marker), max(marker) from marts.fct_lead_cycles"
    ).fetchone() or (None, None)
    (cycles,) = reader.execute("select count(*) from marts.fct_lead_cycles").fetchone() or (None,)
    (numbers,) = reader.execute("select count(*) from marts.b_numbers").fetchone() or (None,)
    (run,) = reader.execute(
        "select run_id from ops.runs order by published_at desc nulls last limit 1"
    ).fetchone() or (None,)
    reader.execute("commit")
    check((run, cycles, least, most, numbers))


@pytest.mark.parametrize("ask", [ask_at_once, ask_prepared, ask_one_after_the_other])
def test_readers_see_one_version_and_wait_for_nobody(
    company: Company, database: Database, ask: Callable[[Connection], None]
) -> None:
    company.publish(2)
    company.copy(database.dsn)
    ended = threading.Event()
    asked: list[int] = []
    failures: list[BaseException] = []

    def read() -> None:
        count = 0
        try:
            with database.server.connect(database.name, "analyst") as reader:
                reader.execute("set lock_timeout = '200ms'")
                while not ended.is_set():
                    ask(reader)
                    count += 1
        except BaseException as error:
            failures.append(error)
        asked.append(count)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for number in range(3, 11):
            company.publish(number, rows=ROWS[number % 2])
            company.copy(database.dsn)
    finally:
        ended.set()
        for reader in readers:
            reader.join()
    assert failures == []
    assert min(asked) > 20
    assert markers(database) == [(10,)]


def test_a_session_left_open_holds_nothing_up(company: Company, database: Database) -> None:
    company.copy(database.dsn)
    company.publish(2)
    with database.server.connect(database.name, "analyst") as reader:
        reader.execute("begin isolation level repeatable read")
        before = reader.execute("select max(marker) from marts.fct_lead_cycles").fetchone()
        company.copy(database.dsn)
        assert markers(database) == [(2,)]
        still = reader.execute("select max(marker) from marts.fct_lead_cycles").fetchone()
    assert before == still == (1,)


def test_killed_in_the_middle_it_leaves_the_old_version(
    company: Company, database: Database, tmp_path: Path
) -> None:
    company.copy(database.dsn)
    company.publish(2, rows=300)
    script = f"""
import os, signal, sys
from pathlib import Path
from dagster_project.publish.postgres import copy_to_postgres
def stop(table):
    if table == "ops.runs":
        os.kill(os.getpid(), signal.SIGKILL)
copy_to_postgres(Path({str(company.published)!r}), sys.stdin.read(), reader="leadpact_reader",
    keys={{"marts.fct_lead_cycles": ["cycle_id"]}}, memory_limit="500MB",
    scratch=Path({str(tmp_path)!r}), progress=stop)
"""
    done = subprocess.run([sys.executable, "-c", script], input=database.dsn, text=True)
    assert done.returncode == -signal.SIGKILL
    assert markers(database) == [(1,)]
    assert database.query("select distinct run_id from leadpact.published") == [("run-1",)]
    company.copy(database.dsn)
    assert markers(database) == [(2,)]


def test_a_server_that_ends_the_session_leaves_the_old_version(
    company: Company, database: Database
) -> None:
    company.copy(database.dsn)
    company.publish(2)

    def end(table: str) -> None:
        if table == "ops.runs":
            with database.server.connect("postgres") as admin:
                admin.execute(
                    "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
                    "where datname = %s and application_name = 'leadpact'",
                    [database.name],
                )

    with pytest.raises(PostgresError, match=r"stopped the copy \(terminating connection due to"):
        company.copy(database.dsn, end)
    assert markers(database) == [(1,)]


def test_two_copies_at_once(company: Company, database: Database) -> None:
    company.copy(database.dsn)
    seen: list[str] = []

    def again(table: str) -> None:
        if table == "ops.runs":
            with pytest.raises(PostgresError) as raised:
                company.copy(database.dsn)
            seen.append(str(raised.value))

    company.copy(database.dsn, again)
    where = f"{database.name} on 127.0.0.1:{database.server.port}"
    assert seen == [f"{where} is being written by another copy: wait until it has ended."]


def test_one_sentence_for_what_is_in_the_way(company: Company, database: Database) -> None:
    server, secret = database.server, "another-s3cret"
    at = f"127.0.0.1:{server.port}"
    with server.connect("postgres") as admin:
        admin.execute("drop database if exists latin")
        admin.execute("create database latin encoding 'LATIN1' locale 'C' template template0")
    expected = {
        f"postgresql://publisher:{secret}@127.0.0.1:1/sales": (
            "sales on 127.0.0.1:1 cannot be reached (Connection refused): start it, or correct the "
            "connection string."
        ),
        server.dsn("sales", "publisher"): (
            f'sales on {at} cannot be used (database "sales" does not exist): make it, or correct '
            "the connection string."
        ),
        server.dsn(database.name, "publisher", secret): (
            f"{database.name} on {at} refused the user or the password (password authentication "
            'failed for user "publisher"): correct them.'
        ),
        server.dsn(database.name, "stranger"): (
            f"{database.name} on {at} does not let stranger do this (permission denied for "
            f"database {database.name}): have an administrator run GRANT CREATE ON DATABASE "
            f'"{database.name}" TO "stranger", or connect as who owns the published tables.'
        ),
        server.dsn("latin"): (
            f"latin on {at} is encoded LATIN1 and cannot hold every character: make a database "
            "with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
        ),
        f"postgresqlx://publisher:{secret}@host/sales": (
            "The PostgreSQL connection string cannot be read: write it like "
            "postgresql://user:password@host:5432/database, or host=… dbname=… user=…."
        ),
    }
    for dsn, sentence in expected.items():
        with pytest.raises(PostgresError) as raised:
            company.copy(dsn)
        assert str(raised.value) == sentence


def test_nothing_published_yet(company: Company, database: Database, tmp_path: Path) -> None:
    nothing = Company(tmp_path / "nothing")
    with pytest.raises(PostgresError, match=r"leadpact\.duckdb does not exist: publish first, wi"):
        nothing.copy(database.dsn)
    with pytest.raises(psycopg.errors.UndefinedTable):
        markers(database)
