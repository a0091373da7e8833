"""What PostgreSQL holds after a copy: values, types, comments, keys; and who may read it."""

from __future__ import annotations

from dataclasses import replace

import duckdb
import psycopg
import pytest

from dagster_project.errors import PostgresError
from tests.postgres.conftest import Company, Database

EVERY_TYPE = """
    create or replace table marts.every_type as
    select * from (values
        (1, true, 1::tinyint, 2::smallint, 3::integer, 9223372036854775807,
            170141183460469231731687303715884105727::hugeint, 0.1::float, 0.1::double,
            12345678901234567890.25::decimal(38, 2), 1.5::decimal(18, 2),
            'it''s "quoted", \\N
            ünïcødé 漢字 🙂', date '2024-02-29', timestamp '2026-11-20 02:00:00.123456',
            timestamptz '2026-11-20 02:00:00+02', ['a', null, 'b,c'], 'met'::enum('met', 'missed')),
        (2, false, -1, -2, -3, -9223372036854775807,
            -1, '-inf'::float, 'nan'::double, -0.01, 0, '', date '0001-01-01',
            timestamp '9999-12-31 23:59:59.999999', timestamptz '1970-01-01 00:00:00+00', [],
            'missed'),
        (3, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
            null, null)
    ) as v(id, is_true, tiny, small, whole, big, huge, single, double_, money, rate, words, day,
        instant, zoned, list_of_words, word)
"""
KINDS = {
    "id": "integer",
    "is_true": "boolean",
    "tiny": "smallint",
    "small": "smallint",
    "whole": "integer",
    "big": "bigint",
    "huge": "numeric(39,0)",
    "single": "real",
    "double_": "double precision",
    "money": "numeric(38,2)",
    "rate": "numeric(18,2)",
    "words": "text",
    "day": "date",
    "instant": "timestamp without time zone",
    "zoned": "timestamp with time zone",
    "list_of_words": "text[]",
    "word": "text",
}


def in_duckdb(company: Company, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(company.published / "leadpact.duckdb"), read_only=True) as connection:
        return connection.execute(sql).fetchall()


def kinds(database: Database, table: str) -> dict[object, object]:
    rows = database.query(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute "
        f"where attrelid = '{table}'::regclass and attnum > 0 and not attisdropped order by attnum"
    )
    return {row[0]: row[1] for row in rows}


def markers(database: Database) -> object:
    return database.query("select distinct marker from marts.fct_lead_cycles")


def test_every_table_and_view_is_there_with_its_rows(company: Company, database: Database) -> None:
    copy = company.copy(database.dsn)
    listed = in_duckdb(
        company, "select table_schema || '.' || table_name from information_schema.tables"
    )
    tables = {str(name) for (name,) in listed}
    assert tables >= {"marts.a_explanations", "marts.b_numbers", "marts.dim_owner", "ops.runs"}
    assert set(copy.rows) == tables
    for table in tables:
        published = in_duckdb(company, f"from {table} order by all")
        assert sorted(database.query(f"table {table}"), key=repr) == sorted(published, key=repr)
        assert copy.rows[table] == len(published)
    assert (copy.run_id, str(copy.as_of)) == ("run-1", "2026-11-20 02:00:00")
    assert copy.where == f"{database.name} on 127.0.0.1:{database.server.port}"
    assert copy.notices == ()


def test_types_and_values_are_kept(company: Company, database: Database) -> None:
    company.publish(2, EVERY_TYPE)
    for _ in range(2):  # the second time by way of a temporary table
        company.copy(database.dsn)
        assert kinds(database, "marts.every_type") == KINDS
        # what the two drivers make of these three differs, the values must not
        compared = ", ".join(KINDS).replace("huge", "cast(huge as {text})")
        compared = compared.replace("single", "cast(single as {double})")
        compared = compared.replace("zoned", "timezone('UTC', zoned)")
        query = f"select {compared} from marts.every_type order by id"
        rows = database.query(query.format(text="text", double="double precision"))
        published = in_duckdb(company, query.format(text="varchar", double="double"))
        assert list(map(repr, rows)) == list(map(repr, published))
        assert rows[0][6] == str(2**127 - 1)


def test_a_type_that_postgresql_lacks_is_named(company: Company, database: Database) -> None:
    company.publish(2, "create or replace table marts.odd as select {'a': 1} as pair")
    with pytest.raises(PostgresError, match=r"^marts\.odd\.pair is of type STRUCT\(.*\), which"):
        company.copy(database.dsn)
    assert database.query("select to_regnamespace('marts')") == [(None,)]


def test_comments_are_kept_and_follow(company: Company, database: Database) -> None:
    company.copy(database.dsn)
    of_table = "select obj_description('marts.{}'::regclass)"
    of_column = "select col_description('marts.{}'::regclass, {})"
    assert database.query(of_table.format("fct_lead_cycles")) == [
        ("One row per cycle; it's the key mart.",)
    ]
    assert database.query(of_column.format("fct_lead_cycles", 1)) == [("Key.",)]
    assert database.query(of_table.format("a_explanations")) == [("One sentence per cycle.",)]
    assert database.query(of_column.format("a_explanations", 2)) == [("The sentence.",)]
    company.publish(2, "comment on column marts.dim_owner.owner_key is 'The rep.'")
    company.copy(database.dsn)
    assert database.query(of_column.format("dim_owner", 1)) == [("The rep.",)]


