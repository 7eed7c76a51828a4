"""Whether a series of years goes anywhere: for words without a number, such as 提高 and 显著.

Two looks that must agree: the straight line of least squares, whose slope has an interval by Student's distribution,
and the pairs of Mann and Kendall, of which most must go the line's way. A rise or a fall is told only where the
interval leaves zero out. Values and slopes are exact fractions, in the indicator's unit; bounds and probabilities are
floats. Years are taken as independent, as both methods do. Specification: targets.md 3.2, 3.3.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple

from qualicity.errors import InputError
from targets.model import Word
from targets.sampling import CONFIDENCE, Interval

NEAR_LIMIT = 4.44
"""Exponent by which Open SDG lowers what it asks of a rate near its limit."""


class Pairs(NamedTuple):
    """What Mann and Kendall count.

    Attributes:
        score: pairs that rise less pairs that fall.
        tau: Kendall's tau-b; 0 = all values are equal.
        probability: of a score so far from zero or farther where the order of the values is chance, exact, two-sided.
    """

    score: int
    tau: float
    probability: float


@dataclass(frozen=True)
class Trend:
    """A series of years as a straight line.

    Attributes:
        begin: what the line says of the first year.
        slope: units a year.
        interval: of the slope, two-sided 95 %; two points alone say nothing: from -inf to inf.
        pairs: of Mann and Kendall.
    """

    begin: Fraction
    slope: Fraction
    interval: Interval
    pairs: Pairs

    @property
    def agrees(self) -> bool:
        """Return whether most pairs go the way of the line."""
        return self.slope * self.pairs.score > 0

    @property
    def significant(self) -> bool:
        """Return whether the interval of the slope leaves zero out, and the pairs agree."""
        return self.agrees and (self.interval.lower > 0 or self.interval.upper < 0)

    @property
    def word(self) -> Word:
        """Return what may be said."""
        if not self.significant:
            return "not_significant"
        return "rose" if self.slope > 0 else "fell"

    @property
    def yearly_percent(self) -> Fraction | None:
        """Return the slope in percent of where the line begins; None = it begins at zero."""
        return 100 * self.slope / abs(self.begin) if self.begin else None


def trend(years: Mapping[int, Fraction], confidence: Fraction = CONFIDENCE) -> Trend:
    """Return the line and the pairs of a series.

    Args:
        years: value of each, made in one way: a break is no change.
        confidence: of the slope's interval, two-sided.

    Raises:
        InputError: there are fewer than two years.
    """
    if len(years) < 2:
        raise InputError(f"{len(years)} year is no series", "a trend needs two years, and says something from three on")
    series = dict(sorted(years.items()))
    middle, mean = Fraction(sum(series), len(series)), sum(series.values(), Fraction(0)) / len(series)
    spread = sum(((year - middle) ** 2 for year in series), Fraction(0))
    slope = sum(((year - middle) * (value - mean) for year, value in series.items()), Fraction(0)) / spread
    left = sum(((value - mean - slope * (year - middle)) ** 2 for year, value in series.items()), Fraction(0))
    return Trend(
        begin=mean + slope * (min(series) - middle),
        slope=slope,
        interval=_slope_interval(slope, left / spread, len(series) - 2, confidence),
        pairs=mann_kendall(list(series.values())),
    )


def mann_kendall(values: Sequence[Fraction]) -> Pairs:
    """Return the score of all pairs, and how probable it is by chance: exactly, with ties, at any length.

    How many orders of the values have so many falling pairs, a product of polynomials says; for some dozens of values.
    """
    pairs = list(combinations(values, 2))
    score = sum((later > former) - (later < former) for former, later in pairs)
    unlike = sum(later != former for former, later in pairs)
    orders = _falling_pairs(list(Counter(values).values()))
    far = sum(number for falling, number in enumerate(orders) if abs(unlike - 2 * falling) >= abs(score))
    tau = score / math.sqrt(unlike * len(pairs)) if unlike else 0.0
    return Pairs(score, tau, float(Fraction(far, sum(orders))))


def asked_near_limit(asked: Fraction, begin: Fraction, limit: Fraction, near: Fraction) -> float:
    """Return what is asked of a yearly rise where a rate begins near its upper limit: less, as there is less room.

    As Open SDG does: times 1 - (begin / limit) ** 4.44.

    Args:
        asked: in percent a year.
        begin: where the line begins.
        limit: that values cannot exceed, such as 100 %.
        near: share of the limit from which it is near; below it all is asked.
    """
    share = begin / limit
    return float(asked) * (room(float(share)) if share >= near else 1.0)


def room(share: float) -> float:
    """Return by how much less is asked of a value at a share of its limit: all at 0, nothing at 1 and beyond."""
    return float(1 - min(share, 1.0) ** NEAR_LIMIT)


def student(freedom: int, confidence: Fraction) -> float:
    """Return the two-sided quantile of Student's distribution, by the closed form that whole degrees have.

    Args:
        freedom: degrees, at least 1.
        confidence: two-sided.
    """
    low, high = 0.0, math.pi / 2
    for _ in range(100):
        angle = (low + high) / 2
        if _within(angle, freedom) < confidence:
            low = angle
        else:
            high = angle
    return math.sqrt(freedom) * math.tan((low + high) / 2)


def _within(angle: float, freedom: int) -> float:
    """Return the probability that Student's t lies within sqrt(freedom) * tan(angle) on both sides."""
    odd = freedom % 2
    term = math.cos(angle) if odd else 1.0
    total = 0.0
    for step in range(2 + odd, freedom + 1, 2):
        total += term
        term *= (step - 1) / step * math.cos(angle) ** 2
    total *= math.sin(angle)
    return 2 / math.pi * (angle + total) if odd else total


def _slope_interval(slope: Fraction, scatter: Fraction, freedom: int, confidence: Fraction) -> Interval:
    """Return the slope and its error on both sides."""
    if freedom < 1:
        return Interval(-math.inf, math.inf)
    half = student(freedom, confidence) * math.sqrt(scatter / freedom)
    return Interval(float(slope) - half, float(slope) + half)


def _falling_pairs(groups: Sequence[int]) -> list[int]:
    """Return, for each number of falling pairs, how many orders of values have it; groups are sizes of equal values.

    The generating function is a product of Gaussian binomials; each is multiplied and divided out term by term.
    """
    orders, placed = [1], 0
    for size in groups:
        for inner in range(1, size + 1):
            placed += 1
            orders += [0] * (placed - inner)
            for power in range(len(orders) - 1, placed - 1, -1):  # times (1 - q^placed), cut where the quotient ends
                orders[power] -= orders[power - placed]
            for power in range(inner, len(orders)):  # by (1 - q^inner)
                orders[power] += orders[power - inner]
    return orders
