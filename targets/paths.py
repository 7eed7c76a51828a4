"""The way from a base to a target: what it asks for at a time, how far one has come, where it ends.

Linear for rates, stocks and what accumulates: exact fractions. Geometric for intensities and flows: floats. A rate is
never compared by compound growth: near its limit that turns a tenth of a point into a fall.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from targets.indicator import Operator

Number = Fraction | float
Shape = Literal["linear", "geometric"]

HUNDRED = Fraction(100)


def meets(value: Number, op: Operator, target: Number, tolerance: Fraction = Fraction(0)) -> bool:
    """Return whether a value meets a target, unrounded; 左右 (`~`) is met from the target less its tolerance on."""
    return {
        ">=": value >= target,
        ">": value > target,
        "<=": value <= target,
        "<": value < target,
        "=": value == target,
        "~": value >= target - tolerance,
    }[op]


@dataclass(frozen=True)
class Path:
    """The way from a base to a target; before its base year there is none, after its target year it stays there.

    Attributes:
        base, target: values, in the indicator's unit.
        start, end: years at whose ends they stand; times are years likewise, with fractions within a year.
        shape: `geometric` needs a base and a target above zero, and is linear without.
    """

    base: Fraction
    start: int
    target: Fraction
    end: int
    shape: Shape = "linear"

    @property
    def geometric(self) -> bool:
        """Return whether it grows by the same share each year."""
        return self.shape == "geometric" and self.base > 0 and self.target > 0

    def at(self, time: Number) -> Number:
        """Return what the path asks for at a time."""
        if self.end <= self.start or time >= self.end:
            return self.target
        share = (time - self.start) / Fraction(self.end - self.start)
        if not self.geometric:
            return self.base + (self.target - self.base) * share
        return float(self.base) * grown(self.target / self.base, share)

    def progress(self, time: Number, value: Fraction) -> Number | None:
        """Return the way made by the way that the path asks for, positive = in the right direction; None = no way."""
        asked = self.at(time) - self.base
        return (value - self.base) / asked if asked and time > self.start else None

    def made(self, value: Number) -> Number:
        """Return the share of the whole way that a value has made."""
        return (value - self.base) / (self.target - self.base)

    def needed(self, time: Number, value: Fraction) -> float | None:
        """Return the change a year that is still needed: units, or a share where the path is geometric.

        None once the time is over.
        """
        left = self.end - time
        if left <= 0:
            return None
        if self.geometric and value > 0:
            return growth(value, self.target, left)
        return float((self.target - value) / left)


def growth(base: Number, value: Number, years: Number) -> float:
    """Return compound growth a year, as a share; all three are above zero."""
    return grown(value / base, 1 / years) - 1


def growth_ratio(path: Path, time: Number, value: Fraction) -> float | None:
    """Return compound growth a year by the growth that the target asks for (Eurostat, Open SDG); None = no such growth.

    For intensities and flows alone.
    """
    if not (path.geometric and value > 0 and time > path.start and path.target != path.base):
        return None
    return growth(path.base, value, time - path.start) / growth(path.base, path.target, path.end - path.start)


def complement_ratio(path: Path, time: Number, value: Fraction, limit: Fraction = HUNDRED) -> float | None:
    """Return how fast what is missing to the limit shrinks, by how fast it must: growth for rates near their limit."""
    missing = Path(limit - path.base, path.start, limit - path.target, path.end, "geometric")
    return growth_ratio(missing, time, limit - value)


def trend_projection(years: Mapping[int, Fraction], end: int, limit: Fraction = HUNDRED) -> Fraction | None:
    """Return where the straight line of least squares through a rate's years ends, within [0, limit].

    None = fewer than two years.
    """
    if len(years) < 2:
        return None
    middle = Fraction(sum(years), len(years))
    mean = sum(years.values(), Fraction(0)) / len(years)
    spread = sum((year - middle) ** 2 for year in years)
    slope = sum(((year - middle) * (value - mean) for year, value in years.items()), Fraction(0)) / spread
    return min(max(mean + slope * (end - middle), Fraction(0)), limit)


def growth_projection(path: Path, time: Number, value: Fraction) -> Number | None:
    """Return where it ends if the growth since the base goes on (UN Progress Chart); None at the base itself.

    What starts at zero, or is none, goes on by the same amount each year.
    """
    passed, left = time - path.start, max(path.end - time, 0)
    if passed <= 0:
        return None
    if path.base > 0 and value > 0:
        return float(value) * grown(value / path.base, left / passed)
    return value + (value - path.base) * Fraction(left) / Fraction(passed)


def grown(ratio: Number, share: Number) -> float:
    """Return a growth over a share of its time, or over several; one beyond what a float holds is cut off there."""
    return math.exp(min(math.log(ratio) * float(share), _LARGEST))


_LARGEST = 600.0
"""Of a growth's logarithm."""
