"""Means of periods from samples, and their rounding. Pure, exact; pH by the activity of hydrogen ions.

Sums are made once a day and added up for what is longer, so a year costs what its days cost. Every partial sum is an
integer that 64 bits hold (`classes.LARGEST`), so the order of addition decides nothing; activities are added by day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal

import numpy as np
from numpy.typing import NDArray

from aggregator.rounding import half_even
from aggregator.water.classes import ENDLESS, ION_DECIMALS, Table
from aggregator.water.samples import Plan, Samples, ion_mean
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
        return self._each(lambda values: values.reshape(-1, values.shape[-1]))

    def _each(self, change: Callable[[Column], Column]) -> Sums:
        return Sums(**{one.name: change(getattr(self, one.name)) for one in fields(self)})


def daily_sums(found: Samples, wanted: Plan) -> Sums:
    """Return the sums by station, day and column."""
    stations, days = len(wanted.stations), wanted.days
    flat = sums(found, wanted, found.station * days + found.day, stations * days)
    return flat._each(lambda values: values.reshape(stations, days, -1))  # noqa: SLF001 - of this module


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
    automatic: NDArray[np.bool_]
    enough: NDArray[np.bool_]
    low: NDArray[np.int64]  # what the mean lies between
    value: NDArray[np.int64]
    high: NDArray[np.int64]
    below: NDArray[np.bool_]  # nothing but samples below their detection limit
    blind: NDArray[np.bool_]  # nothing stands for it
    endless: NDArray[np.bool_]
    detected: NDArray[np.bool_]


def values(law: Table, wanted: Plan, cells: Sums, expected: Column, *, assessed: bool) -> Values:
    """Return one value a cell and item: the automatic station's or the laboratory's.

    Args:
        law: items.
        wanted: the plan.
        cells: (N, K).
        expected: int64 (N, K), values that are due.
        assessed: rounded to the digits of assessment, and automatic values only where enough are valid; else as they
            are, and any.
    """
    rules = law.law.assessment
    share = _fraction(rules.automatic_share)
    number = {column: k for k, column in enumerate(wanted.columns)}
    rows = len(cells.valid)
    made: dict[str, Column] = {one.name: np.zeros((rows, len(law.items)), _kind(one.name)) for one in fields(Values)}
    for i, item in enumerate(law.items):
        a, m = number.get((i, True)), number.get((i, False))
        enough_a = np.zeros(rows, bool)
        if a is not None:
            enough_a = cells.valid[:, a] > 0
            if assessed:
                enough_a = enough_a & (cells.valid[:, a] * share[1] >= expected[:, a] * share[0])
        has_m = np.zeros(rows, bool) if m is None else cells.valid[:, m] > 0
        if a is None or m is None:
            automatic = np.full(rows, a is not None)
        elif item.parameter in rules.automatic_first or not assessed:
            automatic = enough_a | ~has_m
        else:
            automatic = ~has_m
        own = [np.where(automatic, _column(part, a), _column(part, m)) for part in _parts(cells, expected)]
        n, observed, due, known, low, value, high, ions, below, endless, detected = own
        made["n"][:, i], made["observed"][:, i], made["expected"][:, i] = n, observed, due
        made["automatic"][:, i], made["enough"][:, i] = automatic, np.where(automatic, enough_a, has_m)
        made["below"][:, i], made["detected"][:, i] = (below == n) & (n > 0), detected > 0
        made["endless"][:, i], made["blind"][:, i] = endless > 0, known < n
        step = int(law.step[i]) if assessed else 0
        if law.hydrogen[i]:
            acid = ion_mean(ions, np.maximum(known, 1))
            ends = [_rounded(acid, np.ones_like(known), step)] * 3
        else:
            ends = [
                _rounded(total, np.maximum(count, 1), step) for total, count in ((low, n), (value, known), (high, n))
            ]
        made["low"][:, i], made["value"][:, i] = ends[:2]
        made["high"][:, i] = np.where(endless > 0, ENDLESS, ends[2])
    return Values(**made)


def _kind(name: str) -> type:
    return np.int64 if name in {"n", "observed", "expected", "low", "value", "high"} else np.bool_


def _parts(cells: Sums, expected: Column) -> list[Column]:
    return [
        cells.valid, cells.observed, expected, cells.known, cells.low, cells.value, cells.high, cells.ions,
        cells.below, cells.endless, cells.detected,
    ]  # fmt: skip


def _column(part: Column, k: int | None) -> Column | int:
    return 0 if k is None else part[:, k]


def _fraction(text: str) -> tuple[int, int]:
    numerator, denominator = Decimal(text).as_integer_ratio()
    return numerator, denominator


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
        result[lost] = half_even(total[lost], count[lost] * step) * step
        lost &= result == 0
        # a digit that rounding up carries to the next place is that place's 1: still one significant digit
    return np.where(lost, np.sign(total), result)


def exact(total: Column, count: Column) -> NDArray[np.int64]:
    """Return total / count cut to integers, on the same side of every bound as the ratio itself."""
    quotient, rest = np.divmod(total, count)
    return np.asarray(quotient + ((rest != 0) & (quotient % 5 == 0)), np.int64)
