"""Gases as mixing ratios and as concentrations: the two are one only in a stated temperature and pressure."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import NamedTuple

from qualicity.errors import InputError
from qualicity.parameters import parameters
from qualicity.units import scale

GAS_CONSTANT = Decimal("8.314462618")
"""J/(mol K), CODATA 2018."""

RATIOS: Mapping[str, Decimal] = {"ppm": Decimal(1), "ppb": Decimal("0.001")}
"""Units of mixing ratios, in ppm."""


class State(NamedTuple):
    """What a concentration of a gas refers to."""

    kelvin: Decimal
    kilopascal: Decimal

    @property
    def litres_a_mole(self) -> Decimal:
        """Return the molar volume of an ideal gas: 24.465 L at 298.15 K and 101.325 kPa."""
        return GAS_CONSTANT * self.kelvin / self.kilopascal


def gas_factor(parameter: str, unit: str, state: State, into: str, into_state: State | None = None) -> Decimal:
    """Return the factor by which values of a parameter are multiplied: 1 ppb of ozone at 298.15 K is 1.962 ug/m3.

    Args:
        parameter: id; particles have no mixing ratio, and their concentration does not depend on a fixed state.
        unit: of the values: a mass per volume at `state`, or a mixing ratio.
        state: of concentrations, before or after.
        into: the unit wanted.
        into_state: of concentrations afterwards; None = `state`.

    Raises:
        InputError: a mixing ratio of what is no gas, or a unit of another dimension.
    """
    mass = parameters()[parameter].molar_mass
    after = into_state or state
    if mass is None:
        if unit in RATIOS or into in RATIOS:
            raise InputError(f"{parameter} has no {into if into in RATIOS else unit}", "send a mass per volume")
        return scale(unit, parameter, "air") / scale(into, parameter, "air")
    if unit in RATIOS and into in RATIOS:
        return RATIOS[unit] / RATIOS[into]
    if unit in RATIOS:
        return _concentration(parameter, mass, unit, after) / scale(into, parameter, "air")
    if into in RATIOS:
        return scale(unit, parameter, "air") / _concentration(parameter, mass, into, state)
    return scale(unit, parameter, "air") / scale(into, parameter, "air") * state.litres_a_mole / after.litres_a_mole


def _concentration(parameter: str, mass: str, ratio: str, state: State) -> Decimal:
    """Return one unit of a mixing ratio in the canonical unit: of 1 ppm molar mass over molar volume, in mg/m3."""
    return RATIOS[ratio] * Decimal(mass) / state.litres_a_mole * scale("mg/m3", parameter, "air")
