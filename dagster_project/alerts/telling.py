"""Looking how things stand, and telling people what is new, still true, or over.

Belongs here: the order of that, and that a run never fails of it. Does not belong here: what can
hold (conditions), what was told before (memory), and how it travels (delivery).
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime

from filelock import FileLock

from dagster_project.alerts.conditions import Condition, find, of_start, utc_now
from dagster_project.alerts.delivery import Mood, deliver
from dagster_project.alerts.memory import Alert, bring_up_to_date, read_book, write_book
from dagster_project.errors import BusyError, LeadpactError, RunFailedError, UsageError
from dagster_project.settings import Settings

_MOST_LINES = 12
_SECONDS_FOR_ANOTHER = 120.0
_NOBODY = (
    "LEADPACT_ALERTS names nobody to tell: set it to one or more addresses with blanks between "
    "them, such as mailto:// or slack:// (docs/alerts.md)."
)


@contextmanager
def telling(settings: Settings, say: Callable[[str], None]) -> Iterator[None]:
    """Tell people, after a run, what came of it; `say` hears what could not be delivered.

    Nothing happens where LEADPACT_ALERTS names nobody. What goes wrong here is said, not raised.
    """
    began = utc_now().replace(tzinfo=None)
    failure: LeadpactError | None = None
    try:
        yield
    except LeadpactError as error:
        failure = error
        raise
    finally:
        # Another run is not this one's business.
        if addresses(settings) and not isinstance(failure, BusyError):
            try:
                for sentence in look(settings, failure=failure, began=began)[1]:
                    say(sentence)
            except Exception as error:
                sentence = f"Nobody could be told: {type(error).__name__}: {error}"
                _log(settings, [sentence])
                say(sentence)


def look(
    settings: Settings, *, failure: LeadpactError | None = None, began: datetime | None = None
) -> tuple[list[str], list[str]]:
    """Tell what is new, still true after a while, or over; what was told, and what failed of it.

    `failure` is that of a run that was to begin at `began`; where the history of runs knows that
    run, it says itself how it ended. Raises UsageError where LEADPACT_ALERTS names nobody.
    """
    to = addresses(settings)
    if not to:
        raise UsageError(_NOBODY)
    warehouse = settings.warehouse_file
    warehouse.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(warehouse.with_name("alerts.lock"), timeout=_SECONDS_FOR_ANOTHER):
        aware = utc_now()
        now = aware.replace(tzinfo=None)
        standing = find(settings, aware)
        conditions = list(standing.conditions)
        last, first = standing.last_run or datetime.min, began or datetime.min
        if failure is not None and last < first:
            others = [condition for condition in conditions if condition.kind != "run"]
            conditions = [*others, of_start(failure)]
        before = read_book(warehouse)
        over = _kinds_over(before, standing.known, standing.last_run)
        book = bring_up_to_date(before, [_new(one, now) for one in conditions], over, now)
        due = [alert for alert in book if alert.is_due(now, settings.alerts_remind)]
        if not due:
            if book != before:
                write_book(warehouse, book)
            return [], []
        lines = [_line(alert) for alert in due]
        errors = _deliver(to, lines, _mood(due))
        book = [_after(alert, now, errors, len(to)) if alert in due else alert for alert in book]
        write_book(warehouse, book)
        _log(settings, [*(f"Told: {line}" for line in lines if len(errors) < len(to)), *errors])
        return lines, errors


def send_test(settings: Settings) -> None:
    """Send a message to every address. Raises UsageError and RunFailedError with what failed."""
    to = addresses(settings)
    if not to:
        raise UsageError(_NOBODY)
    errors = _deliver(to, ["This is a test: alerts of this installation arrive here."], "success")
    if errors:
        raise RunFailedError("\n".join(errors))


def addresses(settings: Settings) -> list[str]:
    """Whom to tell."""
    return settings.alerts.get_secret_value().split()


def _kinds_over(
    book: Sequence[Alert], known: frozenset[str], last_run: datetime | None
) -> frozenset[str]:
    """Kinds of which what does not hold is over; a run that never began is until one begins."""
    never_begun = any(
        alert.kind == "run" and (last_run is None or alert.began_at > last_run)
        for alert in book
        if alert.ended_at is None
    )
    return known - {"run"} if never_begun else known


def _new(condition: Condition, now: datetime) -> Alert:
    return Alert(
        condition.kind, condition.subject, condition.message, began_at=now, over=condition.over
    )


def _line(alert: Alert) -> str:
    if alert.ended_at is not None:
        return alert.over
    return alert.message if alert.told_at is None else f"Still: {alert.message}"


def _mood(due: Sequence[Alert]) -> Mood:
    holding = {alert.kind for alert in due if alert.ended_at is None}
    if "run" in holding:
        return "failure"
    return "warning" if holding else "success"


def _after(alert: Alert, now: datetime, errors: Sequence[str], addressed: int) -> Alert:
    """The row once it was sent; where no address took it, it is sent again with the next look."""
    error = "; ".join(errors) or None
    if len(errors) == addressed:
        return replace(alert, error=error)
    if alert.ended_at is not None:
        return replace(alert, error=error, is_over_told=True)
    return replace(alert, error=error, told_at=now)


def _deliver(to: Sequence[str], lines: Sequence[str], mood: Mood) -> list[str]:
    shown = list(lines[:_MOST_LINES])
    if len(lines) > _MOST_LINES:
        shown.append(f"and {len(lines) - _MOST_LINES:,} more: leadpact status")
    title = f"leadpact on {socket.gethostname()}"
    return [error for error in deliver(to, title, "\n".join(shown), mood) if error]


def _log(settings: Settings, lines: Sequence[str]) -> None:
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    with (settings.dagster_home / "alerts.log").open("a", encoding="utf-8") as file:
        file.writelines(f"{utc_now():%Y-%m-%d %H:%M:%S} {line}\n" for line in lines)
