"""dbt, run inside this process: the project folder of one data directory, its manifest, its build.

Belongs here: everything that knows dbt's programmatic interface. Does not belong here: what the
models say (dbt/), how Dagster shows them (defs), and in which process a run calls this (building).

`DbtCliResource` was rejected: each run of it starts a process that imports dbt again and first
asks `dbt --version`, which takes seconds and calls the package index.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import duckdb

from dagster_project.compiled import compiled_file, keep_columns, write_beside
from dagster_project.contract import Contract, stage_for_dbt
from dagster_project.errors import RunFailedError
from dagster_project.settings import Settings

if TYPE_CHECKING:
    from dbt.contracts.graph.manifest import Manifest
    from dbt_common.events.base_types import EventMsg

_LINKED = ("dbt_project.yml", "models", "macros", "tests")
_FAILED = frozenset({"error", "fail", "runtime error", "partial success"})

# The tests that the materialization of a table has answered already.
CHECKED_WHILE_BUILT = "tag:primary_key"

# dbt's messages that are listened to: how many models it will build at a time, and of each node.
_PLANNED = "ConcurrencyLine"
_ENDED = "NodeFinished"

# Bytes of exports and build file from which on the time goes into data, not into dbt.
_LARGE = 512 * 1024**2

_COMPILED = frozenset({"model", "test"})
# What dbt would take for a template once more.
_RENDERED = re.compile(r"{[{%#]|[#}%]}")

# Sentences that a failed test may say before it only counts.
_WORDS = 5

# Seconds between two tellings of what ended; fewer would cost more than people see.
_TOLD_EVERY = 0.25

# Parsed projects that are kept: some dozens of companies may be served by one checkout.
_KEPT = 50

# Parsing takes seconds, so what this process has parsed already is kept, by fingerprint.
_parsed: dict[str, Manifest] = {}


@dataclass(frozen=True, slots=True)
class NodeResult:
    """What became of one node of the graph.

    `kind` is model, seed, test or unit_test; `status` is dbt's word (success, pass, warn, fail,
    error, skipped); `message` is dbt's own, empty where it only says OK; `failures` counts the
    rows a test found; `rows` are those of a table, null for what is none; `words` are what the
    first rows a test found say themselves.
    """

    unique_id: str
    name: str
    kind: str
    status: str
    seconds: float
    message: str = ""
    failures: int | None = None
    rows: int | None = None
    words: tuple[str, ...] = ()

    @property
    def failed(self) -> bool:
        """Whether it failed itself; what was skipped for it did not."""
        return self.status in _FAILED

    @property
    def sentence(self) -> str:
        """A failure or warning for people: a sentence, or one for each thing that is wrong."""
        if self.words:
            more = (self.failures or 0) - len(self.words)
            return "\n".join((*self.words, *([f"… and {more:,} more like that."] if more else [])))
        if self.kind == "test" and self.status in {"fail", "warn"}:
            return f"dbt test {self.name} found {self.failures} rows that break it."
        return f"dbt {self.kind} {self.name} failed: {_one_line(self.message)}"


OnNodes = Callable[[Sequence[NodeResult]], None]


def project_dir(settings: Settings) -> Path:
    """The dbt project folder of this data directory.

    Models, macros and tests are links to the checkout; seeds are the validated agreement; target
    and logs are its own, so that two data directories never touch each other. A seed path outside
    the project was rejected: dbt writes the SQL it ran over the very CSV files it loaded.
    """
    return settings.warehouse_file.parent / "dbt"


def prepare_manifest(settings: Settings, contract: Contract | None) -> Path:
    """manifest.json as the project stands now, written anew only where something changed.

    Without a (valid) contract the variables are the project's defaults; the graph is the same.
    Raises RunFailedError when dbt cannot parse the project.
    """
    fingerprint = stage(settings, contract)
    if not is_parsed(settings, fingerprint):
        parse(settings, contract, fingerprint)
    return manifest_file(settings, fingerprint)


def manifest_file(settings: Settings, fingerprint: str) -> Path:
    """dbt's manifest.json of the project with this fingerprint, from which Dagster draws it."""
    return parsed_dir(settings) / fingerprint / "manifest.json"


def is_parsed(settings: Settings, fingerprint: str) -> bool:
    """Whether that manifest.json is there."""
    return manifest_file(settings, fingerprint).exists()


