"""A build file in miniature: two marts, a view on them, restricted rows, loads and history."""

from __future__ import annotations

from datetime import datetime, timedelta

import duckdb

from dagster_project.publish import RunRecord, history

AS_OF = datetime(2026, 11, 20, 2, 0)
STARTED = datetime(2026, 11, 21, 2, 0)


def run_record(run_id: str) -> RunRecord:
    return RunRecord(
        run_id=run_id,
        trigger="command",
        started_at=STARTED + timedelta(seconds=int(run_id.split("-")[-1])),
        leadpact_version="0.1.0",
        contract_hash="c0ffee",
    )


def build(connection: duckdb.DuckDBPyConnection, run: RunRecord, *, marker: int, rows: int) -> None:
    connection.execute(
        """
        create schema if not exists marts;
        create schema if not exists ops;
        create schema if not exists restricted;
        create schema if not exists intermediate;
        create schema if not exists ingest;
        create or replace table ingest.run_context as
        select timestamp '2026-11-20 02:00:00' as as_of;
        create or replace table ingest.loads as
        select * from (values
            ('a', 'salesforce', 'Lead', 'drop/Lead.csv', 's1', 10, 9, 1, 'loaded'),
            ('b', 'salesforce', 'Task', 'drop/Task.csv', 's2', 5, 5, 0, 'loaded'),
            ('c', 'salesforce', 'User', 'drop/User.csv', 's3', 0, 0, 0, 'refused')
        ) as loads(load_id, crm, object, file_name, sha256, rows_in_file, rows_loaded,
            rows_quarantined, status);
        create or replace table ops.loads as from ingest.loads;
        create or replace table intermediate.private as select 1 as secret;
        """
    )
    connection.execute(
        f"""
        create or replace table marts.fct_lead_cycles as
        select 'salesforce:' || i || '#1' as cycle_id, i as cycle_number, {marker} as marker
        from range({rows}) as r(i) order by random();
        create or replace table marts.dim_owner as
        select 'salesforce:005' as owner_key, 'Ada Example' as name, 'ada@example.com' as email;
        create or replace table restricted.leads as
        select 'salesforce:1' as lead_key, 'x@example.org' as email, {marker} as marker;
        create or replace view marts.b_numbers as
        select cycle_id, cycle_number::varchar as number_text
        from "leadpact"."marts"."fct_lead_cycles";
        create or replace view marts.a_explanations as
        select cycle_id, 'leadpact.marts: it''s ' || number_text as explanation
        from marts.b_numbers;
        """
    )
    connection.execute(
        """
        comment on table marts.fct_lead_cycles is 'One row per cycle; it''s the key mart.';
        comment on column marts.fct_lead_cycles.cycle_id is 'Key.';
        comment on view marts.a_explanations is 'One sentence per cycle.';
        comment on column marts.a_explanations.explanation is 'The sentence.';
        """
    )
    history.begin(connection, run, published_run=None)
    history.record_load(connection, run.run_id, files_new=2, files_refused=1)
