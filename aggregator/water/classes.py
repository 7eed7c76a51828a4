"""Classes of water from values: the best class whose bound holds, for many sections at once. Pure, exact.

Values are integers of an item's last digit (`Table.decimals`), so nothing at a bound hangs on a float. What an
instrument could only bound ("<0.01") is judged at both ends by the callers; here every value is a number.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import ROUND_05UP, Decimal, localcontext

import numpy as np
from numpy.typing import NDArray

from aggregator.acidity import ION_DECIMALS
from qualicity.model import Column
from qualicity.standards.waterlaw import Bound, Item, WaterLaw

FINER = 5
"""Decimals that are kept beyond those of an item's bounds and digits: a mean is not rounded before its time."""

LARGEST = 2**42
"""Greatest integer of a value: a million of them still add up exactly."""

ENDLESS = 2**62
"""Stands for "no bound" and for "no end"."""


@dataclass(frozen=True)
class Table:
    """The items of a law that some sections have, as arrays: one row an item, one column a class.

    Items without classes have their one limit under every class, so what is within it is of the best class and
    what is not is beyond all: one comparison with the target serves both.
    """

    law: WaterLaw
    items: tuple[Item, ...]
    decimals: NDArray[np.int64]  # a value is an integer of 10**-decimals of the canonical unit
    low: NDArray[np.int64]  # (I, C), inclusive
    high: NDArray[np.int64]
    absent: NDArray[np.bool_]  # only "not detected" is within
    classed: NDArray[np.bool_]  # (I,)
    counts: NDArray[np.bool_]  # decides the class
    hydrogen: NDArray[np.bool_]
    step: NDArray[np.int64]  # of the assessed value's last digit; 0 = compared as it is
    hour_step: NDArray[np.int64]  # of a displayed reading's last digit

    @property
    def beyond(self) -> int:
        """Return the number of what is worse than the last class."""
        return len(self.law.classes)

    def name(self, number: int) -> str:
        """Return the name of a class by its number, best first."""
        return self.law.beyond if number == self.beyond else self.law.classes[number]


def table(law: WaterLaw, parameters: Collection[str]) -> Table:
    """Return the law's items among some parameters, in its order."""
    items = tuple(item for item in law.items if item.parameter in parameters)
    shape = (len(items), len(law.classes))
    low, high = np.full(shape, -ENDLESS), np.full(shape, ENDLESS)
    absent = np.zeros(shape, bool)
    decimals = [_decimals(item) for item in items]
    for i, item in enumerate(items):
        for c, bound in enumerate(_bounds(item, len(law.classes))):
            absent[i, c] = bound.absent
            if bound.low is not None:
                low[i, c] = integer(bound.low, decimals[i])
            if bound.high is not None:
                high[i, c] = integer(bound.high, decimals[i])
    return Table(
        law=law,
        items=items,
        decimals=np.asarray(decimals, np.int64),
        low=low,
        high=high,
        absent=absent,
        classed=np.asarray([bool(item.bounds) for item in items], bool),
        counts=np.asarray([item.counts for item in items], bool),
        hydrogen=np.asarray([item.hydrogen for item in items], bool),
        step=_steps(decimals, [item.digits for item in items]),
        hour_step=_steps(decimals, [item.hour_digits for item in items]),
    )


def _bounds(item: Item, classes: int) -> tuple[Bound, ...]:
    if item.bounds:
        return item.bounds
    return () if item.limit is None else (item.limit,) * classes


def _decimals(item: Item) -> int:
    if item.hydrogen:
        return ION_DECIMALS
    ends = [end for bound in _bounds(item, 1) for end in (bound.low, bound.high) if end is not None]
    return max([*map(places, ends), item.digits or 0, item.hour_digits or 0]) + FINER


def _steps(decimals: list[int], digits: list[int | None]) -> NDArray[np.int64]:
    return np.asarray([0 if d is None else 10 ** (n - d) for n, d in zip(decimals, digits, strict=True)], np.int64)


def places(value: Decimal) -> int:
    """Return how many decimals a number is written with, zeros at its end aside."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def integer(value: Decimal, decimals: int) -> int:
    """Return a number as an integer of 10**-decimals.

    What is finer is cut so that it stays on its side of every bound: a bound's last digit is 0, that of what was cut
    is not.
    """
    with localcontext() as context:
        context.prec = 60
        return int(value.scaleb(decimals).quantize(Decimal(1), ROUND_05UP))


def classify(law: Table, value: Column, detected: Column | None = None) -> NDArray[np.int8]:
    """Return the class of each value by number, best first: the best whose bound holds; beyond all: the next number.

    Args:
        law: items.
        value: int64 (N, I).
        detected: bool (N, I), whether anything was found; None = where the value is above zero.
    """
    found = value > 0 if detected is None else detected
    classes = np.full(value.shape, law.beyond, np.int8)
    for c in reversed(range(law.beyond)):
        within = (value >= law.low[:, c]) & (value <= law.high[:, c])
        if law.absent[:, c].any():
            within = np.where(law.absent[:, c], ~found, within)
        classes[within] = c
    return classes


def worst(law: Table, classes: Column, known: Column) -> NDArray[np.int8]:
    """Return the class of each section: the worst of its known items that count; -1 where there is none.

    Args:
        law: items.
        classes: (N, I).
        known: bool (N, I).
    """
    found: NDArray[np.int8] = np.where(known & law.counts & law.classed, classes, -1).max(axis=1, initial=-1)
    return found.astype(np.int8)


def targets(law: Table, names: Collection[str]) -> NDArray[np.int8]:
    """Return the numbers of target classes; of a class that the law does not have (a pack abroad), its own target's."""
    classes = law.law.classes
    return np.asarray([classes.index(name if name in classes else law.law.target) for name in names], np.int8)


def multiple(law: Table, item: int, value: int, target: int) -> float | None:
    """Return how many times the target's bound is exceeded, (C - S) / S to two decimals; None where there is none."""
    bound = int(law.high[item, target])
    if not law.items[item].multiple or bound <= 0 or bound == ENDLESS or value <= bound or law.low[item, target] > 0:
        return None
    hundredths, rest = divmod((value - bound) * 100, bound)
    if 2 * rest > bound or (2 * rest == bound and hundredths % 2):
        hundredths += 1
    return hundredths / 100