def parse(settings: Settings, contract: Contract | None, fingerprint: str) -> Manifest:
    """What dbt makes of the project; done once for all data directories of a checkout.

    Raises RunFailedError when dbt cannot parse the project.
    """
    # Of one data directory: a manifest says where its seeds lie.
    key = f"{fingerprint} {project_dir(settings)}"
    if key not in _parsed:
        _parsed.clear()
        if not is_parsed(settings, fingerprint):
            _parse_anew(settings, contract, fingerprint)
        _parsed[key] = _read_parsed(settings, fingerprint)
    return _parsed[key]


def build(
    settings: Settings,
    contract: Contract,
    *,
    select: Sequence[str] = (),
    exclude: Sequence[str] = (),
    before_opening: Callable[[], None] | None = None,
    on_nodes: OnNodes | None = None,
) -> list[NodeResult]:
    """Seeds, models and their tests, in the order of the graph, into the build file.

    `before_opening` is called when dbt has planned its work, which takes it a second, and would
    open the file next. `on_nodes` is called from dbt's own threads with what ended, every
    `_TOLD_EVERY` seconds. Afterwards no connection to the build file is left open. Raises
    RunFailedError with one sentence per node that failed.
    """
    fingerprint = stage(settings, contract)
    manifest = parse(settings, contract, fingerprint)
    _forget_written(settings)
    listener = _Listener(before_opening, on_nodes)
    # Unit tests judge the models, not tonight's data: the test suite runs them.
    arguments = ["build", "--exclude-resource-type", "unit_test", "--no-write-json"]
    arguments += ["--threads", str(_threads(settings))]
    arguments += ["--select", *select] if select else []
    arguments += ["--exclude", *exclude, CHECKED_WHILE_BUILT]
    try:
        with _as_compiled(manifest, _compiled(settings, fingerprint)):
            outcome = _invoke(settings, contract, arguments, manifest=manifest, listen=listener)
    finally:
        listener.close()
    results = listener.results
    failed = [result for result in results if result.failed]
    if failed:
        failed = _with_words(settings, failed, outcome.result.results)
        raise RunFailedError("\n".join(result.sentence for result in failed))
    if outcome.exception is not None:
        raise RunFailedError(f"dbt stopped: {_one_line(str(outcome.exception))}")
    if not outcome.success:
        raise RunFailedError("dbt did not finish, and named no node that failed.")
    _keep_compiled(settings, fingerprint, outcome.result.results)
    if not select and not exclude:
        keep_columns(manifest_file(settings, fingerprint), settings.warehouse_file)
    return results


def _forget_written(settings: Settings) -> None:
    """Have dbt write the SQL it runs into new files.

    Files of the night before would be truncated, and ext4 flushes a truncated file as it closes: a
    twentieth of a small build.
    """
    for kind in ("compiled", "run"):
        shutil.rmtree(project_dir(settings) / "target" / kind, ignore_errors=True)


def _threads(settings: Settings) -> int:
    """Models to build at a time.

    Of a small company, dbt prepares one while DuckDB works for another; more would only wait for
    Python. Of a large one each fills all cores and much of the memory by itself.
    """
    files = [settings.warehouse_file, *settings.exports.rglob("*")]
    return 2 if sum(file.stat().st_size for file in files if file.is_file()) < _LARGE else 1


def _with_words(
    settings: Settings, failed: Sequence[NodeResult], results: Sequence[Any]
) -> list[NodeResult]:
    """What failed, with the first sentences of every test whose rows have a column `sentence`.

    Such tests find what somebody can mend in the agreement, and know where.
    """
    tests = {result.node.unique_id: result.node for result in results}
    told: list[NodeResult] = []
    with duckdb.connect(str(settings.warehouse_file), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        for node in failed:
            words: list[tuple[str]] = []
            if node.kind == "test" and node.status == "fail":
                found = connection.sql(tests[node.unique_id].compiled_code)
                if "sentence" in found.columns:
                    words = found.project("sentence").order("sentence").limit(_WORDS).fetchall()
            told.append(replace(node, words=tuple(sentence for (sentence,) in words)))
    return told


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


def stage(settings: Settings, contract: Contract | None) -> str:
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
    digest.update(settings.warehouse_file.name.encode())
    for package in ("dbt-core", "dbt-common", "dbt-adapters", "dbt-duckdb"):
        digest.update(version(package).encode())
    for path in _project_files(settings):
        digest.update(f"{path.relative_to(settings.dbt_dir)}|".encode())
        digest.update(path.read_bytes())
    # What a seed holds is read when it is loaded.
    for seed in sorted((folder / "seeds").glob("*")):
        digest.update(f"{seed.name}|".encode())
    return digest.hexdigest()


def _project_files(settings: Settings) -> list[Path]:
    sources = [settings.dbt_dir / name for name in (*_LINKED, "profiles.yml")]
    files = [source for source in sources if source.is_file()]
    for source in sources:
        files += sorted(path for path in source.rglob("*") if path.is_file())
    return files


def _variables(contract: Contract | None) -> str:
    """The agreement's settings for `--vars`, always in the same order: a change parses anew."""
    return json.dumps(dict(contract.vars) if contract else {}, sort_keys=True)


def parsed_dir(settings: Settings) -> Path:
    """Where parsed projects are kept: beside the models, else in the data directory."""
    shared = settings.dbt_dir / "target"
    place = shared if shared.exists() else settings.dbt_dir
    return (shared if os.access(place, os.W_OK) else project_dir(settings)) / "parsed"


def _parse_anew(settings: Settings, contract: Contract | None, fingerprint: str) -> None:
    """Everything: patched after several files changed at once, as in an upgrade, what dbt kept has
    been seen to hold columns that were no longer there.

    It takes seconds, and is the same for every data directory with this agreement's settings.
    """
    kept = parsed_dir(settings)
    kept.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=kept) as place:
        made = Path(place) / "target"
        arguments = ["parse", "--no-partial-parse", "--write-json"]
        outcome = _invoke(settings, contract, arguments, target=made)
        if not outcome.success:
            why = _one_line(str(outcome.exception))
            raise RunFailedError(f"dbt cannot parse the project: {why}")
        with suppress(OSError):  # a run beside this one was faster
            made.rename(kept / fingerprint)
    _forget_oldest(kept)


