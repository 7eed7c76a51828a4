"""Gases as mixing ratios and as concentrations: the two are one only in a stated temperature and pressure."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from qualicity.errors import InputError
from qualicity.parameters import parameters
from qualicity.units import mixing_ratio, scale

GAS_CONSTANT = Decimal("8.314462618")
"""J/(mol K), CODATA 2018."""

RATIOS = frozenset({"ppm", "ppb"})
"""Units of mixing ratios in which laws state limits; readings come in all spellings of `units.toml`."""


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
    ratio, into_ratio = mixing_ratio(unit), mixing_ratio(into)
    if mass is None:
        if ratio is not None or into_ratio is not None:
            raise InputError(f"{parameter} has no {into if ratio is None else unit}", "send a mass per volume")
        return scale(unit, parameter, "air") / scale(into, parameter, "air")
    if ratio is not None and into_ratio is not None:
        return _decimal(ratio / into_ratio)
    if ratio is not None:
        return _concentration(parameter, mass, ratio, after) / scale(into, parameter, "air")
    if into_ratio is not None:
        return scale(unit, parameter, "air") / _concentration(parameter, mass, into_ratio, state)
    return scale(unit, parameter, "air") / scale(into, parameter, "air") * state.litres_a_mole / after.litres_a_mole


def _concentration(parameter: str, mass: str, ratio: Fraction, state: State) -> Decimal:
    """Return one unit of a mixing ratio in the canonical unit: of 1 ppm molar mass over molar volume, in mg/m3."""
    return _decimal(ratio) * Decimal(mass) / state.litres_a_mole * scale("mg/m3", parameter, "air")


def _decimal(ratio: Fraction) -> Decimal:
    return Decimal(ratio.numerator) / Decimal(ratio.denominator)
