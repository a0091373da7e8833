"""Intervals beside Wilson's: of a ratio and of a difference of two shares."""

from __future__ import annotations

from math import exp, inf, log, sqrt
from statistics import NormalDist

from tests.reference.compliance import wilson

Z = NormalDist().inv_cdf(0.975)


def ratio_interval(
    hits: int, trials: int, other_hits: int, other_trials: int
) -> tuple[float | None, float | None]:
    """Katz et al. (1978) of (hits / trials) / (other_hits / other_trials).

    Half a success more everywhere where there is none on a side; a bound that does not exist and
    one of nothing are None.
    """
    if not trials or not other_trials:
        return None, None
    half = 0.5 if 0 in (hits, other_hits) else 0.0
    a, n, b, m = hits + half, trials + half, other_hits + half, other_trials + half
    error = Z * sqrt(1 / a - 1 / n + 1 / b - 1 / m)
    middle = log((a / n) / (b / m))
    low = exp(middle - error) if hits else 0.0
    high = exp(middle + error) if other_hits else inf
    return low, None if high == inf else high


def difference_interval(
    hits: int, trials: int, other_hits: int, other_trials: int
) -> tuple[float | None, float | None]:
    """Newcombe (1998), method 10, of hits / trials - other_hits / other_trials."""
    if not trials or not other_trials:
        return None, None
    one, other = hits / trials, other_hits / other_trials
    one_low, one_high = wilson(hits, trials)
    other_low, other_high = wilson(other_hits, other_trials)
    return (
        one - other - sqrt((one - one_low) ** 2 + (other_high - other) ** 2),
        one - other + sqrt((one_high - one) ** 2 + (other - other_low) ** 2),
    )