def _forget_oldest(kept: Path) -> None:
    """Keep what was used last; every edit of a model leaves a parsed project behind."""
    by_use = sorted(kept.glob("*/manifest.json"), key=lambda file: file.stat().st_mtime_ns)
    for file in by_use[:-_KEPT]:
        shutil.rmtree(file.parent, ignore_errors=True)


def _read_parsed(settings: Settings, fingerprint: str) -> Manifest:
    """What dbt made of its last parse; our fingerprint says that it still holds.

    dbt would look at every file and resolve every reference again to find that out: a second.
    """
    from dbt.contracts.graph.manifest import Manifest
    from dbt.contracts.graph.nodes import SeedNode
    from dbt.parser.manifest import extended_mashumuro_decoder

    file = manifest_file(settings, fingerprint)
    os.utime(file)
    kept = file.with_name("partial_parse.msgpack")
    manifest = Manifest.from_msgpack(kept.read_bytes(), decoder=extended_mashumuro_decoder)
    for node in manifest.nodes.values():
        if isinstance(node, SeedNode):  # of the data directory that was parsed first
            node.root_path = str(project_dir(settings))
    manifest.build_flat_graph()
    return manifest


def _compiled(settings: Settings, fingerprint: str) -> dict[str, str]:
    """The SQL that dbt made of models and tests of this project, by their ids.

    Rendering takes dbt an eighth of a small build and gives the same every night: no macro asks the
    database, and all else that decides is in the fingerprint.
    """
    file = compiled_file(manifest_file(settings, fingerprint))
    return json.loads(file.read_bytes()) if file.exists() else {}


@contextmanager
def _as_compiled(manifest: Manifest, compiled: Mapping[str, str]) -> Iterator[None]:
    """The project as if it had been written without templates.

    For a build only: dbt makes unit tests of the templates, with other tables in them.
    """
    written = {unique_id: manifest.nodes[unique_id].raw_code for unique_id in compiled}
    for unique_id, code in compiled.items():
        manifest.nodes[unique_id].raw_code = code
    try:
        yield
    finally:
        for unique_id, code in written.items():
            manifest.nodes[unique_id].raw_code = code


def _keep_compiled(settings: Settings, fingerprint: str, results: Sequence[Any]) -> None:
    kept = _compiled(settings, fingerprint)
    built = [result.node for result in results if result.node.resource_type in _COMPILED]
    new = {
        node.unique_id: node.compiled_code
        for node in built
        if node.unique_id not in kept and not _RENDERED.search(node.compiled_code)
    }
    if new:
        file = compiled_file(manifest_file(settings, fingerprint))
        write_beside(file, json.dumps(kept | new))


