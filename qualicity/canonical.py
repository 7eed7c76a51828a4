"""Values in canonical units, as decimals: what every number of the law is computed from."""

from __future__ import annotations

import numpy as np

from qualicity.errors import InputError
from qualicity.model import Column, Observations, Registry
from qualicity.units import scale

MAX_DECIMALS = 4
"""Finer inputs are rounded half to even to so many decimals, each value by itself."""

UNITS = 10.0**MAX_DECIMALS
"""Units of the last decimal that is kept, in one canonical unit."""

_TIE_DECIMALS = 6


def canonical_values(rows: Observations) -> Column:
    """Return values in canonical units, rounded half to even to `MAX_DECIMALS`; NaN where there is no factor."""
    with np.errstate(over="ignore"):  # infinite is impossible, and flagged so
        return half_even_decimals(rows["value"] * factors(rows))


def factors(rows: Observations) -> Column:
    """Return the factor to canonical units of each row; NaN where there is none (the edge refuses such units)."""
    pairs = rows["unit"].astype(np.int64) * len(rows.registry) + rows["parameter"]
    distinct, index = np.unique(pairs, return_inverse=True)
    found = [_factor(int(pair), rows.registry) for pair in distinct]
    return np.asarray(found, np.float64)[index]


def _factor(pair: int, registry: Registry) -> float:
    unit, parameter = divmod(pair, len(registry))
    try:
        return float(scale(registry.text(unit), registry.text(parameter)))
    except InputError:
        return float("nan")


def half_even_decimals(value: Column) -> Column:
    """Return values rounded half to even to `MAX_DECIMALS`, as the nearest floats of those decimals.

    A decimal tie such as 0.12345 need not be one in binary, least of all after a conversion: what is one to
    `_TIE_DECIMALS` more decimals is taken as one. Minus zero becomes zero.
    """
    return np.asarray(np.rint(np.round(value * UNITS, _TIE_DECIMALS)) / UNITS + 0.0)
