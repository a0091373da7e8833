"""From export files to raw tables: one asset per CRM and object, one step that loads them all.

Belongs here: the assets of loading and their metadata. Does not belong here: loading (ingest).

One step, because DuckDB has one writer and a drop is read as a whole.
"""

import errno
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import dagster as dg
import duckdb
from pydantic import Field

from dagster_project import nightly
from dagster_project.defs.run_resource import RUN, the_run
from dagster_project.errors import UsageError
from dagster_project.ingest import FileReport, LoadReport, Mappings
from dagster_project.ingest.canonical import GENERIC, NATIVE
from dagster_project.ingest.drops import to_utc
from dagster_project.ingest.mapping import ObjectMapping

# What loading writes down about files, rows and drops.
BOOKS = ("loads", "quarantined_rows", "problems", "deliveries", "run_context")

_ATTEMPTS = 3
_SECONDS_BETWEEN = 5
_PASSING = frozenset({"EAGAIN", "EBUSY", "EINTR", "EIO", "ESTALE", "ETIMEDOUT"})


class LoadConfig(dg.Config):
    """What a run may be told; by default it loads what is new."""

    as_of: str | None = Field(
        default=None,
        description="Replay the past: the instant, ISO 8601, up to which the data speaks.",
    )
    full_refresh: bool = Field(
        default=False, description="Forget what was loaded and read every export anew."
    )
    forget: list[str] = Field(
        default_factory=list,
        description="Deliveries to take back before loading, each as crm/name.",
    )


def export_key(crm: str, object_name: str) -> dg.AssetKey:
    """The files of one object in the drops of a CRM, which the CRM writes and we only read."""
    return dg.AssetKey(["exports", crm, f"{object_name}.csv"])


def raw_key(crm: str, object_name: str) -> dg.AssetKey:
    """The raw table of one object, to which dbt's sources bind by `meta.dagster.asset_key`."""
    return dg.AssetKey(["raw", crm, object_name])


def deliveries_key(crm: str) -> dg.AssetKey:
    """The deliveries of a CRM, each with some or all of its objects."""
    return dg.AssetKey(["exports", crm, "deliveries"])


def load_assets(
    mappings: Mappings, exports_due: timedelta
) -> list[dg.AssetsDefinition | dg.AssetSpec]:
    """The exported files and the raw tables, views and books that one step makes of them.

    `exports_due` is how long the pages take a CRM's newest delivery for fresh.
    """
    deliveries = [
        dg.AssetSpec(
            deliveries_key(mapping.crm),
            group_name="exports",
            kinds={"csv"},
            description=f"What {mapping.crm} delivers: folders and zips under exports/"
            f"{mapping.crm}/. It is materialized when a run loads something new from one, and "
            "stale when none came for the hours of LEADPACT_EXPORTS_DUE_HOURS.",
            freshness_policy=dg.FreshnessPolicy.time_window(exports_due),
        )
        for mapping in mappings
    ]
    exports = [
        dg.AssetSpec(
            export_key(mapping.crm, name),
            deps=[deliveries_key(mapping.crm)],
            group_name="exports",
            kinds={"csv"},
            description=f"{' or '.join(mapping.files_of(name))}, whole or in parts, as CSV or "
            f"workbook, in the drops (folders and zips) under exports/{mapping.crm}/.",
        )
        for mapping in mappings
        for name in mapping.objects
    ]

    @dg.multi_asset(
        name="load_exports",
        can_subset=True,  # so that asking for a part is refused in a sentence of ours
        specs=[*_raw_specs(mappings), *_view_specs(mappings), *_book_specs(mappings)],
        required_resource_keys={RUN},
    )
    def load_exports(
        context: dg.AssetExecutionContext, config: LoadConfig
    ) -> Iterator[dg.MaterializeResult]:
        run = the_run(context)
        try:
            with nightly.step(run):
                report = nightly.load(
                    run,
                    as_of=instant(config.as_of),
                    full_refresh=config.full_refresh,
                    forget=config.forget,
                )
        except (duckdb.IOException, OSError) as error:
            if not may_pass(error):
                raise
            raise dg.RetryRequested(_ATTEMPTS - 1, _SECONDS_BETWEEN) from error
        for arrived in _arrivals(report):
            context.log_event(arrived)
        yield from _results(report, mappings)

    return [*deliveries, *exports, load_exports]


def instant(text: str | None) -> datetime | None:
    """An ISO 8601 instant as naive UTC; one without offset is UTC. Raises UsageError."""
    if text is None:
        return None
    try:
        return to_utc(datetime.fromisoformat(text))
    except ValueError as error:
        raise UsageError(f"{text!r} is no instant: write it like 2026-11-20T02:00:00Z.") from error


def may_pass(error: Exception) -> bool:
    """Whether trying again can help: a busy disk or a lock held for a moment, nothing else."""
    if isinstance(error, OSError):
        return errno.errorcode.get(error.errno or 0) in _PASSING
    return "Could not set lock" in str(error)


