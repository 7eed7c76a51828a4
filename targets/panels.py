"""Rates of unlike samples: fixed panels, weights, and how much of a change is the mix alone.

What is sampled changes from year to year, and supervision looks for what fails. A change of the rate of all batches is
therefore no trend. What may be compared is a panel: the classes of products that were sampled in both periods, at fixed
weights. The change of all splits exactly into `within` (the classes became better or worse: the trend) and `mix`
(others were sampled). Rates and weights are shares, as exact fractions. Specification: targets.md 3.4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from qualicity.errors import InputError
from targets.sampling import Change, Interval, between, wilson

HALF = Fraction(1, 2)


class Counts(NamedTuple):
    """What passed of what was inspected in one class."""

    passed: int
    inspected: int

    @property
    def rate(self) -> Fraction:
        """Return the share that passed; there is none of an empty class."""
        return Fraction(self.passed, self.inspected)


Sample = Mapping[str, Counts]
"""Counts of each class of products; those of which none was inspected count as absent."""


@dataclass(frozen=True)
class Comparability:
    """Which classes two periods share; unlike lists are 不可比."""

    shared: tuple[str, ...]
    gone: tuple[str, ...]
    new: tuple[str, ...]

    @property
    def comparable(self) -> bool:
        """Return whether the same classes were sampled in both."""
        return bool(self.shared) and not self.gone and not self.new


@dataclass(frozen=True)
class Weighted:
    """A rate of classes at fixed weights.

    Attributes:
        rate: sum of the weights times the rates.
        variance: of it, from the classes' own.
        size: of the simple sample that would say as much.
        interval: Wilson's for that size, two-sided, for display.
    """

    rate: Fraction
    variance: Fraction
    size: float
    interval: Interval


@dataclass(frozen=True)
class Split:
    """A change of the rate of all batches, split exactly: `total == within + mix` (Kitagawa).

    Attributes:
        within: the classes became better or worse, at the mean of both periods' mixes.
        mix: other classes were sampled, or in other shares; classes of one period alone are all mix.
        classes: both parts of each class.
    """

    total: Fraction
    within: Fraction
    mix: Fraction
    classes: Mapping[str, tuple[Fraction, Fraction]]


def comparability(former: Iterable[str], later: Iterable[str]) -> Comparability:
    """Return what two lists of classes share."""
    one, two = set(former), set(later)
    return Comparability(tuple(sorted(one & two)), tuple(sorted(one - two)), tuple(sorted(two - one)))


def panel(former: Sample, later: Sample) -> tuple[str, ...]:
    """Return the classes that were inspected in both periods."""
    return comparability(_inspected(former), _inspected(later)).shared


def pooled_weights(former: Sample, later: Sample) -> dict[str, Fraction]:
    """Return fixed weights of a panel: each class's share of all that was inspected in it in both periods.

    For where none are declared, such as shares of output.
    """
    sizes = {name: former[name].inspected + later[name].inspected for name in panel(former, later)}
    return {name: Fraction(size, sum(sizes.values())) for name, size in sizes.items()}


def weighted(sample: Sample, weights: Mapping[str, Fraction]) -> Weighted:
    """Return the rate of a sample at fixed weights, with the size of the simple sample that would say as much.

    That size is p (1 - p) by the variance, but never more than the weights and sizes of the classes alone allow: a
    class of three batches that all passed has no variance, and proves little.

    Args:
        sample: counts of each class.
        weights: of the classes, 1 in all.

    Raises:
        InputError: a class with a weight was not inspected, or the weights are not 1 in all.
    """
    _check(sample, weights)
    held = {name: weight for name, weight in weights.items() if weight}
    rates = {name: sample[name].rate for name in held}
    rate = sum((weight * rates[name] for name, weight in held.items()), Fraction(0))
    variance = sum(
        (weight**2 * rates[name] * (1 - rates[name]) / sample[name].inspected for name, weight in held.items()),
        Fraction(0),
    )
    size = 1 / sum((weight**2 / sample[name].inspected for name, weight in held.items()), Fraction(0))
    if variance:
        size = min(size, rate * (1 - rate) / variance)
    held_size = float(size)
    passed = held_size if rate == 1 else float(rate * size)
    return Weighted(rate, variance, held_size, wilson(passed, held_size))


def panel_change(former: Sample, later: Sample, weights: Mapping[str, Fraction] | None = None) -> Change:
    """Return how the rate of the panel changed: the figure that may be called a trend.

    Args:
        former: counts of each class.
        later: likewise.
        weights: of the panel's classes, 1 in all; None = pooled.

    Raises:
        InputError: no class was inspected in both periods, or the weights do not fit the panel.
    """
    fixed = pooled_weights(former, later) if weights is None else weights
    if not fixed:
        raise InputError("no class was inspected in both periods", "nothing can be compared: leave the change out")
    before, after = weighted(former, fixed), weighted(later, fixed)
    interval = between(float(before.rate), before.interval, float(after.rate), after.interval)
    return Change(after.rate - before.rate, interval)


def split(former: Sample, later: Sample) -> Split:
    """Return the change of the rate of all batches as what happened within the classes, and what the mix did.

    Raises:
        InputError: one of the samples is empty.
    """
    one, two = _inspected(former), _inspected(later)
    if not one or not two:
        raise InputError("a change needs two samples, and one of them is empty", "leave the change out")
    size_one, size_two = (sum(counts.inspected for counts in each.values()) for each in (one, two))
    classes = {}
    for name in sorted(one.keys() | two.keys()):
        # A class of one period alone keeps its rate in the other, where its share is nothing.
        before, after = one.get(name) or two[name], two.get(name) or one[name]
        share_before = Fraction(before.inspected, size_one) if name in one else Fraction(0)
        share_after = Fraction(after.inspected, size_two) if name in two else Fraction(0)
        within = (share_before + share_after) * HALF * (after.rate - before.rate)
        mix = (before.rate + after.rate) * HALF * (share_after - share_before)
        classes[name] = (within, mix)
    within = sum((parts[0] for parts in classes.values()), Fraction(0))
    mix = sum((parts[1] for parts in classes.values()), Fraction(0))
    return Split(within + mix, within, mix, classes)


def _inspected(sample: Sample) -> dict[str, Counts]:
    """Return the classes of which something was inspected; refuse counts that cannot be."""
    for name, counts in sample.items():
        if not 0 <= counts.passed <= counts.inspected:
            raise InputError(
                f"{name}: {counts.passed} of {counts.inspected} cannot have passed",
                "count what passed among what was inspected, each once",
            )
    return {name: counts for name, counts in sample.items() if counts.inspected}


def _check(sample: Sample, weights: Mapping[str, Fraction]) -> None:
    """Refuse weights that do not fit a sample."""
    inspected = _inspected(sample)
    absent = sorted(name for name, weight in weights.items() if weight and name not in inspected)
    if absent:
        raise InputError(f"nothing was inspected of {', '.join(absent)}", "weigh the classes of the panel alone")
    if sum(weights.values()) != 1 or min(weights.values()) < 0:
        raise InputError(
            f"weights of {float(sum(weights.values())):g} in all cannot be", "give shares, none negative, 1 in all"
        )
