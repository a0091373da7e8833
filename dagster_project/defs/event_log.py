"""Dagster's event log in SQLite, with the connections kept open.

Belongs here: how events reach the disk. Does not belong here: which events there are (Dagster).

Dagster's own storage makes a database engine and a connection for each of some 500 events of a run,
and with each engine compiles the same few statements again: half of the time that Dagster needs.
The tables and files are its own, so its storage reads what this one wrote, and the other way.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from dagster import StringSource

# The storage is documented as a setting of dagster.yaml alone, so it has no public import.
from dagster._core.storage.event_log import SqliteEventLogStorage
from sqlalchemy import Connection, Engine, StaticPool, create_engine, event

# The name of the file that holds what Dagster looks up across runs.
_INDEX = "index"
_BUSY_SECONDS = 60


class KeptEventLog(SqliteEventLogStorage):
    """One open connection to the index and one to the run that was last written or read.

    Waits for the disk only when SQLite empties its log into the file (`synchronous = normal`): a
    power cut may lose the last events, never the file.
    """

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        self._kept: dict[str, Engine] = {}
        self._kept_lock = threading.Lock()
        self._tables: set[str] = set()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> KeptEventLog:
        """What Dagster calls with the `config` of dagster.yaml."""
        return cls(str(Path(config_value["home"]) / "history" / "runs"), inst_data)

    @classmethod
    def config_type(cls) -> Any:
        """Dagster's folder; the events lie where its default storage puts them."""
        return {"home": StringSource}

    def run_connection(self, run_id: str | None = None) -> Any:
        """A transaction on the events of one run."""
        return self._transaction(str(run_id), super().run_connection)

    def index_connection(self) -> AbstractContextManager[Connection]:
        """A transaction on what is looked up across runs."""
        return self._transaction(_INDEX, lambda _: super(KeptEventLog, self).index_connection())

    def has_table(self, table_name: str) -> bool:
        """Whether the index has a table; Dagster asks before it stores each asset check."""
        if table_name not in self._tables and super().has_table(table_name):
            self._tables.add(table_name)
        return table_name in self._tables

    def wipe(self) -> None:
        """Delete every event; nothing may hold the files meanwhile."""
        self._close()
        super().wipe()

    def dispose(self) -> None:
        """Close the connections."""
        self._close()
        super().dispose()

    @contextmanager
    def _transaction(self, shard: str, first: Any) -> Iterator[Connection]:
        # Dagster reads and writes from several threads, and a connection serves one at a time.
        with self._kept_lock:
            if shard not in self._kept:
                with first(shard):
                    pass  # Dagster makes the file and its tables where there are none
                self._keep(shard)
            with self._kept[shard].begin() as connection:
                yield connection

    def _keep(self, shard: str) -> None:
        # The pages of Dagster look at many runs; not every file of theirs may stay open.
        for other in [name for name in self._kept if name != _INDEX and shard != _INDEX]:
            self._kept.pop(other).dispose()
        engine = create_engine(
            self.conn_string_for_shard(shard),
            poolclass=StaticPool,
            connect_args={"timeout": _BUSY_SECONDS, "check_same_thread": False},
        )
        event.listen(engine, "connect", _swift)
        self._kept[shard] = engine

    def _close(self) -> None:
        with self._kept_lock:
            for engine in self._kept.values():
                engine.dispose()
            self._kept.clear()


def _swift(connection: Any, _record: object) -> None:
    connection.execute("pragma synchronous = normal")
