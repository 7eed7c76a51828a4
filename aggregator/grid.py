"""The hourly grid: one float an hour that carries both "is there" and "how much", exactly.

`code[station, parameter, day, hour]`, hour 0 being the hour-ending label 01. A valid hour holds
`value + bias + BIG`, a missing one 0.0, where `value` is the concentration as an integer in units of
10**-decimals. So the sum of a day's codes is `count * BIG + sum(value + bias)`: count and sum in one pass at
memory speed, exact in any order of summation, because every partial sum is an integer that the float holds.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from qualicity.errors import InputError
from qualicity.model import Column

HOURS = 24


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
    scale = np.repeat(10.0 ** np.asarray(decimals), math.prod(value.shape[2:])).reshape(value.shape[1:])
    if (grid := _encode(value, scale, decimals, np.dtype(np.float32), 0)) is not None:
        return grid
    known = value[~np.isnan(value)]
    least = float(np.fmin.reduce(np.rint(value * scale), axis=None, initial=0.0))
    if (
        np.isfinite(known).all()
        and (grid := _encode(value, scale, decimals, np.dtype(np.float64), -int(least))) is not None
    ):
        return grid
    raise InputError("a concentration is infinite or beyond what can be added exactly", "mark it as a fault")


def _encode(
    value: Column, scale: Column, decimals: tuple[int, ...], dtype: np.dtype[np.generic], bias: int
) -> Grid | None:
    """Return the grid in a float type with a bias, or None when a value does not fit.

    One station at a time, in buffers that stay in the cache. In bits, codes from BIG to BIG + largest are one
    range of integers: what is neither there nor NaN does not fit.
    """
    code = np.empty(value.shape, dtype)
    bits = np.dtype(np.uint32 if dtype == np.float32 else np.uint64)
    low = dtype.type(big_of(dtype)).view(bits)
    span = dtype.type(big_of(dtype) + largest_of(dtype)).view(bits) - low
    scaled, inside = np.empty(value.shape[1:]), np.empty(value.shape[1:], bits)
    plain = bool((scale == 1.0).all())
    zero = np.zeros(value.shape[1:], dtype)
    for hours, target in zip(value, code, strict=True):
        np.rint(hours if plain else np.multiply(hours, scale, out=scaled), out=scaled)
        np.add(scaled, big_of(dtype) + bias, out=target, casting="same_kind")
        np.subtract(target.view(bits), low, out=inside)
        fitting = np.count_nonzero(inside <= span)
        if fitting != target.size and fitting + np.count_nonzero(np.isnan(target)) != target.size:
            return None
        np.fmax(target, zero, out=target)  # NaN becomes 0.0; an array is compared faster than a number
    return Grid(code, decimals, bias)
