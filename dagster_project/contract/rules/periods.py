"""What lies between two ends: overlaps and gaps, of dates, times of day and company sizes alike.

Ends are half-open, [start, end); an end of None is open for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

ItemT = TypeVar("ItemT")
# Any, not a bound: dates, text and numbers each order among themselves.
Start = Callable[[ItemT], Any]
End = Callable[[ItemT], Any | None]


def overlaps(
    items: Iterable[ItemT], start: Start[ItemT], end: End[ItemT]
) -> Iterator[tuple[ItemT, ItemT]]:
    """Pairs that share a point: every item that begins inside an earlier one, with the one that
    reaches furthest. Empty periods (end at or before start) share nothing."""
    furthest: ItemT | None = None
    for item in _in_order(items, start, end):
        if furthest is not None and _reaches(end(furthest), start(item)):
            yield furthest, item
        if furthest is None or _ends_later(end(item), end(furthest)):
            furthest = item


def gaps(
    items: Iterable[ItemT], start: Start[ItemT], end: End[ItemT]
) -> Iterator[tuple[ItemT, ItemT]]:
    """Neighbours with nothing in between: the one before the gap and the one after it."""
    furthest: ItemT | None = None
    for item in _in_order(items, start, end):
        if furthest is not None:
            reached = end(furthest)
            if reached is not None and reached < start(item):
                yield furthest, item
        if furthest is None or _ends_later(end(item), end(furthest)):
            furthest = item


def _in_order(items: Iterable[ItemT], start: Start[ItemT], end: End[ItemT]) -> list[ItemT]:
    return sorted((item for item in items if _reaches(end(item), start(item))), key=start)


def _reaches(end: Any | None, point: Any) -> bool:
    return end is None or bool(end > point)


def _ends_later(end: Any | None, other: Any | None) -> bool:
    return other is not None and (end is None or bool(end > other))
