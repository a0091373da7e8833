"""An exports folder to write into and an empty warehouse to load it into."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from dagster_project.ingest import (
    LoadReport,
    Mappings,
    create_tables,
    create_views,
    load_exports,
    read_mappings,
)


class Bench:
    """An exports folder beside a warehouse."""

    def __init__(self, root: Path, mappings: Mappings, template: Path) -> None:
        self.exports = root / "exports"
        self.contract = root / "contract"
        self.mappings = mappings
        warehouse = root / "warehouse.duckdb"
        shutil.copy(template, warehouse)
        self.connection = duckdb.connect(warehouse, config={"threads": 1})
        self.exports.mkdir()

    def write(self, name: str, content: str | bytes) -> Path:
        """Writes one delivered file; text becomes UTF-8 with its line ends as they are."""
        path = self.exports / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def zip(self, name: str, members: dict[str, str]) -> Path:
        path = self.exports / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member, content in members.items():
                archive.writestr(member, content)
        return path

    def map(self, name: str, text: str) -> None:
        """Adds a contract mapping."""
        folder = self.contract / "mappings"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
        self.mappings = read_mappings(self.contract)

    def load(self, **options: object) -> LoadReport:
        report = load_exports(
            self.connection,
            self.exports,
            self.mappings,
            **options,  # type: ignore[arg-type]
        )
        uneven = self.rows(
            "select file_name from ingest.loads"
            " where rows_in_file <> rows_loaded + rows_quarantined"
            " or rows_quarantined <>"
            " (select count(*) from ingest.quarantined_rows q where q.load_id = loads.load_id)"
        )
        assert uneven == []
        return report

    def rows(self, statement: str) -> list[tuple]:
        return self.connection.execute(statement).fetchall()

    def users(self) -> list[tuple]:
        """Id, name and line of the loaded rows of Salesforce's User."""
        return self.rows('select "Id", "Name", _line from raw_salesforce."User" order by _line')

    def quarantined(self) -> list[tuple]:
        return self.rows(
            "select line_number, reason, raw_text from ingest.quarantined_rows order by line_number"
        )


@pytest.fixture(scope="session")
def shipped() -> Mappings:
    return read_mappings()


@pytest.fixture(scope="session")
def template(shipped: Mappings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with its empty tables and views: most of a small load's time is making them."""
    path = tmp_path_factory.mktemp("template") / "warehouse.duckdb"
    with duckdb.connect(path) as connection:
        create_views(connection, shipped, create_tables(connection, shipped))
    return path


@pytest.fixture
def bench(tmp_path: Path, shipped: Mappings, template: Path) -> Iterator[Bench]:
    made = Bench(tmp_path, shipped, template)
    yield made
    made.connection.close()
