"""From hours to the day's mean and the greatest running mean, as exact fractions.

All functions take codes (see `aggregator.grid`) and give integers in floats: sums, counts, numerators.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import DTypeLike

from aggregator.grid import HOURS
from qualicity.errors import InputError
from qualicity.model import Column
from qualicity.standards.airlaw import DayRule


class Workspace:
    """Buffers that are used again for every chunk: fresh memory costs more than the arithmetic."""

    def __init__(self) -> None:
        self._buffers: dict[tuple[str, np.dtype[np.generic]], Column] = {}

    def __call__(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> Column:
        """Return the buffer of a name in a shape; its content is whatever was there."""
        kind = np.dtype(dtype)
        size = math.prod(shape)
        buffer = self._buffers.get((name, kind))
        if buffer is None or buffer.size < size:
            buffer = self._buffers[name, kind] = np.empty(size, kind)
        return buffer[:size].reshape(shape)


def day_sums(code: Column, big: float, bias: int, work: Workspace) -> tuple[Column, Column]:
    """Return the sum of values and the count of valid hours of each day: code (..., 24) -> two (...)."""
    shape, kind = code.shape[:-1], code.dtype.type
    packed = work("packed", shape, code.dtype)
    np.matmul(code.reshape(-1, HOURS), np.ones(HOURS, code.dtype), out=packed.reshape(-1))
    count = work("count", shape, code.dtype)
    np.multiply(packed, kind(1 / big), out=count)
    np.floor(count, out=count)
    whole = work("whole", shape, code.dtype)
    np.multiply(count, kind(big + bias), out=whole)
    np.subtract(packed, whole, out=packed)
    return packed, count


def window_unit(rule: DayRule) -> int:
    """Return the common denominator of window means: the least common multiple of the counts that are valid."""
    return math.lcm(*range(rule.min_hours, rule.window + 1))


def best_window_of_full_days(code: Column, rule: DayRule, big: float, bias: int, work: Workspace) -> Column:
    """Return the greatest window mean of each day, times `window_unit`; right only where all 24 hours are valid.

    Code is (stations, days, 24). All windows lie inside the natural day, so the days of a station are one
    line of hours; sums and maxima that run over midnight are computed and never looked at.
    """
    stations, days, _ = code.shape
    line = code.reshape(stations, days * HOURS)
    one, two = work("line 1", line.shape, code.dtype), work("line 2", line.shape, code.dtype)
    sums = _running_sum(line, rule.window, one, two)
    windows = rule.last_end - rule.first_end + 1
    first = rule.first_end - rule.window
    spare = two if sums is one else one
    # positive floats order like their bits, and integers compare faster
    as_integer = np.int32 if code.dtype == np.float32 else np.int64
    best = _running_maximum(sums.view(as_integer), windows, spare.view(as_integer)).view(code.dtype)
    numerator: Column = best[:, first::HOURS] - code.dtype.type(rule.window * (big + bias))
    numerator *= code.dtype.type(window_unit(rule) // rule.window)
    return numerator


def _running_sum(line: Column, length: int, one: Column, two: Column) -> Column:
    """Return the running sum over `length` (a power of two) hours, by doubling: entry i covers i..i+length-1."""
    if length & (length - 1):
        raise InputError(f"running windows of {length} hours are not built", "windows are 2, 4, 8 or 16 hours long")
    source, reach = line, 1
    while reach < length:
        target = one if source is not one else two
        end = line.shape[1] - 2 * reach + 1
        np.add(source[:, :end], source[:, reach : end + reach], out=target[:, :end])
        source, reach = target, 2 * reach
    return source


def _running_maximum(values: Column, length: int, spare: Column) -> Column:
    """Return the running maximum over `length` entries, by doubling; values and spare are used up."""
    size, reach, source, target = values.shape[1], 1, values, spare
    while reach < length:
        step = min(reach, length - reach)  # maxima may overlap
        end = size - reach - step + 1
        np.maximum(source[:, :end], source[:, step : end + step], out=target[:, :end])
        source, target, reach = target, source, reach + step
    return source


def windows_of_days(code: Column, rule: DayRule, big: float, bias: int) -> tuple[Column, Column]:
    """Return for any days (n, hours): the greatest mean of a valid window times `window_unit`, and how many are valid.

    A window is valid with `min_hours` of its hours; its mean divides by the hours that are there.
    Days without a valid window get 0 and 0.
    """
    kind, unit = code.dtype.type, window_unit(rule)
    ends = range(rule.first_end, rule.last_end + 1)
    member = np.zeros((len(ends), code.shape[-1]), code.dtype)
    for row, end in enumerate(ends):
        member[row, end - rule.window : end] = 1
    packed = code @ member.T  # (n, windows)
    count = np.floor(packed * kind(1 / big))
    packed -= count * kind(big)  # sum of value + bias: never negative
    valid = count >= rule.min_hours
    weight = np.zeros(rule.window + 1, code.dtype)
    weight[rule.min_hours :] = [unit // hours for hours in range(rule.min_hours, rule.window + 1)]
    packed *= weight[count.astype(np.intp)]
    best = packed.max(axis=1)
    windows = valid.sum(axis=1, dtype=np.uint8)
    best -= kind(unit * bias)
    best[windows == 0] = 0
    return best, windows
