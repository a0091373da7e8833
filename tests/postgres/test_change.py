"""Tables that come, go and change while a company has built on them."""

from __future__ import annotations

import threading
import time

import pytest

from dagster_project.errors import PostgresError
from dagster_project.publish.postgres import shaping
from tests.postgres.conftest import Company, Database
from tests.postgres.test_copy import kinds, markers

ADDED = "alter table marts.fct_lead_cycles add column region varchar default 'emea'"
REMOVED = "alter table marts.fct_lead_cycles drop column cycle_number"
RETYPED = """
    drop view marts.a_explanations; drop view marts.b_numbers;
    create or replace table marts.fct_lead_cycles as
    select * replace (marker::varchar as marker) from marts.fct_lead_cycles
"""


def test_what_others_built_stays(company: Company, database: Database) -> None:
    company.copy(database.dsn)
    database.run(
        """
        create view public.ours as select cycle_id, marker from marts.fct_lead_cycles;
        create index of_ours on marts.fct_lead_cycles (marker);
        grant select on marts.dim_owner to stranger;
        grant usage on schema marts to stranger;
        """
    )
    company.publish(2, ADDED)
    company.copy(database.dsn)
    assert database.query("select distinct marker from public.ours") == [(2,)]
    assert database.query("select count(*) from pg_indexes where indexname = 'of_ours'") == [(1,)]
    assert database.query("select count(*) from marts.dim_owner", "stranger") == [(1,)]
    assert database.query("select distinct region from marts.fct_lead_cycles", "analyst") == [
        ("emea",)
    ]


def test_a_column_and_a_table_go(company: Company, database: Database) -> None:
    company.publish(2, "create or replace table marts.short_lived as select 1 as one")
    company.copy(database.dsn)
    company.publish(
        3,
        "drop table marts.short_lived; drop view marts.a_explanations; drop view marts.b_numbers;"
        + REMOVED,
    )
    company.copy(database.dsn)
    assert kinds(database, "marts.fct_lead_cycles") == {"cycle_id": "text", "marker": "integer"}
    assert database.query("select to_regclass('marts.short_lived')") == [(None,)]
    assert markers(database) == [(3,)]


def test_a_type_changes(company: Company, database: Database) -> None:
    company.copy(database.dsn)
    company.publish(2, RETYPED)
    company.copy(database.dsn)
    assert kinds(database, "marts.fct_lead_cycles")["marker"] == "text"
    assert markers(database) == [("2",)]


def test_a_view_on_what_goes_is_named_and_nothing_changes(
    company: Company, database: Database
) -> None:
    company.copy(database.dsn)
    database.run("create view public.ours as select cycle_number from marts.fct_lead_cycles")
    company.publish(2, "drop view marts.a_explanations; drop view marts.b_numbers;" + REMOVED)
    with pytest.raises(PostgresError) as raised:
        company.copy(database.dsn)
    assert str(raised.value) == (
        f"{database.name} on 127.0.0.1:{database.server.port}: a published table changed its "
        "columns and something of yours needs what is gone (view ours depends on column "
        "cycle_number of table marts.fct_lead_cycles): drop that and copy again."
    )
    assert markers(database) == [(1,)]


def test_tables_of_others_are_not_touched(company: Company, database: Database) -> None:
    database.run("create schema marts; create table marts.dim_owner as select 'theirs' as whose")
    with pytest.raises(PostgresError, match=r"leadpact did not make marts\.dim_owner: name a"):
        company.copy(database.dsn)
    assert database.query("select whose from marts.dim_owner") == [("theirs",)]
    database.run("alter table marts.dim_owner rename to theirs")
    company.copy(database.dsn)
    assert database.query("select whose from marts.theirs") == [("theirs",)]


def test_a_table_whose_columns_change_waits_for_its_readers_without_holding_others(
    company: Company, database: Database
) -> None:
    company.copy(database.dsn)
    company.publish(2, ADDED)
    with database.server.connect(database.name, "analyst") as reader:
        reader.execute("begin")
        reader.execute("select * from marts.fct_lead_cycles limit 1")
        copying = threading.Thread(target=company.copy, args=[database.dsn])
        copying.start()
        time.sleep(1.0)
        assert copying.is_alive()
        with database.server.connect(database.name, "analyst") as other:
            other.execute("set lock_timeout = '300ms'")
            assert other.execute("select max(marker) from marts.fct_lead_cycles").fetchone() == (1,)
        reader.execute("commit")
        copying.join(timeout=30)
    assert markers(database) == [(2,)]


def test_a_reader_who_never_ends_is_told_of(
    company: Company, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    company.copy(database.dsn)
    company.publish(2, ADDED)
    monkeypatch.setattr(shaping, "_SECONDS_FOR_LOCKS", 0.5)
    with database.server.connect(database.name, "analyst") as reader:
        reader.execute("begin")
        reader.execute("select * from marts.fct_lead_cycles limit 1")
        with pytest.raises(PostgresError) as raised:
            company.copy(database.dsn)
    assert str(raised.value) == (
        "Columns of marts.fct_lead_cycles change, and somebody has been reading there for a "
        "minute: end that session, or copy again later."
    )
    assert markers(database) == [(1,)]
