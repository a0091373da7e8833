"""What is known of a copy to PostgreSQL without a server: names, types, and no password anywhere.

The copy itself is tested on a server, in tests/postgres.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr

from dagster_project.errors import PostgresError, UsageError
from dagster_project.postgres import (
    check_connection_string,
    copy_published,
    last_copy,
    why_not_copied,
)
from dagster_project.publish.postgres.relations import postgres_type
from dagster_project.publish.postgres.server import describe
from dagster_project.settings import Settings

SECRET = "s3cret"


@pytest.mark.parametrize(
    ("dsn", "where"),
    [
        (f"postgresql://u:{SECRET}@db.example:5433/sales", "sales on db.example:5433"),
        (f"host=db.example dbname=sales user=u password={SECRET}", "sales on db.example"),
        ("service=sales", "service sales"),
        ("", "the default database on the default host"),
        ("postgresql:///sales?host=/run/postgresql", "sales on /run/postgresql"),
    ],
)
def test_a_database_is_named_without_user_and_password(dsn: str, where: str) -> None:
    assert describe(dsn) == where


@pytest.mark.parametrize(
    "dsn", [f"postgresqlx://u:{SECRET}@host/sales", f"password={SECRET} nonsense=1", SECRET]
)
def test_what_is_no_connection_string_is_not_quoted(dsn: str) -> None:
    settings = Settings(postgres=SecretStr(dsn))
    with pytest.raises(UsageError, match=r"^The PostgreSQL connection string") as at:
        check_connection_string(settings)
    assert SECRET not in str(at.value)
    assert SECRET not in repr(settings)


def test_blank_is_no_database() -> None:
    settings = Settings(postgres=SecretStr(""))
    check_connection_string(settings)
    with pytest.raises(UsageError, match=r"^Name the database with --postgres"):
        copy_published(settings, print)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("DECIMAL(38,2)", "numeric(38,2)"),
        ("TIMESTAMP", "timestamp without time zone"),
        ("VARCHAR[]", "text[]"),
        ("ENUM('met', 'missed')", "text"),
    ],
)
def test_types(kind: str, expected: str) -> None:
    assert postgres_type(kind, "marts.t.c") == expected


def test_a_type_without_a_counterpart_is_named() -> None:
    with pytest.raises(PostgresError, match=r"^marts\.t\.c is of type MAP\(VARCHAR, INTEGER\), wh"):
        postgres_type("MAP(VARCHAR, INTEGER)", "marts.t.c")


def test_a_failed_copy_is_remembered_without_the_password(tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path, postgres=SecretStr(f"postgresql://u:{SECRET}@127.0.0.1:1/sales")
    )
    assert last_copy(settings) == []
    with pytest.raises(PostgresError) as raised:
        copy_published(settings, print)
    why = (
        "sales on 127.0.0.1:1 cannot be reached (Connection refused): start it, or correct the "
        "connection string."
    )
    assert str(raised.value).splitlines() == [
        f"{settings.published_dir} is published, but PostgreSQL holds what it held before: {why}",
        "The next run copies it, and so does leadpact publish-postgres.",
    ]
    assert why_not_copied(settings) == why
    assert last_copy(settings) == [
        f"PostgreSQL: holds what it held before the last copy failed. {why}"
    ]
    assert SECRET not in settings.postgres_mark.read_text("utf-8")
