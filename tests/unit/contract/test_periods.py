"""Overlaps and gaps against what comes out when every pair is compared point by point."""

from collections.abc import Callable
from operator import itemgetter

from hypothesis import given
from hypothesis import strategies as st

from dagster_project.contract.rules.periods import gaps, overlaps

HORIZON = 25
Period = tuple[int, int, int | None]

starts = st.integers(0, 20)
ends = st.none() | st.integers(0, 20)
# The first number tells periods with equal ends apart.
periods = st.lists(st.tuples(starts, ends), max_size=8).map(
    lambda spans: [(number, start, end) for number, (start, end) in enumerate(spans)]
)

start: Callable[[Period], int] = itemgetter(1)
end: Callable[[Period], int | None] = itemgetter(2)


def points(period: Period) -> set[int]:
    return set(range(period[1], HORIZON if period[2] is None else period[2]))


@given(periods)
def test_pairs_that_overlap_share_a_point(items: list[Period]) -> None:
    for first, second in overlaps(items, start, end):
        assert first != second
        assert points(first) & points(second)


@given(periods)
def test_each_period_that_begins_inside_an_earlier_one_is_found(items: list[Period]) -> None:
    found = {later for _, later in overlaps(items, start, end)}
    for item in items:
        earlier = [other for other in items if other != item and start(other) < start(item)]
        if any(points(other) & points(item) for other in earlier):
            assert item in found


@given(periods)
def test_there_is_an_overlap_when_any_two_share_a_point(items: list[Period]) -> None:
    shared = any(
        points(one) & points(other) for one in items for other in items if one[0] < other[0]
    )
    assert bool(list(overlaps(items, start, end))) == shared


@given(periods)
def test_gaps_are_the_points_between_that_nobody_holds(items: list[Period]) -> None:
    held = set().union(*(points(item) for item in items))
    between = set(range(min(held), max(held))) - held if held else set()
    found: set[int] = set()
    for before, after in gaps(items, start, end):
        reached = end(before)
        assert reached is not None
        found |= set(range(reached, start(after)))
    assert found == between


def test_touching_is_neither_overlap_nor_gap() -> None:
    items: list[Period] = [(0, 1, 5), (1, 5, 9), (2, 9, None)]
    assert list(overlaps(items, start, end)) == []
    assert list(gaps(items, start, end)) == []
