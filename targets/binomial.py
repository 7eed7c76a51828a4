"""Tails of the binomial distribution: compared exactly with a risk, and as floats with a proven error.

A tail is the sum of the probabilities on one side by the sum of all. Both are added up from the most likely count
outwards, relative to it, so that no factorial is ever needed; what is left out beyond the ends is bounded by a
geometric series, since the ratio of neighbours falls all the way.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Side = Literal["upper", "lower"]
"""`upper`: as many successes as were seen or more; `lower`: as many or fewer."""

_UNIT = 2.0**-53
"""Relative error of one rounded operation."""
_REACH = 12
"""Standard deviations on each side of the most likely count that are added up."""
_WHOLE = 256
"""Up to this many trials all counts are added up."""
_DIGITS = (128, 512, 2048)
"""Binary digits of whole numbers that decide where floats cannot."""


class Tail(NamedTuple):
    """A probability that is known to lie within `error` of `value`; `density` is that of the count itself."""

    value: float
    error: float
    density: float


def tail(side: Side, count: int, trials: int, chance: Fraction | float) -> Tail:
    """Return the probability of a count, or more extreme ones, with a bound of its error.

    Args:
        side: towards which counts are more extreme.
        count: of successes, within [0, trials].
        trials: at least 1.
        chance: of success, strictly between 0 and 1.
    """
    first, weights = _weights(trials, chance)
    steps = len(weights)
    total = float(weights.sum())
    split = min(max(count - first + (side == "lower"), 0), steps)
    part = float((weights[split:] if side == "upper" else weights[:split]).sum())
    density = float(weights[count - first]) / total if 0 <= count - first < steps else 0.0
    error = 12 * steps * _UNIT + _left_out(first, weights, trials, chance) / total
    return Tail(part / total, error, density)


def compare(side: Side, count: int, trials: int, chance: Fraction, risk: Fraction) -> int:
    """Return -1, 0 or 1 as a tail is below, at or above a risk: exactly.

    Floats decide unless the tail is nearer to the risk than their proven error; then whole numbers of ever more binary
    digits do, and where it may be just the risk, all digits.
    """
    if chance in {0, 1}:
        sure = count <= trials * chance if side == "upper" else count >= trials * chance
        return _sign(int(sure) - risk)
    found = tail(side, count, trials, chance)
    if abs(found.value - float(risk)) > 2 * found.error + _UNIT:
        return 1 if found.value > risk else -1
    for digits in _DIGITS:
        low, high = enclosed(side, count, trials, chance, digits)
        if not low <= risk <= high:
            return 1 if low > risk else -1
    return _sign(exact_tail(side, count, trials, chance) - risk)


def enclosed(side: Side, count: int, trials: int, chance: Fraction, digits: int) -> tuple[Fraction, Fraction]:
    """Return two numbers between which a tail lies, from weights as whole numbers of so many binary digits.

    Each weight is rounded down: the k-th from the greatest is too small by k units at most. From where none is left,
    what is left out is no more than a geometric series of those units.
    """
    good, bad = chance.numerator, chance.denominator - chance.numerator
    likely = min(math.floor((trials + 1) * chance), trials)

    def ratio(successes: int, step: int) -> tuple[int, int]:
        """Return by what the weight of a count is multiplied and divided for the count a step on."""
        if step > 0:
            return (trials - successes) * good, (successes + 1) * bad
        return successes * bad, (trials - successes + 1) * good

    def within(successes: int) -> bool:
        return successes >= count if side == "upper" else successes <= count

    greatest = 1 << digits
    total, inside, error = greatest, greatest * within(likely), 0
    for step in (1, -1):
        successes, weight, units = likely, greatest, 0
        times, by = ratio(successes, step)
        while weight and times:
            weight = weight * times // by
            successes, units = successes + step, units + 1
            total, inside, error = total + weight, inside + weight * within(successes), error + units
            times, by = ratio(successes, step)
        error += units * times // (by - times) + 1
    return Fraction(inside, total + error), Fraction(inside + error, total)


def exact_tail(side: Side, count: int, trials: int, chance: Fraction) -> Fraction:
    """Return a tail without any rounding; slow beyond some ten thousand trials."""
    if side == "lower":
        return exact_tail("upper", trials - count, trials, 1 - chance)
    if count <= trials - count:  # fewer terms on the other side
        return 1 - _from(trials - count + 1, trials, 1 - chance)
    return _from(count, trials, chance)


def bound(side: Side, count: int, trials: int, risk: float) -> float:
    """Return the chance at which a tail equals a risk: of the `upper` tail the lower bound, of the `lower` the upper.

    By Newton's steps within a bracket that closes in: some 1e-12 relative.
    """
    if trials == 0 or (side == "upper" and count == 0):
        return 0.0 if side == "upper" else 1.0
    if side == "lower":
        return 1.0 - bound("upper", trials - count, trials, risk) if count < trials else 1.0
    if count == trials:
        return math.pow(risk, 1 / trials)

    def excess(chance: float) -> tuple[float, float]:
        """Return the tail less the risk, and the slope of the tail: the derivative telescopes to one term."""
        found = tail("upper", count, trials, chance)
        return found.value - risk, found.density * count / chance

    return _root(excess, 0.0, count / trials)


def _root(function: Callable[[float], tuple[float, float]], low: float, high: float) -> float:
    """Return where a rising function is zero, between a place where it is below and one where it is above."""
    middle = (low + high) / 2
    for _ in range(200):
        value, slope = function(middle)
        if value > 0:
            high = middle
        else:
            low = middle
        step = middle - value / slope if slope > 0 else low
        following = step if low < step < high else (low + high) / 2
        if abs(following - middle) <= 4 * _UNIT * high or not low < following < high:
            return following
        middle = following
    return middle


def _weights(trials: int, chance: Fraction | float) -> tuple[int, npt.NDArray[np.float64]]:
    """Return probabilities relative to the greatest, and the count of the first of them.

    Each is off by four roundings a step from the greatest at most.
    """
    likely = min(math.floor((trials + 1) * chance), trials)
    first, last = 0, trials
    if trials > _WHOLE:
        reach = math.ceil(_REACH * math.sqrt(trials * float(chance) * float(1 - chance))) + _WHOLE // 2
        first, last = max(likely - reach, 0), min(likely + reach, trials)
    odds = float(chance / (1 - chance))
    above = np.arange(likely, last, dtype=np.float64)
    below = np.arange(likely, first, -1, dtype=np.float64)
    rising = np.cumprod((trials - above) / (above + 1) * odds)
    falling = np.cumprod(below / ((trials - below + 1) * odds))
    return first, np.concatenate([falling[::-1], [1.0], rising])


def _left_out(first: int, weights: npt.NDArray[np.float64], trials: int, chance: Fraction | float) -> float:
    """Return a bound of all weights beyond both ends."""
    last = first + len(weights) - 1
    odds = float(chance / (1 - chance))
    left = 0.0
    if first > 0:
        ratio = first / ((trials - first + 1) * odds)
        left += float(weights[0]) * ratio / (1 - ratio)
    if last < trials:
        ratio = (trials - last) / (last + 1) * odds
        left += float(weights[-1]) * ratio / (1 - ratio)
    return 2 * left


def _from(count: int, trials: int, chance: Fraction) -> Fraction:
    """Return the probability of `count` successes or more, from the last term down, in whole numbers."""
    good, bad = chance.numerator, chance.denominator - chance.numerator
    if count > trials:
        return Fraction(0)
    term = good**trials
    total = term
    for successes in range(trials, count, -1):
        term = term * successes * bad // ((trials - successes + 1) * good)
        total += term
    return Fraction(total, chance.denominator**trials)


def _sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)
