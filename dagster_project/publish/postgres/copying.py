"""One copy: PostgreSQL holds the published version, made so in one transaction that nobody notices.

Belongs here: the transaction and its order. Does not belong here: shapes (relations, shaping).

What PostgreSQL has already is copied beside it into temporary tables, and the rows that differ are
deleted and inserted. Plain deletes and inserts are the one way of replacing rows that leaves every
reader alone: a query, or a transaction that asked for one snapshot, sees the version before or the
new one in all tables, whenever it began, and neither side waits for the other. What others built on
the tables (views, indexes, rights) stays. Rejected:

- Building beside and renaming. Views of the company's own would go on reading what was renamed
  away; a statement whose tables are looked up while the names change joins two versions; a
  transaction with an older snapshot finds the new tables empty.
- truncate, drop and swap: they wait for every session that ever read the table and is still open,
  and everybody else waits behind them.
- Deleting and copying all rows: the indexes then grow with every night, and ten million rows took
  nine times as long as the first copy.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb
import psycopg
from psycopg.sql import SQL, Composable, Identifier

from dagster_project.errors import PostgresError
from dagster_project.publish.postgres import shaping
from dagster_project.publish.postgres.relations import Relation, read_relations
from dagster_project.publish.postgres.server import Connection, connected, describe
from dagster_project.publish.postgres.shaping import names, qualified

# Rows that are in memory at a time.
_BATCH = 10_000
# Names our copies among the database's advisory locks; any number that nobody else takes.
_LOCK = 0x1EAD9AC7


@dataclass(frozen=True, slots=True)
class PostgresCopy:
    """What was copied: `rows` per table, `as_of` naive UTC; `where` names no user or password.

    `notices` are sentences for an administrator: what we may not do ourselves.
    """

    where: str
    run_id: str
    as_of: datetime | None
    rows: Mapping[str, int]
    seconds: float
    notices: tuple[str, ...]


def copy_to_postgres(
    published_dir: Path,
    dsn: str,
    *,
    reader: str,
    keys: Mapping[str, Sequence[str]],
    memory_limit: str,
    scratch: Path,
    progress: Callable[[str], None] = lambda _table: None,
) -> PostgresCopy:
    """Make PostgreSQL hold the published version: all of it, or what it held before.

    `keys` are the key columns by `schema.table`. The role `reader` may read what is copied. DuckDB
    holds `memory_limit` at most and puts the rest into the folder `scratch`. Raises PostgresError,
    which never names the password, for whatever is in the way.
    """
    started = time.monotonic()
    where = describe(dsn)
    with connected(dsn) as target:
        with target.transaction():
            _prepare(target, where)
            # Looked up under the lock: who waited for it copies what is newest by then.
            file = (published_dir / "leadpact.duckdb").resolve()
            with _opened(file, memory_limit, scratch) as source:
                relations = read_relations(source, keys)
                run_id, as_of = _published(source)
                rows = _replace(source, target, relations, progress)
            _record(target, relations, run_id, rows)
            notices = shaping.grant(target, reader, rows)
        notices += _vacuum(target, relations)
    seconds = time.monotonic() - started
    return PostgresCopy(where, run_id, as_of, rows, seconds, tuple(notices))


def _prepare(target: Connection, where: str) -> None:
    """What holds for this transaction, and that no other copy goes on."""
    target.execute("set local statement_timeout = 0")
    target.execute("set local idle_in_transaction_session_timeout = 0")
    target.execute("set local lock_timeout = '30s'")
    target.execute("set local timezone = 'UTC'")
    target.execute("set local work_mem = '64MB'")
    row = target.execute("select pg_try_advisory_xact_lock(%s)", [_LOCK]).fetchone()
    if not row or not row[0]:
        raise PostgresError(f"{where} is being written by another copy: wait until it has ended.")
    shaping.make_schemas(target)


def _opened(file: Path, memory_limit: str, scratch: Path) -> duckdb.DuckDBPyConnection:
    if not file.exists():
        raise PostgresError(f"{file} does not exist: publish first, with leadpact nightly.")
    source = duckdb.connect(
        str(file),
        read_only=True,
        config={"memory_limit": memory_limit, "temp_directory": str(scratch)},
    )
    source.execute("set TimeZone = 'UTC'")
    return source


def _published(source: duckdb.DuckDBPyConnection) -> tuple[str, datetime | None]:
    row = source.execute(
        "select run_id, as_of from ops.runs where status = 'published' order by published_at desc"
    ).fetchone()
    if row is None:
        raise PostgresError("ops.runs of the published file names no run that published.")
    return row[0], row[1]


def _replace(
    source: duckdb.DuckDBPyConnection,
    target: Connection,
    relations: Sequence[Relation],
    progress: Callable[[str], None],
) -> dict[str, int]:
    """Rows per table. Tables whose shape changes come last: they are held, all others are not."""
    found, ours = shaping.shapes(target), shaping.ours(target)
    _refuse_foreign(relations, found, ours)
    rows: dict[str, int] = {}
    changed: list[Relation] = []
    for relation in relations:
        progress(relation.label)
        if relation.label not in found:
            table = qualified(relation.schema, relation.name)
            target.execute(shaping.create_table(table, relation.columns))
            rows[relation.label] = _copy(source, target, relation, table)
            _finish(target, relation)
            continue
        beside = _beside(relation)
        target.execute(shaping.create_table(beside, relation.columns, is_temporary=True))
        rows[relation.label] = _copy(source, target, relation, beside)
        if _is_to_be_held(target, relation, found[relation.label]):
            changed.append(relation)
        else:
            _apply(target, relation)
            _finish(target, relation)
    gone = sorted(ours & found.keys() - rows.keys())
    if changed or gone:
        shaping.hold(target, [*(relation.label for relation in changed), *gone])
    for relation in changed:
        for index in shaping.missing_indexes(target, relation)[1]:
            shaping.drop_index(target, relation, index)
        shaping.alter(target, relation, found[relation.label])
        _apply(target, relation)
        _finish(target, relation)
    for label in gone:
        target.execute(SQL("drop table {}").format(qualified(*label.split(".", 1))))
    return rows


def _refuse_foreign(
    relations: Sequence[Relation], found: Mapping[str, object], ours: set[str]
) -> None:
    foreign = [
        relation.label
        for relation in relations
        if relation.label in found and relation.label not in ours
    ]
    if foreign:
        raise PostgresError(
            f"Nothing was copied, because leadpact did not make {', '.join(foreign)}: name a "
            "database of its own, or move these tables away."
        )


def _is_to_be_held(target: Connection, relation: Relation, found: dict[str, str]) -> bool:
    if found != relation.kinds:
        return True
    missing, other = shaping.missing_indexes(target, relation)
    return bool(other) or any(index.is_primary for index in missing)


def _apply(target: Connection, relation: Relation) -> None:
    """Make the table hold the rows that lie beside it: those that are equal are left alone.

    Rows are told apart by 128 bits of their hash. Where nothing keeps rows from being equal to each
    other, all are replaced.
    """
    table, beside = qualified(relation.schema, relation.name), _beside(relation)
    columns = names(column.name for column in relation.columns)
    of_t = SQL(", ").join(Identifier("t", column.name) for column in relation.columns)
    insert = SQL("insert into {} ({}) select {} from {} as t").format(table, columns, of_t, beside)
    if not any(index.is_unique for index in relation.indexes):
        target.execute(SQL("delete from {}").format(table))
        target.execute(insert)
        return
    hashes = SQL(
        "(select ctid, hash_record_extended(row({columns}), 0) as a, "
        "hash_record_extended(row({columns}), 1) as b from {table})"
    )
    target.execute(
        SQL(
            "create temporary table differing on commit drop as "
            "select old.ctid as old, new.ctid as new from {} as old full join {} as new "
            "on old.a = new.a and old.b = new.b where old.ctid is null or new.ctid is null"
        ).format(
            hashes.format(columns=columns, table=table),
            hashes.format(columns=columns, table=beside),
        )
    )
    target.execute("analyze differing")
    target.execute(
        SQL("delete from {} as t using differing as d where t.ctid = d.old").format(table)
    )
    insert += SQL(" inner join differing as d on t.ctid = d.new")
    target.execute(insert)
    target.execute("drop table differing")


def _finish(target: Connection, relation: Relation) -> None:
    """What is made after the rows: it is cheaper then."""
    for index in shaping.missing_indexes(target, relation)[0]:
        shaping.create_index(target, relation, index)
    shaping.comment(target, relation)


def _beside(relation: Relation) -> Composable:
    return qualified("pg_temp", relation.label)


def _copy(
    source: duckdb.DuckDBPyConnection, target: Connection, relation: Relation, table: Composable
) -> int:
    """Stream the rows in PostgreSQL's binary form: no value is written as text and read again."""
    columns = names(column.name for column in relation.columns)
    # Quoted alike in both.
    found = source.execute(
        f'select {columns.as_string(target)} from "{relation.schema}"."{relation.name}"'
    )
    count = 0
    with target.cursor().copy(
        SQL("copy {} ({}) from stdin (format binary)").format(table, columns)
    ) as copy:
        copy.set_types([_binary(column.kind) for column in relation.columns])
        while batch := found.fetchmany(_BATCH):
            count += len(batch)
            for row in batch:
                copy.write_row(row)
    return count


def _binary(kind: str) -> str:
    """The name under which psycopg knows a type: without its precision."""
    return re.sub(r"\(.*\)", "", kind)


def _record(
    target: Connection, relations: Sequence[Relation], run_id: str, rows: Mapping[str, int]
) -> None:
    target.execute("delete from leadpact.published")
    with target.cursor() as cursor:
        cursor.executemany(
            "insert into leadpact.published values (%s, %s, %s, %s, now() at time zone 'UTC')",
            [
                (relation.schema, relation.name, run_id, rows[relation.label])
                for relation in relations
            ],
        )


def _vacuum(target: Connection, relations: Sequence[Relation]) -> list[str]:
    """Statistics, and room for the next copy; giving it back to the disk would hold readers up."""
    try:
        for relation in relations:
            target.execute(
                SQL("vacuum (analyze, truncate false, skip_locked) {}").format(
                    qualified(relation.schema, relation.name)
                )
            )
    except psycopg.Error as error:
        return [
            "It was copied, but PostgreSQL could not tidy up after it "
            f"({' '.join(str(error).split())}): have VACUUM ANALYZE run there."
        ]
    return []
