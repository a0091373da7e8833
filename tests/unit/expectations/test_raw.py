from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dagster_project.errors import RunFailedError
from expectations import raw
from expectations.run import run_suites, stop_on_breach

LEADS = raw.RawTable(
    crm="zoho",
    object="Web leads {1}",
    schema="raw_zoho",
    key=(("Record ID", "Contact ID"), ("Brand :at",)),
    required=(("Record ID", "Contact ID"), ("Create Date",)),
)
NEVER = raw.RawTable(crm="zoho", object="Deals", schema="raw_zoho", key=(), required=())


@pytest.fixture
def loaded(tmp_path: Path) -> Path:
    path = tmp_path / "leadpact.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("""
            create schema ingest;
            create table ingest.loads (
                load_id varchar, crm varchar, object varchar, rows_in_file bigint,
                rows_loaded bigint, rows_quarantined bigint, status varchar
            );
            insert into ingest.loads values
                ('one', 'zoho', 'Web leads {1}', 4, 3, 1, 'loaded'),
                ('two', 'zoho', 'Web leads {1}', 0, 0, 0, 'refused'),
                ('six', 'zoho', 'Users', 0, 0, 0, 'refused');
            create table ingest.quarantined_rows (load_id varchar, line_number bigint);
            insert into ingest.quarantined_rows values ('one', 3);
            create schema raw_zoho;
            create table raw_zoho."Web leads {1}" as
            select * from (values
                ('1', null, 'a', 'Leads.csv', 2), (null, '2', 'a', 'Leads.csv', 4),
                ('3', '', 'b', 'Leads.csv', 5)
            ) as t ("Record ID", "Contact ID", "Brand :at", _file, _line);
            alter table raw_zoho."Web leads {1}" add column "Create Date" varchar;
            alter table raw_zoho."Web leads {1}" add column _load_id varchar default 'one';
            alter table raw_zoho."Web leads {1}" add column _exported_at timestamp
                default '2026-01-05';
        """)
    return path


def _breaches(path: Path, statement: str = "") -> list[str]:
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement or "select 1")
        suites = raw.suites(connection, [LEADS, NEVER])
    assert [suite.table for suite in suites] == ["ingest.loads", LEADS.name]
    results = run_suites(path, suites)
    try:
        stop_on_breach(results)
    except RunFailedError as error:
        return str(error).splitlines()
    return []


def test_what_loading_guarantees_holds(loaded: Path) -> None:
    assert _breaches(loaded) == []


def test_each_breach_is_named_with_its_rows(loaded: Path) -> None:
    assert _breaches(
        loaded,
        """
        update raw_zoho."Web leads {1}" set "Record ID" = ' ' where _line = 5;
        update raw_zoho."Web leads {1}" set _exported_at = null where _line = 2;
        insert into raw_zoho."Web leads {1}" values
            ('9', '', 'b', 'New.csv', 7, null, 'two', '2026-01-06');
        delete from raw_zoho."Web leads {1}" where _line = 4;
        delete from ingest.quarantined_rows;
        update ingest.loads set rows_in_file = 9 where load_id = 'one';
        """,
    ) == [
        "raw suite: ingest.loads, column rows_in_file, rows_loaded, rows_quarantined: Rows in the"
        " file are rows loaded plus rows quarantined (expect_no_rows), 1 rows do not (one);"
        " nothing was published.",
        "raw suite: ingest.loads, column rows_loaded: The raw tables hold as many rows of each"
        " load as it loaded (expect_no_rows), 2 rows do not (one, two); nothing was published.",
        "raw suite: ingest.loads, column rows_quarantined: The quarantine holds as many rows of"
        " each load as it set aside (expect_no_rows), 1 rows do not (one); nothing was published.",
        "raw suite: raw_zoho.Web leads {1}, column _file, _line, _load_id, _exported_at: Every row"
        " says which file, line, load and drop it came from (expect_no_rows), 1 rows do not"
        " (Leads.csv:2); nothing was published.",
        "raw suite: raw_zoho.Web leads {1}, column _load_id: Every row belongs to a load of this"
        " object in the book of loads (expect_no_rows), 1 rows do not (two); nothing was"
        " published.",
        "raw suite: raw_zoho.Web leads {1}, column Record ID, Contact ID, Brand :at: Every "
        "record has"
        " its id (expect_no_rows), 1 rows do not (Leads.csv:5); nothing was published.",
    ]


def test_a_required_column_that_is_gone_is_named(loaded: Path) -> None:
    breaches = _breaches(loaded, 'alter table raw_zoho."Web leads {1}" drop column "Create Date"')
    assert breaches == [
        "raw suite: raw_zoho.Web leads {1}: The required columns and those that say where a row"
        " came from are there (expect_table_columns_to_match_set); nothing was published."
    ]
