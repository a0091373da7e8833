"""One PostgreSQL server as the connection string names it, and what it says when it refuses.

Belongs here: connecting, and errors as sentences for people. Does not belong here: what is copied.

No message ever holds the connection string: it may hold a password. What libpq says of a string
that it cannot read quotes it, so that is not passed on.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from psycopg import conninfo, errors

from dagster_project.errors import PostgresError

_OLDEST = 140000  # hash_record_extended
# Unless the connection string says otherwise.
_DEFAULTS = {
    "connect_timeout": "10",
    "tcp_user_timeout": "60000",
    "application_name": "leadpact",
}

_REASON = re.compile(r"^.*(?:failed: |FATAL: +|is bad: )")

Connection = psycopg.Connection[tuple[object, ...]]


def describe(dsn: str) -> str:
    """`database on host:port` without user and password; raises PostgresError for no such string.

    What the string leaves open is what libpq would take: its environment variables are not read.
    """
    try:
        parts = conninfo.conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        raise PostgresError(
            "The PostgreSQL connection string cannot be read: write it like "
            "postgresql://user:password@host:5432/database, or host=… dbname=… user=…."
        ) from None
    if service := parts.get("service"):
        return f"service {service}"
    host = parts.get("host") or parts.get("hostaddr") or "the default host"
    port = f":{parts['port']}" if parts.get("port") else ""
    return f"{parts.get('dbname') or 'the default database'} on {host}{port}"


@contextmanager
def connected(dsn: str) -> Iterator[Connection]:
    """A connection in autocommit, closed at the end.

    Raises PostgresError, here or from within, for everything that the server or the way there says.
    """
    where = describe(dsn)
    try:
        connection = psycopg.connect(
            conninfo.make_conninfo(dsn, **_missing(dsn)),
            autocommit=True,
            prepare_threshold=None,  # behind a pooler the next transaction may be another server's
        )
    except psycopg.Error as error:
        raise PostgresError(_unconnected(where, error)) from error
    with connection:
        try:
            _refuse_unusable(connection, where)
            yield connection
        except psycopg.Error as error:
            raise PostgresError(_refused(where, connection, error)) from error


def _missing(dsn: str) -> dict[str, str]:
    given = conninfo.conninfo_to_dict(dsn)
    return {name: value for name, value in _DEFAULTS.items() if name not in given}


def _refuse_unusable(connection: Connection, where: str) -> None:
    info = connection.info
    if info.server_version < _OLDEST:
        raise PostgresError(
            f"{where} is PostgreSQL {info.server_version // 10000}: 14 or newer is needed."
        )
    encoding = info.parameter_status("server_encoding")
    if encoding != "UTF8":
        raise PostgresError(
            f"{where} is encoded {encoding} and cannot hold every character: make a database with "
            "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
        )


def _unconnected(where: str, error: psycopg.Error) -> str:
    said = _reason(str(error))
    if "password" in said:
        return f"{where} refused the user or the password ({said}): correct them."
    if "does not exist" in said:
        return f"{where} cannot be used ({said}): make it, or correct the connection string."
    return f"{where} cannot be reached ({said}): start it, or correct the connection string."


def _reason(text: str) -> str:
    """What libpq says after whom it asked, and before what it would have us check."""
    reasons = [_REASON.sub("", line) for line in text.splitlines() if _REASON.search(line)]
    return _one_line(reasons[-1] if reasons else text)


def _refused(where: str, connection: Connection, error: psycopg.Error) -> str:
    said = _one_line(error.diag.message_primary or str(error) or type(error).__name__)
    detail = _one_line(error.diag.message_detail or "")
    if isinstance(error, errors.InsufficientPrivilege):
        return (
            f"{where} does not let {connection.info.user} do this ({said}): have an administrator "
            f'run GRANT CREATE ON DATABASE "{connection.info.dbname}" TO "{connection.info.user}", '
            "or connect as who owns the published tables."
        )
    if isinstance(error, errors.DependentObjectsStillExist):
        return (
            f"{where}: a published table changed its columns and something of yours needs what is "
            f"gone ({detail or said}): drop that and copy again."
        )
    if isinstance(error, errors.DiskFull):
        return f"The disk of {where} is full: make room there and copy again ({said})."
    if isinstance(error, errors.LockNotAvailable):
        return f"{where}: somebody else holds a table ({said}): copy again when it is free."
    return f"{where} stopped the copy ({'; '.join(filter(None, (said, detail)))})."


def _one_line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
