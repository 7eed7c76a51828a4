"""Means of periods from samples, and their rounding. Pure, exact; pH by the activity of hydrogen ions.

Sums are made once a day and added up for what is longer, so a year costs what its days cost. Every partial sum is an
integer that 64 bits hold (`classes.LARGEST`), so the order of addition decides nothing; activities are added by day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from aggregator.acidity import ION_DECIMALS, ion_mean
from aggregator.rounding import half_even
from aggregator.water.classes import ENDLESS, Table
from aggregator.water.samples import Plan, Samples
from qualicity.errors import InputError
from qualicity.model import Column

_MOST = 2**20
"""Samples of one cell that surely add up exactly."""


@dataclass(frozen=True)
class Sums:
    """What the samples of some cells came to: arrays (..., K) over the plan's columns."""

    observed: NDArray[np.int64]
    valid: NDArray[np.int64]
    low: NDArray[np.int64]
    value: NDArray[np.int64]
    high: NDArray[np.int64]
    ions: NDArray[np.float64]  # sum of activities, of items with such a mean
    known: NDArray[np.int64]  # valid samples that something stands for
    below: NDArray[np.int64]
    endless: NDArray[np.int64]  # that have no upper end
    detected: NDArray[np.int64]

    def spans(self, begin: Sequence[int], end: Sequence[int]) -> Sums:
        """Return the sums over days [begin, end) of sums by station and day."""
        bounds = np.stack([begin, end], axis=1).ravel()

        def span(values: Column) -> Column:
            padded = np.concatenate([values, np.zeros_like(values[:, :1])], axis=1)
            return np.asarray(np.add.reduceat(padded, bounds, axis=1)[:, ::2])

        return self._each(span)

    def row(self, index: int) -> Sums:
        """Return one station's sums by day."""
        return self._each(lambda values: values[index])

    def flat(self) -> Sums:
        """Return the sums with one row a cell."""
        return self._each(lambda values: values.reshape(values.shape[0] * values.shape[1], values.shape[2]))

    def _each(self, change: Callable[[Column], Column]) -> Sums:
        return Sums(**{one.name: change(getattr(self, one.name)) for one in fields(self)})


def daily_sums(found: Samples, wanted: Plan) -> Sums:
    """Return the sums by station, day and column."""
    stations, days = len(wanted.stations), wanted.days
    flat = sums(found, wanted, found.station * days + found.day, stations * days)
    return flat._each(lambda values: values.reshape(stations, days, len(wanted.columns)))  # noqa: SLF001 - of this module


def sums(found: Samples, wanted: Plan, row: Column, rows: int) -> Sums:
    """Return the sums of samples by row and column.

    Args:
        found: samples, sorted by row and column.
        wanted: their plan.
        row: the row of each sample, ascending.
        rows: how many there are.
    """
    columns = len(wanted.columns)
    shape = (rows, columns)
    names = [one.name for one in fields(Sums)]
    made: dict[str, Column] = {name: np.zeros(shape, float if name == "ions" else np.int64) for name in names}
    if not len(found):
        return Sums(**made)
    cell = row * columns + found.column
    first = np.flatnonzero(np.concatenate([[True], cell[1:] != cell[:-1]]))
    target = cell[first]
    if int(np.diff(np.append(first, len(cell))).max()) > _MOST:
        raise InputError(f"more than {_MOST} samples of one item in a day", "thin the readings out")
    known = found.valid & ~found.blind
    endless = found.high == ENDLESS

    def put(name: str, values: Column) -> None:
        made[name].reshape(-1)[target] = np.add.reduceat(values, first)

    put("observed", np.ones(len(cell), np.int64))
    for name, chosen in (
        ("valid", found.valid), ("known", known), ("below", found.valid & found.below),
        ("endless", found.valid & endless), ("detected", found.valid & found.detected),
    ):  # fmt: skip
        put(name, chosen.astype(np.int64))
    put("low", np.where(found.valid, found.low, 0))
    put("value", np.where(known, found.value, 0))
    put("high", np.where(found.valid & ~endless, found.high, 0))
    hydrogen = wanted.law.hydrogen[np.asarray([i for i, _ in wanted.columns])][found.column] & known
    ions = np.zeros(len(cell))
    ions[hydrogen] = 10.0 ** (-found.value[hydrogen] / 10.0**ION_DECIMALS)
    put("ions", ions)
    return Sums(**made)