def _raw_specs(mappings: Mappings) -> Iterator[dg.AssetSpec]:
    for mapping in mappings:
        for name, entry in mapping.objects.items():
            yield dg.AssetSpec(
                raw_key(mapping.crm, name),
                deps=[export_key(mapping.crm, name)],
                group_name="raw",
                kinds={"duckdb", "table"},
                description=f"{name} of {mapping.crm} as delivered: text, file and line.",
                metadata={
                    "dagster/table_name": f"{mapping.raw_schema}.{name}",
                    "dagster/column_schema": _columns(entry),
                },
            )


def _columns(entry: ObjectMapping) -> dg.TableSchema:
    """The columns that the mapping declares, as delivered; others are kept under their names."""
    feeds: dict[str, list[str]] = {name: [] for name in entry.declared}
    canonical = [
        ("", entry.fields),
        *((f"{fed}.", feed.fields) for fed, feed in entry.feeds.items()),
    ]
    for prefix, fields in canonical:
        for field, source in fields.items():
            for column in source.columns:
                feeds.setdefault(column, []).append(prefix + field)
    return dg.TableSchema(
        [
            dg.TableColumn(name, "varchar", f"As delivered; feeds {', '.join(fields)}.")
            if fields
            else dg.TableColumn(name, "varchar", "As delivered.")
            for name, fields in feeds.items()
        ]
    )


def _view_specs(mappings: Mappings) -> Iterator[dg.AssetSpec]:
    """The canonical views that unite what generic CRMs and side sources feed."""
    keys = {canonical: ["mapped", "generic", canonical] for canonical in GENERIC}
    for canonical, key in keys.items():
        yield _view_spec(mappings, canonical, key)
    for crm in NATIVE:
        if crm not in mappings.crms or "reviews" not in mappings.crms[crm].objects:
            yield _view_spec(mappings, "reviews", [*raw_key(crm, "reviews").path])
    for mapping in mappings:
        for name, entry in mapping.objects.items():
            if entry.stage_dates is not None:
                yield dg.AssetSpec(
                    raw_key(mapping.crm, "deal_stage_dates"),
                    deps=[raw_key(mapping.crm, name)],
                    group_name="raw",
                    kinds={"duckdb", "view"},
                    description=f"When each record of {name} entered each stage, as rows.",
                )


def _view_spec(mappings: Mappings, canonical: str, key: list[str]) -> dg.AssetSpec:
    feeding = [
        raw_key(mapping.crm, name)
        for mapping in mappings
        for name, entry in mapping.objects.items()
        if canonical in entry.feeds
    ]
    return dg.AssetSpec(
        key,
        deps=feeding,
        group_name="raw",
        kinds={"duckdb", "view"},
        description=f"Canonical {canonical} that sources with a mapping of their own feed.",
    )


def _book_specs(mappings: Mappings) -> Iterator[dg.AssetSpec]:
    for book in BOOKS:
        yield dg.AssetSpec(
            ["ingest", book],
            deps=[
                export_key(mapping.crm, name) for mapping in mappings for name in mapping.objects
            ],
            group_name="raw",
            kinds={"duckdb", "table"},
            description=f"The load's own books: {book.replace('_', ' ')}.",
        )


def _arrivals(report: LoadReport) -> Iterator[dg.AssetMaterialization]:
    """The newest delivery of every CRM from which something new was loaded."""
    new = {(file.crm, file.drop) for file in report.new}
    drops = [drop for drop in report.drops if (drop.crm, drop.name) in new]
    newest = {drop.crm: drop for drop in sorted(drops, key=lambda drop: drop.exported_at)}
    for crm, drop in newest.items():
        yield dg.AssetMaterialization(
            deliveries_key(crm),
            metadata={"delivery": drop.name, "exported_at": str(drop.exported_at)},
        )


def _results(report: LoadReport, mappings: Mappings) -> Iterator[dg.MaterializeResult]:
    for mapping in mappings:
        for name in mapping.objects:
            yield dg.MaterializeResult(
                asset_key=raw_key(mapping.crm, name),
                metadata=_metadata(report.of(mapping.crm, name)),
            )
    for spec in _view_specs(mappings):
        yield dg.MaterializeResult(asset_key=spec.key)
    totals: dict[str, Any] = {
        "as_of": str(report.as_of),
        "files": len(report.files),
        "files_new": len(report.new),
        "seconds": round(report.seconds, 3),
        "problems": len(report.problems),
    }
    for book in BOOKS:
        yield dg.MaterializeResult(asset_key=dg.AssetKey(["ingest", book]), metadata=totals)


def _metadata(files: list[FileReport]) -> dict[str, Any]:
    new = [file for file in files if file.status == "loaded"]
    return {
        "files": [file.file for file in files],
        "files_new": len(new),
        "dagster/row_count": sum(file.loaded for file in files),
        "rows_new": sum(file.loaded for file in new),
        "rows_quarantined": sum(file.quarantined for file in files),
        "seconds": round(sum(file.seconds for file in files), 3),
    }