def test_keys_and_indexes(company: Company, database: Database) -> None:
    company.publish(
        2,
        "create or replace table marts.fct_touches as "
        "select i as touch_key, i as cycle_id, now()::timestamp as occurred_at from range(9) r(i)",
    )
    company.copy(database.dsn)
    assert database.query(
        "select indexname::text from pg_indexes where schemaname = 'marts' order by 1"
    ) == [
        *(("dim_owner_pkey",), ("fct_lead_cycles_pkey",)),
        *(("fct_touches_cycle_id",), ("fct_touches_occurred_at",)),
    ]


def test_rows_that_stay_are_left_alone(company: Company, database: Database) -> None:
    company.publish(2, "update marts.fct_lead_cycles set marker = 0")
    company.copy(database.dsn)
    written = "select cycle_number, xmin::text from marts.fct_lead_cycles order by 1"
    before = {row[0]: row for row in database.query(written)}
    company.publish(
        3,
        """
        update marts.fct_lead_cycles set marker = if(cycle_number = 7, 3, 0);
        delete from marts.fct_lead_cycles where cycle_number = 8;
        insert into marts.fct_lead_cycles values ('new', 100, 3)
        """,
    )
    company.copy(database.dsn)
    after = {row[0]: row for row in database.query(written)}
    assert {number for number in after if before.get(number) != after[number]} == {7, 100}
    assert before.keys() - after.keys() == {8}
    published = in_duckdb(company, "from marts.fct_lead_cycles order by cycle_number")
    assert database.query("select * from marts.fct_lead_cycles order by 2") == published


def test_only_readers_read_and_they_only_read(company: Company, database: Database) -> None:
    for number in (2, 3):  # the rights hold for tables that come later, too
        company.copy(database.dsn)
        assert database.query("select count(*) from marts.fct_lead_cycles", "analyst") == [(100,)]
        assert database.query("select count(*) from ops.runs", "analyst") != []
        company.publish(number, f"create or replace table marts.later_{number} as select 1 as one")
    company.copy(database.dsn)
    assert database.query("select one from marts.later_3", "analyst") == [(1,)]
    for sql in (
        "insert into marts.later_3 values (2)",
        "update marts.fct_lead_cycles set marker = 9",
        "delete from ops.runs",
        "truncate marts.dim_owner",
        "drop table marts.dim_owner",
        "create table marts.mine (a int)",
        "select * from leadpact.published",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            database.run(sql, "analyst")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        database.query("select * from marts.dim_owner", "stranger")


def test_restricted_data_is_not_there(company: Company, database: Database) -> None:
    company.copy(database.dsn)
    schemas = database.query("select nspname::text from pg_namespace where nspname !~ '^pg_'")
    assert {schema for (schema,) in schemas} == {
        *("marts", "ops", "leadpact", "public", "information_schema"),
    }
    assert database.query(
        "select count(*) from information_schema.columns where column_name in ('email', 'note')"
        " and table_schema in ('marts', 'ops') and table_name <> 'dim_owner'"
    ) == [(0,)]


def test_a_role_that_may_not_be_made_is_asked_for(company: Company, database: Database) -> None:
    with database.server.connect("postgres") as admin:
        admin.execute(f"grant create on database {database.name} to stranger")
    dsn = database.server.dsn(database.name, "stranger")
    missing = replace(company)
    with database.server.connect("postgres") as admin:
        admin.execute("alter role leadpact_reader rename to elsewhere")
    try:
        copy = missing.copy(dsn)
        assert copy.notices == (
            "Nobody but stranger can read it yet, because stranger may not make the role "
            'leadpact_reader: have an administrator run CREATE ROLE "leadpact_reader", and copy '
            "again.",
        )
    finally:
        with database.server.connect("postgres") as admin:
            admin.execute("alter role elsewhere rename to leadpact_reader")
    assert database.query("select count(*) from marts.dim_owner", "stranger") == [(1,)]
    assert missing.copy(dsn).notices == ()
    assert database.query("select count(*) from marts.dim_owner", "analyst") == [(1,)]


def test_a_role_that_may_not_connect_is_named(company: Company, database: Database) -> None:
    with database.server.connect("postgres") as admin:
        admin.execute(f"revoke connect on database {database.name} from public")
    assert company.copy(database.dsn).notices == (
        f"The role leadpact_reader may not connect to {database.name}: have its owner run "
        f'GRANT CONNECT ON DATABASE "{database.name}" TO "leadpact_reader".',
    )


def test_the_role_is_made_where_it_is_missing(company: Company, database: Database) -> None:
    with database.server.connect("postgres") as admin:
        admin.execute("alter role leadpact_reader rename to elsewhere")
    try:
        assert company.copy(database.dsn).notices == ()
        assert database.query(
            "select rolcanlogin, has_table_privilege(rolname, 'marts.dim_owner', 'select') "
            "from pg_roles where rolname = 'leadpact_reader'"
        ) == [(False, True)]
    finally:
        with database.server.connect(database.name) as admin:
            admin.execute("drop owned by leadpact_reader; drop role leadpact_reader")
            admin.execute("alter role elsewhere rename to leadpact_reader")
