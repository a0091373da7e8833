"""dbt, run inside this process: the project folder of one data directory, its manifest, its build.

Belongs here: everything that knows dbt's programmatic interface. Does not belong here: what the
models say (dbt/), nor how Dagster shows them (defs).

`DbtCliResource` was rejected: each run of it starts a process that imports dbt again and first
asks `dbt --version`, which takes seconds and calls the package index.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dagster_project.contract import Contract, stage_for_dbt
from dagster_project.errors import RunFailedError
from dagster_project.settings import Settings

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

_LINKED = ("dbt_project.yml", "models", "macros", "tests")
_FAILED = frozenset({"error", "fail", "runtime error", "partial success"})

# Parsing takes seconds, so what this process has parsed already is kept, by fingerprint.
_parsed: dict[str, Manifest] = {}


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What became of one node of the graph.

    `kind` is model, seed, test or unit_test; `status` is dbt's word (success, pass, warn, fail,
    error, skipped); `message` is dbt's own, empty where it only says OK; `failures` counts the
    rows a test found.
    """

    unique_id: str
    name: str
    kind: str
    status: str
    seconds: float
    message: str = ""
    failures: int | None = None

    @property
    def failed(self) -> bool:
        """Whether it failed itself; what was skipped for it did not."""
        return self.status in _FAILED

    @property
    def sentence(self) -> str:
        """A failure or warning in one sentence for people."""
        if self.kind == "test" and self.status in {"fail", "warn"}:
            return f"dbt test {self.name} found {self.failures} rows that break it."
        return f"dbt {self.kind} {self.name} failed: {_one_line(self.message)}"


OnNode = Callable[[NodeResult], None]


def project_dir(settings: Settings) -> Path:
    """The dbt project folder of this data directory.

    Models, macros and tests are links to the checkout; seeds are the validated agreement; target
    and logs are its own, so that two data directories never touch each other. A seed path outside
    the project was rejected: dbt writes the SQL it ran over the very CSV files it loaded.
    """
    return settings.warehouse_file.parent / "dbt"


def manifest_file(settings: Settings) -> Path:
    """dbt's manifest.json, from which Dagster draws the graph."""
    return project_dir(settings) / "target" / "manifest.json"


def prepare_manifest(settings: Settings, contract: Contract | None) -> Path:
    """manifest.json as the project stands now, written anew only where something changed.

    Without a (valid) contract the variables are the project's defaults; the graph is the same.
    Raises RunFailedError when dbt cannot parse the project.
    """
    fingerprint = _prepare(settings, contract)
    file = manifest_file(settings)
    mark = file.with_suffix(".fingerprint")
    if not file.exists() or not mark.exists() or mark.read_text() != fingerprint:
        _parse(settings, contract, fingerprint, write=True)
        mark.write_text(fingerprint)
    return file


def build(
    settings: Settings,
    contract: Contract,
    *,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    on_node: OnNode | None = None,
) -> list[NodeResult]:
    """Seeds, models and their tests, in the order of the graph, into the build file.

    `on_node` is called from dbt's own thread as each node ends. Afterwards no connection to the
    build file is left open. Raises RunFailedError with one sentence per node that failed.
    """
    fingerprint = _prepare(settings, contract)
    results: list[NodeResult] = []

    def listen(event: EventMsg) -> None:
        if event.info.name == "NodeFinished":
            result = _node_result(event)
            results.append(result)
            if on_node is not None:
                on_node(result)

    # Unit tests judge the models, not tonight's data: the test suite runs them.
    arguments = ["build", "--exclude-resource-type", "unit_test", "--no-write-json"]
    arguments += ["--select", *select] if select else []
    arguments += ["--exclude", *exclude] if exclude else []
    manifest = _parsed.get(fingerprint) or _parse(settings, contract, fingerprint, write=False)
    try:
        outcome = _invoke(settings, contract, arguments, manifest=manifest, listen=listen)
    finally:
        _close_connections()
    failed = [result for result in results if result.failed]
    if failed:
        raise RunFailedError("\n".join(result.sentence for result in failed))
    if outcome.exception is not None:
        raise RunFailedError(f"dbt stopped: {_one_line(str(outcome.exception))}")
    if not outcome.success:
        raise RunFailedError("dbt did not finish, and named no node that failed.")
    return results


