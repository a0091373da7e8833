"""The reference's intervals of ratios and differences, against published figures and scipy."""

from __future__ import annotations

import pytest
from scipy.stats.contingency import relative_risk  # type: ignore[import-untyped]

from tests.reference.intervals import difference_interval, ratio_interval


@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [
        # Newcombe, R. G. (1998), Statistics in Medicine 17, 873-890, table II, method 10
        ((56, 70, 48, 80), 0.0524, 0.3339),
        ((9, 10, 3, 10), 0.1705, 0.8090),
        ((10, 10, 0, 10), 0.6075, 1.0),
    ],
)
def test_difference(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    assert difference_interval(*counts) == pytest.approx((low, high), abs=0.00005)


@pytest.mark.parametrize("counts", [(5, 20, 40, 80), (1, 3, 2, 900), (20, 20, 1, 7)])
def test_ratio(counts: tuple[int, int, int, int]) -> None:
    expected = relative_risk(*counts).confidence_interval(0.95)
    assert ratio_interval(*counts) == pytest.approx((expected.low, expected.high))


def test_ratio_of_nothing() -> None:
    assert ratio_interval(0, 0, 1, 2) == (None, None)
    low, high = ratio_interval(0, 20, 2, 80)
    assert low == 0
    assert high == pytest.approx(15.7335, abs=0.0001)
    low, high = ratio_interval(3, 20, 0, 80)
    assert low is not None
    assert low > 1
    assert high is None
