"""The hourly grid: one float an hour that carries both "is there" and "how much", exactly.

`code[station, parameter, day, hour]`, hour 0 being the hour-ending label 01. A valid hour holds
`value + bias + BIG`, a missing one 0.0, where `value` is the concentration as an integer in units of
10**-decimals. So the sum of a day's codes is `count * BIG + sum(value + bias)`: count and sum in one pass at
memory speed, exact in any order of summation, because every partial sum is an integer that the float holds.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from qualicity.errors import InputError
from qualicity.model import Column

HOURS = 24
MAX_DECIMALS = 4
"""Finer inputs are rounded half to even to so many decimals, each hour by itself."""


@dataclass(frozen=True)
class Grid:
    """Codes and what they mean.

    Attributes:
        code: float32 or float64, shape (stations, parameters, days, 24).
        decimals: by parameter; a value is in units of 10**-decimals of the canonical unit.
        bias: what was added so that negative values have codes.
    """

    code: Column
    decimals: tuple[int, ...]
    bias: int = 0

    @property
    def big(self) -> float:
        """Return what marks an hour as present."""
        return big_of(self.code.dtype)


def big_of(dtype: np.dtype[np.generic]) -> float:
    """Return BIG of a float type: 24 of it plus a day's sum fit the significand."""
    return 2.0**19 if dtype == np.float32 else 2.0**40


def largest_of(dtype: np.dtype[np.generic]) -> int:
    """Return the greatest `value + bias` of an hour, so that a day's sum stays below BIG."""
    return (int(big_of(dtype)) - 1) // HOURS


def encode(value: Column, decimals: tuple[int, ...]) -> Grid:
    """Return the grid of concentrations.

    Args:
        value: float64 (stations, parameters, days, 24), canonical units; NaN = missing or invalid.
        decimals: by parameter.

    Raises:
        InputError: a value is infinite, or too great for exact arithmetic.
    """
    scale = (10.0 ** np.asarray(decimals))[:, None, None]
    least, most = _range(value, scale)
    bias = max(0, -int(least))
    if most == np.inf or bias + most > largest_of(np.dtype(np.float64)):
        raise InputError("a concentration is infinite or beyond what can be added exactly", "mark it as a fault")
    dtype = np.dtype(np.float32 if bias + most <= largest_of(np.dtype(np.float32)) else np.float64)
    code = np.empty(value.shape, dtype)
    add = big_of(dtype) + bias
    for station, hours in enumerate(value):  # one station at a time stays in the cache
        scaled = np.rint(hours * scale)  # exact for decimals: the product errs by far less than a half
        scaled += add
        np.fmax(scaled, 0.0, out=code[station], casting="same_kind")  # NaN becomes 0.0
    return Grid(code, decimals, bias)


def _range(value: Column, scale: Column) -> tuple[float, float]:
    """Return the least and the greatest scaled value; zeros where there is none."""
    if not value.size:
        return 0.0, 0.0
    axes = (0, 2, 3)
    least = np.fmin.reduce(value, axis=axes) * scale[:, 0, 0]
    most = np.fmax.reduce(value, axis=axes) * scale[:, 0, 0]
    return float(np.rint(np.fmin.reduce(least, initial=0.0))), float(np.rint(np.fmax.reduce(most, initial=0.0)))
