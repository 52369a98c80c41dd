"""Small robust tests that keep a summary from calling chance a change."""

from collections.abc import Sequence
from enum import StrEnum
from itertools import combinations
from math import sqrt
from statistics import NormalDist, median

SURE = 0.05  # the chance of claiming something where there is nothing
MIN_TREND = 0.1  # of valence over the whole window; less is not felt


class Trend(StrEnum):
    """Where valence went within a window."""

    RISING = "rising"
    FALLING = "falling"
    STEADY = "steady"  # no clear direction


def trend_of(points: Sequence[tuple[float, float]]) -> Trend | None:
    """The direction of (time, value) points, times from 0 to 1; None below five points."""
    if len(points) < 5:
        return None
    # How much: the Theil-Sen slope, the median over all pairs, which a few odd hours cannot tilt
    # (Sen, Estimates of the regression coefficient based on Kendall's tau, JASA 1968). Whether at
    # all: the Mann-Kendall test on the same pairs, normal approximation without ties (Kendall,
    # Rank Correlation Methods, 1975).
    slopes = [
        (later - earlier) / (late - early)
        for (early, earlier), (late, later) in combinations(points, 2)
    ]
    surplus = abs(sum((slope > 0) - (slope < 0) for slope in slopes))
    n = len(points)
    z = (surplus - 1) / sqrt(n * (n - 1) * (2 * n + 5) / 18)
    slope = median(slopes)
    if z < _critical(SURE) or abs(slope) < MIN_TREND:
        return Trend.STEADY
    return Trend.RISING if slope > 0 else Trend.FALLING


def is_sure_difference(now: tuple[int, int], then: tuple[int, int], *, choices: int) -> bool:
    """Whether two shares, each (count, of), differ by more than chance.

    The two-proportion z-test, made stricter by Bonferroni for the best of `choices` differences.
    """
    (count, total), (count_then, total_then) = now, then
    pooled = (count + count_then) / (total + total_then)
    spread = sqrt(pooled * (1 - pooled) * (1 / total + 1 / total_then))
    return spread > 0 and abs(count / total - count_then / total_then) / spread >= _critical(
        SURE / choices
    )


def _critical(chance: float) -> float:
    """The two-sided critical value of the standard normal distribution."""
    return NormalDist().inv_cdf(1 - chance / 2)
