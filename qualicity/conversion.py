"""From the unit of a reading to another, by the day of the reading: a gas's mixing ratio is a mass only in a state.

The state is that of the law in force on the day (`qualicity.standards.states`), so nothing is guessed. All other
units have one factor on all days, that of `qualicity.units.scale`.
"""

from __future__ import annotations

from bisect import bisect_right
from decimal import Decimal
from functools import cache

import numpy as np

from qualicity.gases import gas_factor
from qualicity.model import Column
from qualicity.network import Medium
from qualicity.parameters import parameters
from qualicity.standards.states import eras
from qualicity.units import canonical_unit, mixing_ratio, scale


@cache
def conversion(
    unit: str, parameter: str, medium: Medium | None = None, *, into: str | None = None
) -> tuple[Decimal, ...]:
    """Return the factors from a unit to another, one for each of `eras()`: of ozone in ppb 2.143 and 1.962.

    Args:
        unit: of the values.
        parameter: what is measured.
        medium: in what; None = its own.
        into: the unit wanted; None = the canonical one.

    Raises:
        InputError: a unit is unknown or of another dimension, or the parameter is unknown.
    """
    wanted = into or canonical_unit(parameter, medium)
    if _is_gas(parameter, medium) and (mixing_ratio(unit) is not None or mixing_ratio(wanted) is not None):
        return tuple(gas_factor(parameter, unit, era.state, wanted) for era in eras())
    factor = scale(unit, parameter, medium)
    return (factor if into is None else factor / scale(into, parameter, medium),) * len(eras())


def is_dated(unit: str) -> bool:
    """Return whether what a unit is in another depends on the day."""
    return mixing_ratio(unit) is not None


def era_at(start: int) -> int:
    """Return which of `eras()` a reading belongs to, by the start of its period (ms UTC)."""
    return bisect_right(_beginnings(), start)


def eras_at(start: Column) -> Column:
    """Return which of `eras()` readings (n,) belong to, by the starts of their periods (ms UTC)."""
    return np.searchsorted(_beginnings(), start, side="right")


@cache
def _beginnings() -> tuple[int, ...]:
    """Return when each era but the first begins, ms UTC."""
    return tuple(era.start for era in eras() if era.start is not None)


def _is_gas(parameter: str, medium: Medium | None) -> bool:
    known = parameters().get(parameter)
    return known is not None and known.molar_mass is not None and medium in {None, "air"}
