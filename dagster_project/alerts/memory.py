"""What was told, so that nobody is told the same every night; published as `ops.alerts`.

Belongs here: the book of alerts, a small file beside the build file, and what becomes new, due
again or over. Does not belong here: what holds (conditions), and telling it (telling).

The build file cannot hold it: while a run writes there, nobody else could note anything down.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from dagster_project.compiled import write_beside

# name -> (type, comment); the comment is the documentation of ops.alerts
COLUMNS = {
    "kind": (
        "varchar",
        "run (a run failed), refused (a file was refused), escalation (a clause), stale (a CRM "
        "delivers nothing), scheduler (nothing starts by itself) or postgres (the copy there is "
        "not what is published).",
    ),
    "subject": ("varchar", "File, clause or CRM; blank for a run and for the scheduler."),
    "message": ("varchar", "What people were told."),
    "began_at": ("timestamp", "When it was noticed, UTC."),
    "told_at": ("timestamp", "When people were last told, UTC; null where nobody could be told."),
    "ended_at": ("timestamp", "When it was seen to be over, UTC; null while it holds."),
    "error": ("varchar", "Why telling failed, by place in LEADPACT_ALERTS; null where it did not."),
}
TABLE_COMMENT = (
    "One row per thing that people were told of, or were to be told of, up to the publication's "
    "beginning. Empty where LEADPACT_ALERTS names nobody. Key: kind, subject, began_at."
)

_FILE = "alerts.json"
_KEPT = 500


@dataclass(frozen=True, slots=True)
class Alert:
    """One row of the book; instants are naive UTC."""

    kind: str
    subject: str
    message: str
    began_at: datetime
    told_at: datetime | None = None
    ended_at: datetime | None = None
    error: str | None = None
    over: str = ""
    is_over_told: bool = True

    @property
    def key(self) -> tuple[str, str]:
        """What it is about."""
        return self.kind, self.subject

    def is_due(self, now: datetime, remind_after: timedelta) -> bool:
        """Whether it is to be told: new, not delivered yet, true for long, or over."""
        if self.ended_at is not None:
            return not self.is_over_told
        return self.told_at is None or now - self.told_at >= remind_after


def book_file(warehouse: Path) -> Path:
    """Where the book lies."""
    return warehouse.with_name(_FILE)


def read_book(warehouse: Path) -> list[Alert]:
    """Every row, the oldest first; none before the first."""
    file = book_file(warehouse)
    if not file.exists():
        return []
    return [_from_text(row) for row in json.loads(file.read_bytes())]


def write_book(warehouse: Path, alerts: Sequence[Alert]) -> None:
    """Keep what still holds, and the newest of the rest."""
    ended = [alert for alert in alerts if alert.ended_at is not None]
    forgotten = {id(alert) for alert in ended[: max(0, len(ended) - _KEPT)]}
    rows = [asdict(alert) for alert in alerts if id(alert) not in forgotten]
    write_beside(book_file(warehouse), json.dumps(rows, default=str, indent=1))


def bring_up_to_date(
    alerts: Sequence[Alert], holding: Iterable[Alert], over: frozenset[str], now: datetime
) -> list[Alert]:
    """The book with what holds now; of the kinds in `over`, what no longer holds has ended."""
    found = {alert.key: alert for alert in holding}
    kept: list[Alert] = []
    for alert in alerts:
        if alert.ended_at is None and alert.key in found:
            new = found.pop(alert.key)
            kept.append(replace(alert, message=new.message, over=new.over))
        elif alert.ended_at is None and alert.kind in over:
            # Who was never told that it began is not told that it is over.
            silent = alert.told_at is None or not alert.over
            kept.append(replace(alert, ended_at=now, is_over_told=silent))
        else:
            kept.append(alert)
    return [*kept, *found.values()]


def undelivered(warehouse: Path) -> list[str]:
    """A sentence per reason why something that holds could not be told to everybody."""
    reasons = {alert.error for alert in read_book(warehouse) if alert.ended_at is None}
    return [f"Alerts: {reason}." for reason in sorted(filter(None, reasons))]


def _from_text(row: dict[str, object]) -> Alert:
    instants = {
        name: datetime.fromisoformat(str(row[name])) if row[name] else None
        for name in ("began_at", "told_at", "ended_at")
    }
    return Alert(**{**row, **instants})  # type: ignore[arg-type]