def _invoke(
    settings: Settings,
    contract: Contract | None,
    arguments: Sequence[str],
    *,
    manifest: Manifest | None = None,
    listen: Callable[[EventMsg], None] | None = None,
    target: Path | None = None,
) -> Any:
    from dbt.cli.main import dbtRunner
    from dbt_common.events.event_manager_client import ctx_set_event_manager

    ctx_set_event_manager(_heard_events())
    folder = project_dir(settings)
    target = target or folder / "target"
    runner = dbtRunner(manifest=manifest, callbacks=[listen] if listen else [])
    environment = {
        "LEADPACT_WAREHOUSE": str(settings.warehouse_file),
        "LEADPACT_MEMORY_LIMIT": settings.memory_limit,
    }
    with _environment(environment):
        return runner.invoke(
            [
                *arguments,
                *("--project-dir", str(folder), "--profiles-dir", str(settings.dbt_dir)),
                *("--target-path", str(target), "--log-path", str(folder / "logs")),
                *("--log-level", "none", "--log-level-file", "none", "--no-use-colors"),
                *("--no-send-anonymous-usage-stats", "--no-print"),
                *("--vars", _variables(contract)),
            ]
        )


def _heard_events() -> Any:
    """dbt's manager of events without the debug messages that nobody hears.

    dbt makes some 18 messages of each node, with time, place and a copy of the SQL, before it looks
    for a listener: a sixth of a small build. A class within, since importing dbt takes seconds.
    """
    from dbt_common.events.base_types import BaseEvent, EventLevel
    from dbt_common.events.event_manager import EventManager

    class HeardEvents(EventManager):
        def fire_event(
            self, e: BaseEvent, level: EventLevel | None = None, *rest: Any, **more: Any
        ) -> None:
            if type(e).__name__ == _ENDED or (level or e.level_tag()) is not EventLevel.DEBUG:
                super().fire_event(e, level, *rest, **more)

    return HeardEvents()


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


class _Listener:
    """Makes results of dbt's events, and looks at tables while only dbt can open the file."""

    def __init__(self, before_opening: Callable[[], None] | None, on_nodes: OnNodes | None) -> None:
        self.results: list[NodeResult] = []
        self._before_opening = before_opening
        self._on_nodes = on_nodes
        self._ended: list[Any] = []  # the data of its events NodeFinished
        self._told_at = time.monotonic()
        self._environment: Any = None
        self._lock = threading.Lock()

    def __call__(self, event: EventMsg) -> None:
        if event.info.name == _PLANNED and self._before_opening is not None:
            self._before_opening()
        if event.info.name != _ENDED:
            return
        with self._lock:  # dbt calls from each of its threads
            self._ended.append(event.data)
            if time.monotonic() - self._told_at > _TOLD_EVERY:
                self._tell()

    def close(self) -> None:
        """Tell the rest, and let go of the file, which dbt-duckdb keeps open for itself alone."""
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        try:
            self._tell()
        finally:
            if self._environment is not None:
                self._environment.close()
            DuckDBConnectionManager.close_all_connections()

    def _tell(self) -> None:
        if not self._ended:
            return
        built = any(ended.run_result.status == "success" for ended in self._ended)
        rows = self._rows() if built else {}
        told = [_result(ended, rows) for ended in self._ended]
        self._ended.clear()
        self._told_at = time.monotonic()
        self.results += told
        if self._on_nodes is not None:
            self._on_nodes(told)

    def _rows(self) -> dict[tuple[str, str], int]:
        """Rows of every table as its statistics say, without reading it.

        Of all at once: asked for one after the other, they took a tenth of a small build.
        """
        from dbt.adapters.duckdb.connections import DuckDBConnectionManager

        if self._environment is None:
            self._environment = DuckDBConnectionManager.env()
        # Of its own: a connection that builds a model does nothing else meanwhile.
        handle = self._environment.handle()
        try:
            found = handle.cursor().execute(
                "select schema_name, table_name, estimated_size from duckdb_tables()"
            )
            return {(schema, table): size for schema, table, size in found.fetchall()}
        finally:
            handle.close()


def _result(ended: Any, rows: Mapping[tuple[str, str], int]) -> NodeResult:
    node, result = ended.node_info, ended.run_result
    is_built = node.resource_type == "model" and result.status == "success"
    relation = node.node_relation
    return NodeResult(
        unique_id=node.unique_id,
        name=node.node_name,
        kind=node.resource_type,
        status=result.status,
        seconds=result.execution_time,
        message="" if result.message == "OK" else result.message,
        failures=result.num_failures if node.resource_type == "test" else None,
        rows=rows.get((relation.schema, relation.alias)) if is_built else None,
    )


def _one_line(message: str) -> str:
    """dbt's several indented lines as one sentence, without its own heading and file advice."""
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    telling = [line for line in lines if not line.startswith(("compiled code at", "> "))]
    if len(telling) > 1 and " Error in " in telling[0]:
        place = telling[0].partition("(")[2].rstrip(")")
        return " ".join(telling[1:]) + (f" ({place})" if place else "")
    return " ".join(telling)
