"""Values in canonical units, as decimals: what every number of the law is computed from."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from qualicity.conversion import conversion, eras_at, is_dated
from qualicity.errors import InputError
from qualicity.model import Column, Observations, Registry
from qualicity.network import Medium
from qualicity.standards.states import eras

MAX_DECIMALS = 4
"""Finer inputs are rounded half to even to so many decimals, each value by itself."""

WATER_DECIMALS = 9
"""The same in water and wastewater, whose limits go down to a millionth of a mg/L."""

NO_VALUE = np.iinfo(np.int64).min
"""What stands in scaled values for what is no number, or too great for one."""

UNITS = 10.0**MAX_DECIMALS
"""Units of the last decimal that is kept, in one canonical unit."""

_TIE_DECIMALS = 6
_TOO_GREAT = 2.0**63

Decimals = int | Mapping[str, int]
"""Of all parameters, or by parameter (`WATER_DECIMALS` of what is not named)."""


def canonical_values(rows: Observations, medium: Medium | None = None, decimals: int = MAX_DECIMALS) -> Column:
    """Return values in a medium's canonical units, rounded half to even; NaN where there is no factor."""
    with np.errstate(over="ignore"):  # infinite is impossible, and flagged so
        return half_even_decimals(rows["value"] * factors(rows, medium), decimals)


def scaled_values(rows: Observations, medium: Medium, decimals: Decimals = WATER_DECIMALS) -> Column:
    """Return values in a medium's canonical units as integers (int64) of so many decimals, rounded half to even.

    `NO_VALUE` where there is no factor, no number, or none that 64 bits hold.
    """
    return _scaled(rows["value"], factors(rows, medium, decimals))


def scaled_detection_limits(rows: Observations, medium: Medium, decimals: Decimals = WATER_DECIMALS) -> Column:
    """Return detection limits as `scaled_values` does values; `NO_VALUE` where none is stated."""
    return _scaled(rows["detection_limit"], factors(rows, medium, decimals))


def _scaled(value: Column, factor: Column) -> Column:
    with np.errstate(over="ignore"):
        exact = np.rint(np.round(value * factor, _TIE_DECIMALS))
    held = np.abs(exact) < _TOO_GREAT  # false for what is no number
    return np.where(held, np.where(held, exact, 0.0).astype(np.int64), NO_VALUE)


def factors(rows: Observations, medium: Medium | None = None, decimals: Decimals = 0) -> Column:
    """Return the factor to units of the last decimal, in canonical units, of each row, on the day that it begins.

    NaN where there is none (the edge refuses such units).
    """
    units, unit = _distinct(rows["unit"], rows.registry)
    names, name = _distinct(rows["parameter"], rows.registry)
    powers = [decimals if isinstance(decimals, int) else decimals.get(text, WATER_DECIMALS) for text in names]
    dated = any(map(is_dated, units))
    found = [
        [[_factor(of, text, medium, power, era) for text, power in zip(names, powers, strict=True)] for of in units]
        for era in range(len(eras()) if dated else 1)
    ]
    table: Column = np.asarray(found, np.float64).reshape(len(found), len(units), len(names))
    chosen: Column = table[eras_at(rows["start"]) if dated else 0, unit, name]
    return chosen


def _distinct(codes: Column, registry: Registry) -> tuple[list[str], Column]:
    """Return the texts that occur, and which of them each row has."""
    seen = np.flatnonzero(np.bincount(codes))
    place = np.zeros(len(registry), np.int64)
    place[seen] = np.arange(len(seen))
    return [registry.text(code) for code in seen.tolist()], place[codes]


def _factor(unit: str, parameter: str, medium: Medium | None, decimals: int, era: int) -> float:
    try:
        return float(conversion(unit, parameter, medium)[era].scaleb(decimals))
    except InputError:
        return float("nan")


def half_even_decimals(value: Column, decimals: int = MAX_DECIMALS) -> Column:
    """Return values rounded half to even, as the nearest floats of those decimals.

    A decimal tie such as 0.12345 need not be one in binary, least of all after a conversion: what is one to
    `_TIE_DECIMALS` more decimals is taken as one. Minus zero becomes zero.
    """
    units = 10.0**decimals
    return np.asarray(np.rint(np.round(value * units, _TIE_DECIMALS)) / units + 0.0)
