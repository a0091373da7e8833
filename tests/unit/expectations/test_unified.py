from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from dagster_project.errors import RunFailedError
from expectations import unified
from expectations.model import SuiteResult
from expectations.run import run_suites, stop_on_breach

SOUND = """
create schema ingest;
create schema contract;
create schema intermediate;
create schema marts;
create table ingest.loads as select 'hubspot' as crm;
create table ingest.run_context as select timestamp '2026-03-01' as as_of;
create table contract.touch_types as select unnest(['call', 'email', null]) as channel;
create table intermediate.int_leads as
select 'hubspot:' || range as lead_key, 'hubspot' as crm from range(3);
create table intermediate.int_stage_events as
select * from (values
    ('hubspot:1', timestamp '2026-01-05', 'mql', 1),
    ('hubspot:1', timestamp '2026-01-05', 'sal', 2),
    ('hubspot:2', timestamp '2026-01-05', 'mql', 1)
) as t (lead_key, event_at, stage, event_number);
create table intermediate.int_owner_intervals as
select * from (values
    ('hubspot:1', 'hubspot:9', timestamp '2026-01-05', timestamp '2026-01-06'),
    ('hubspot:1', 'hubspot:8', timestamp '2026-01-06', null),
    ('hubspot:2', 'hubspot:8', timestamp '2026-01-05', null)
) as t (lead_key, owner_key, valid_from, valid_to);
create table intermediate.int_activities as
select * from (values
    ('a', timestamp '2026-01-06', 'call', true, false),
    ('b', timestamp '2026-01-07', 'email', false, true),
    ('c', timestamp '2026-04-07', null, false, false)
) as t (touch_key, occurred_at, channel, is_touch, is_reply);
create table intermediate.int_touches as
select * from (values
    ('a', 'outbound', true, true, timestamp '2026-01-06'),
    ('b', 'inbound', false, false, timestamp '2026-03-01')
) as t (touch_key, direction, is_touch, is_counted, occurred_at);
create table intermediate.int_opportunities as
select * from (values
    ('o', true, true, date '2026-02-01', timestamp '2026-02-01', null),
    ('p', false, true, date '2026-02-01', timestamp '2026-01-01', timestamp '2026-02-01'),
    ('q', false, false, date '2026-02-01', null, null),
    ('r', true, true, null, null, null)
) as t (opportunity_key, is_won, is_closed, close_date, won_at, lost_at);
create table marts.fct_lead_cycles as
select
    lead_key || '#' || cycle_number as cycle_id, lead_key, cycle_number, mql_at,
    mql_at + interval 1 hour as sal_at, mql_at + interval 2 hour as sql_at,
    mql_at + interval 3 hour as opportunity_at, cast(null as timestamp) as won_at,
    cast(null as timestamp) as lost_at, closed_at as rejected_at,
    cast(null as timestamp) as dead_at,
    cast(null as timestamp) as recycled_at, closed_at, mql_at as routed_at,
    mql_at as first_touch_at
from (values
    ('hubspot:1', 1, timestamp '2026-01-05', timestamp '2026-01-10'),
    ('hubspot:1', 2, timestamp '2026-01-10', null),
    ('hubspot:2', 1, timestamp '2026-01-05', null)
) as t (lead_key, cycle_number, mql_at, closed_at);
"""

# Every check broken at least once.
BROKEN = """
insert into intermediate.int_leads values
    ('hubspot:1', 'hubspot'), (null, null), ('zoho:1', 'zoho');
insert into intermediate.int_stage_events values
    (null, null, null, 1), ('hubspot:1', timestamp '2026-01-05', 'demo', 2);
insert into intermediate.int_owner_intervals values
    (null, null, null, null),
    ('hubspot:2', 'hubspot:9', timestamp '2026-01-07', timestamp '2026-01-07');
insert into intermediate.int_activities values
    ('a', null, 'fax', true, true), (null, timestamp '2026-01-06', 'call', true, false);
insert into intermediate.int_touches values
    ('a', 'sideways', true, true, timestamp '2026-03-01 00:00:01'),
    (null, 'inbound', false, true, timestamp '2026-01-06');
insert into intermediate.int_opportunities values
    ('o', true, false, date '2026-02-01', null, null),
    (null, true, true, date '2026-02-01', null, null);
insert into marts.fct_lead_cycles (cycle_id, lead_key, cycle_number, mql_at, routed_at) values
    ('hubspot:2#1', 'hubspot:2', 2, timestamp '2026-01-05', timestamp '2026-01-04'),
    (null, 'hubspot:404', 1, null, null);
update marts.fct_lead_cycles set sal_at = sql_at + interval 1 second where cycle_number = 1;
"""


def _run(path: Path, *statements: str) -> list[SuiteResult]:
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
        suites = unified.suites(connection)
    return run_suites(path, suites)


def test_sound_tables_pass(tmp_path: Path) -> None:
    results = _run(tmp_path / "sound.duckdb", SOUND)
    stop_on_breach(results)
    assert all(result.success and result.blocking for result in results)


def test_every_check_can_fail(tmp_path: Path) -> None:
    results = _run(tmp_path / "broken.duckdb", SOUND, BROKEN)
    passed = [
        (row.table, row.column, row.meaning)
        for result in results
        for row in result.results
        if row.success
    ]
    assert passed == []
    with pytest.raises(RunFailedError) as raised:
        stop_on_breach(results)
    sentences = str(raised.value).splitlines()
    assert len(sentences) == sum(len(result.results) for result in results)
    assert (
        "unified suite: marts.fct_lead_cycles, column mql_at, closed_at: A lead's cycles follow"
        " each other, each closed before the next begins (expect_no_rows), 1 rows do not"
        " (hubspot:2#1); nothing was published." in sentences
    )
    assert (
        "unified suite: intermediate.int_stage_events, column stage: A stage is one of the ten"
        " (expect_column_values_to_be_in_set), 1 rows do not (hubspot:1:2); nothing was published."
        in sentences
    )


def test_no_activity_of_a_type_the_agreement_knows_is_no_breach(tmp_path: Path) -> None:
    results = _run(
        tmp_path / "none.duckdb",
        SOUND,
        "delete from contract.touch_types; delete from intermediate.int_activities",
    )
    stop_on_breach(results)