def primary_keys(manifest: Mapping[str, Any]) -> dict[str, list[str]]:
    """The key columns of every model, by `schema.table`, from its `primary_key` test."""
    nodes = manifest["nodes"]
    tests = [
        node
        for node in nodes.values()
        if (node.get("test_metadata") or {}).get("name") == "primary_key"
    ]
    return {
        f"{nodes[test['attached_node']]['schema']}.{nodes[test['attached_node']]['alias']}": list(
            test["test_metadata"]["kwargs"]["columns"]
        )
        for test in tests
    }


def _prepare(settings: Settings, contract: Contract | None) -> str:
    """Bring the project folder up to date; the fingerprint of all that dbt would parse."""
    folder = project_dir(settings)
    folder.mkdir(parents=True, exist_ok=True)
    for name in _LINKED:
        link, target = folder / name, settings.dbt_dir / name
        if not link.is_symlink() or link.readlink() != target:
            link.unlink(missing_ok=True)
            link.symlink_to(target)
    if contract is not None:
        stage_for_dbt(contract, folder / "seeds")
    digest = hashlib.sha256(_variables(contract).encode())
    for package in ("dbt-core", "dbt-duckdb"):
        digest.update(version(package).encode())
    for path in _project_files(settings, folder):
        stat = path.stat()
        digest.update(f"{path}|{stat.st_mtime_ns}|{stat.st_size}\n".encode())
    return digest.hexdigest()


def _project_files(settings: Settings, folder: Path) -> list[Path]:
    sources = [settings.dbt_dir / name for name in (*_LINKED, "profiles.yml")]
    files = [path for source in sources for path in ([source] if source.is_file() else [])]
    for source in (*sources, folder / "seeds"):
        files += sorted(path for path in source.rglob("*") if path.is_file())
    return files


def _variables(contract: Contract | None) -> str:
    """The agreement's settings for `--vars`, always in the same order: a change parses anew."""
    return json.dumps(dict(contract.vars) if contract else {}, sort_keys=True)


def _parse(
    settings: Settings, contract: Contract | None, fingerprint: str, *, write: bool
) -> Manifest:
    outcome = _invoke(settings, contract, ["parse", "--write-json" if write else "--no-write-json"])
    if not outcome.success:
        raise RunFailedError(f"dbt cannot parse the project: {_one_line(str(outcome.exception))}")
    _parsed.clear()
    _parsed[fingerprint] = outcome.result
    return outcome.result


def _invoke(
    settings: Settings,
    contract: Contract | None,
    arguments: Sequence[str],
    *,
    manifest: Manifest | None = None,
    listen: Callable[[EventMsg], None] | None = None,
) -> Any:
    from dbt.cli.main import dbtRunner

    folder = project_dir(settings)
    runner = dbtRunner(manifest=manifest, callbacks=[listen] if listen else [])
    with _environment({"LEADPACT_WAREHOUSE": str(settings.warehouse_file)}):
        return runner.invoke(
            [
                *arguments,
                *("--project-dir", str(folder), "--profiles-dir", str(settings.dbt_dir)),
                *("--target-path", str(folder / "target"), "--log-path", str(folder / "logs")),
                *("--log-level", "none", "--log-level-file", "info", "--no-use-colors"),
                *("--no-send-anonymous-usage-stats", "--partial-parse", "--no-print"),
                *("--vars", _variables(contract)),
            ]
        )


@contextmanager
def _environment(values: Mapping[str, str]) -> Iterator[None]:
    """dbt reads its profile from the environment; leave nothing behind for the next call."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name)
            else:
                os.environ[name] = value


def _close_connections() -> None:
    """dbt-duckdb keeps the file open after a run, so nobody else could open it read-only."""
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager

    DuckDBConnectionManager.close_all_connections()


def _node_result(event: EventMsg) -> NodeResult:
    node, result = event.data.node_info, event.data.run_result
    return NodeResult(
        unique_id=node.unique_id,
        name=node.node_name,
        kind=node.resource_type,
        status=result.status,
        seconds=result.execution_time,
        message="" if result.message == "OK" else result.message,
        failures=result.num_failures if node.resource_type == "test" else None,
    )


def _one_line(message: str) -> str:
    """dbt's several indented lines as one sentence, without its own heading and file advice."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(("compiled code at", "> "))]
    if len(telling) > 1 and " Error in " in telling[0]:
        place = telling[0].partition("(")[2].rstrip(")")
        return " ".join(telling[1:]) + (f" ({place})" if place else "")
    return " ".join(telling)
