"""A PostgreSQL server of our own on loopback, and a database in it for each test.

`make test-postgres` installs the server where it is missing and sets LEADPACT_TEST_POSTGRES;
without it these tests are skipped.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb
import psycopg
import pytest

from dagster_project.publish import publish
from dagster_project.publish.postgres import PostgresCopy, copy_to_postgres
from tests.unit.publish.build_file import build, run_record

PASSWORD = "s3cret-of-the-server"
KEYS = {"marts.fct_lead_cycles": ["cycle_id"], "marts.dim_owner": ["owner_key"]}

Connection = psycopg.Connection[tuple[object, ...]]


@dataclass(frozen=True)
class Server:
    """Reached by its administrator, who is called `admin`, with PASSWORD, as is everybody here."""

    port: int

    def dsn(self, database: str, user: str = "admin", password: str = PASSWORD) -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{database}"

    def connect(self, database: str, user: str = "admin") -> Connection:
        return psycopg.connect(self.dsn(database, user), autocommit=True)


@dataclass(frozen=True)
class Database:
    """A fresh database of `publisher`, who may make roles; `analyst` reads as leadpact_reader."""

    server: Server
    name: str

    @property
    def dsn(self) -> str:
        return self.server.dsn(self.name, "publisher")

    def query(self, sql: str, user: str = "publisher") -> list[tuple[object, ...]]:
        with self.server.connect(self.name, user) as connection:
            return connection.execute(sql).fetchall()

    def run(self, sql: str, user: str = "publisher") -> None:
        with self.server.connect(self.name, user) as connection:
            connection.execute(sql)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    if not os.environ.get("LEADPACT_TEST_POSTGRES"):
        pytest.skip("make test-postgres runs these, with a server of their own")
    folder = Path(tempfile.mkdtemp(prefix="leadpact-postgres-"))
    (folder / "password").write_text(PASSWORD)
    who: dict[str, str | int | list[str]] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        nobody = pwd.getpwnam("nobody")
        who = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        for path in (folder, folder / "password"):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
    data, port = folder / "data", _free_port()
    initdb = [binary("initdb"), "-D", str(data), "-U", "admin", "--no-sync", "-E", "UTF8"]
    access = ["--locale=C.UTF-8", "--auth=scram-sha-256", f"--pwfile={folder / 'password'}"]
    subprocess.run([*initdb, *access], check=True, capture_output=True, **who)  # type: ignore[call-overload]
    options = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": ""}
    postgres = [binary("postgres"), "-D", str(data), "-c", "fsync=off"]
    for name, value in options.items():
        postgres += ["-c", f"{name}={value}"]
    process = subprocess.Popen(postgres, stderr=subprocess.DEVNULL, **who)  # type: ignore[call-overload]
    try:
        server = Server(port)
        _wait(server)
        with server.connect("postgres") as admin:
            admin.execute(f"create role publisher login createrole password '{PASSWORD}'")
            admin.execute("create role leadpact_reader")
            admin.execute(
                f"create role analyst login password '{PASSWORD}' in role leadpact_reader"
            )
            admin.execute(f"create role stranger login password '{PASSWORD}'")
        yield server
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=30)
        shutil.rmtree(folder)


@pytest.fixture
def database(server: Server, request: pytest.FixtureRequest) -> Iterator[Database]:
    name = f"d{abs(hash(request.node.nodeid))}"
    with server.connect("postgres") as admin:
        admin.execute(f"create database {name} owner publisher")
        yield Database(server, name)
        admin.execute(f"drop database {name} with (force)")


@dataclass(frozen=True)
class Company:
    """Something published, one version after the other, with `marker` in every row."""

    folder: Path

    @property
    def published(self) -> Path:
        return self.folder / "published"

    @property
    def warehouse(self) -> Path:
        return self.folder / "warehouse" / "leadpact.duckdb"

    def publish(self, number: int, sql: str = "", rows: int = 100) -> None:
        """Publish version `number`; `sql` is run on the build file before."""
        self.warehouse.parent.mkdir(exist_ok=True)
        run = run_record(f"run-{number}")
        with duckdb.connect(str(self.warehouse)) as connection:
            build(connection, run, marker=number, rows=rows)
            connection.execute(sql)
        publish(self.warehouse, self.published, run, order_by=KEYS)

    def copy(self, dsn: str, progress: Callable[[str], None] = lambda _table: None) -> PostgresCopy:
        return copy_to_postgres(
            self.published,
            dsn,
            reader="leadpact_reader",
            keys=KEYS,
            memory_limit="500MB",
            scratch=self.folder / "scratch",
            progress=progress,
        )


@pytest.fixture
def company(tmp_path: Path) -> Company:
    company = Company(tmp_path)
    company.publish(1)
    return company


def binary(name: str) -> str:
    """The newest one there is: Debian keeps them out of the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: path.parts)
    if not found and not shutil.which(name):
        pytest.fail(f"{name} is not installed: make test-postgres installs it.")
    return str(found[-1]) if found else str(shutil.which(name))


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait(server: Server) -> None:
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up:
        with suppress(psycopg.OperationalError):
            server.connect("postgres").close()
            return
        time.sleep(0.1)
    pytest.fail("PostgreSQL did not start within 30 seconds.")