@dataclass(frozen=True)
class Values:
    """Values of N cells for I items: arrays (N, I). Integers of the item's last digit."""

    n: NDArray[np.int64]  # valid samples behind it
    observed: NDArray[np.int64]
    expected: NDArray[np.int64]
    needed: NDArray[np.int64]
    automatic: NDArray[np.bool_]
    enough: NDArray[np.bool_]
    low: NDArray[np.int64]  # what the mean lies between
    value: NDArray[np.int64]
    high: NDArray[np.int64]
    below: NDArray[np.bool_]  # nothing but samples below their detection limit
    blind: NDArray[np.bool_]  # nothing stands for it
    endless: NDArray[np.bool_]
    detected: NDArray[np.bool_]


@dataclass(frozen=True)
class Due:
    """What is due of the plan's columns in N cells: arrays (N, K)."""

    there: NDArray[np.bool_]  # the station has such a channel
    expected: NDArray[np.int64]
    needed: NDArray[np.int64]  # valid values without which there is too little


def values(law: Table, wanted: Plan, cells: Sums, due: Due, *, assessed: bool) -> Values:
    """Return one value a cell and item: the automatic station's or the laboratory's.

    Where both have enough, the automatic station's counts for the items that the law names, the laboratory's for the
    others.

    Args:
        law: items.
        wanted: the plan.
        cells: (N, K).
        due: what is due.
        assessed: rounded to the digits of assessment; else as they are.
    """
    first = law.law.assessment.automatic_first
    column = {pair: k for k, pair in enumerate(wanted.columns)}
    enough = cells.valid >= np.maximum(due.needed, 1)
    shape = (len(enough), len(law.items))
    made = {one.name: np.zeros(shape, np.int64 if one.name in _NUMBERS else bool) for one in fields(Values)}
    for i, item in enumerate(law.items):
        a, m = column.get((i, True)), column.get((i, False))
        automatic = np.full(len(enough), m is None)
        if a is not None and m is not None:
            other = ~enough[:, a] & (cells.valid[:, m] > 0) if item.parameter in first else enough[:, m]
            automatic = due.there[:, a] & ~(due.there[:, m] & other)

        def own(part: Column, a: int | None = a, m: int | None = m, automatic: Column = automatic) -> Column:
            if a is None or m is None:
                return np.asarray(part[:, m if a is None else a])
            return np.where(automatic, part[:, a], part[:, m])

        n, known = own(cells.valid), own(cells.known)
        endless = own(cells.endless) > 0
        step = int(law.step[i]) if assessed else 0
        if law.hydrogen[i]:
            acid = ion_mean(own(cells.ions), np.maximum(known, 1))
            low = middle = high = _rounded(acid, np.ones_like(known), step)
        else:
            low, middle, high = (
                _rounded(own(total), np.maximum(count, 1), step)
                for total, count in ((cells.low, n), (cells.value, known), (cells.high, n))
            )
        found = {
            "n": n, "observed": own(cells.observed), "expected": own(due.expected), "needed": own(due.needed),
            "automatic": automatic, "enough": own(enough), "low": low, "value": middle,
            "high": np.where(endless, ENDLESS, high), "below": (own(cells.below) == n) & (n > 0),
            "blind": known < n, "endless": endless, "detected": own(cells.detected) > 0,
        }  # fmt: skip
        for name, part in found.items():
            made[name][:, i] = part
    return Values(**made)


_NUMBERS = ("n", "observed", "expected", "needed", "low", "value", "high")


def _rounded(total: Column, count: Column, step: int) -> NDArray[np.int64]:
    return rounded(total, count, step) if step else exact(total, count)


def rounded(total: Column, count: Column, step: int) -> NDArray[np.int64]:
    """Return total / count rounded half to even to multiples of `step`.

    Where 0 would come of what is not 0, one significant digit is kept, half to even as well.
    """
    result = half_even(total, count * step) * step
    lost = (result == 0) & (total != 0)
    while lost.any() and step > 1:
        step //= 10
        first = lost & (np.abs(total) >= count * step)  # the place of its first digit
        result[first] = half_even(total[first], count[first] * step) * step
        lost &= ~first
    return np.where(lost, np.sign(total), result)


def exact(total: Column, count: Column) -> NDArray[np.int64]:
    """Return total / count cut to integers, on the same side of every bound as the ratio itself."""
    quotient, rest = np.divmod(total, count)
    return np.asarray(quotient + ((rest != 0) & (quotient % 5 == 0)), np.int64)
