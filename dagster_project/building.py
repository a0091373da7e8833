"""dbt in a process of its own beside the run.

Belongs here: that process and what crosses its border. Does not belong here: how dbt is called
(transform).

dbt takes seconds to import and to plan, and its own work per model is Python. On a second core
that passes while Dagster is imported, files are loaded, and results are recorded; in one process
they would wait for each other.
"""

from __future__ import annotations

import importlib
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dagster_project import transform
from dagster_project.compiled import read_compiled
from dagster_project.contract import Contract
from dagster_project.dbt_docs import docs_folder, make_docs
from dagster_project.settings import Settings
from dagster_project.transform import NodeResult
from dagster_project.workers import Line, Worker, worker


@dataclass(frozen=True)
class Builder:
    """The building process. Nobody else may have the build file open while it builds."""

    process: Worker
    settings: Settings
    fingerprint: str
    ended: Generator[Sequence[NodeResult], None, None]

    @classmethod
    def starting(cls, process: Worker, settings: Settings, contract: Contract) -> Builder:
        """Have a process do all that comes before the first model while the caller goes on."""
        fingerprint = transform.stage(settings, contract)
        process.begin(_parse_and_build, settings, contract, fingerprint)
        return cls(process, settings, fingerprint, process.answers())

    def manifest(self) -> Path:
        """manifest.json as the project stands now; raises RunFailedError if dbt cannot parse it."""
        if not transform.is_parsed(self.settings, self.fingerprint):
            next(self.ended)  # nothing, once it is parsed
        return transform.manifest_file(self.settings, self.fingerprint)

    def docs(self) -> Path:
        """The folder of dbt's pages of this project."""
        return docs_folder(self.manifest())

    def document(self) -> None:
        """Have them made where they are not kept already; `documented` waits. After a build."""
        if not (self.docs() / "index.html").exists():
            self.process.begin(_document, self.manifest())

    def documented(self) -> None:
        """Wait until the pages are made."""
        self.process.finish()

    def build(self) -> Generator[NodeResult, None, None]:
        """Each node soon after it ended.

        Raises RunFailedError with a sentence per node that failed.
        """
        self.process.go_on()
        for nodes in self.ended:
            yield from nodes


@contextmanager
def building_process() -> Iterator[Worker]:
    """A process that is importing dbt while the caller goes on."""
    with worker("builds the models") as process:
        process.begin(_import)
        yield process


def _import(_line: Line) -> None:
    importlib.import_module("dbt.cli.main")


def _parse_and_build(line: Line, settings: Settings, contract: Contract, fingerprint: str) -> None:
    transform.parse(settings, contract, fingerprint)
    line.tell([])
    transform.build(settings, contract, before_opening=line.wait, on_nodes=line.tell)


def _document(_line: Line, manifest: Path) -> None:
    compiled = read_compiled(manifest)
    if compiled is not None:
        make_docs(manifest, compiled)
