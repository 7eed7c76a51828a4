"""Units of concentration, written as people and loggers write them, as exact factors.

A unit is converted only within its dimension. A mixing ratio (ppb) is not a concentration: its factor
depends on a reference state that the law changes, so it is refused, not guessed.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache

from qualicity.errors import InputError
from qualicity.parameters import parameters

_GRAMS = {"g": 0, "mg": -3, "ug": -6, "ng": -9}
_LITRES = {"m3": 3, "l": 0}
_MICRO = str.maketrans({"\N{MICRO SIGN}": "u", "\N{GREEK SMALL LETTER MU}": "u", "³": "3", " ": None, "\u00a0": None})
_CONCENTRATION = re.compile(r"(g|mg|ug|ng)(?:/(m3|l)|(m)\^?-3|(l)\^?-1)", re.IGNORECASE)


@cache
def scale(unit: str, parameter: str) -> Decimal:
    """Return the factor from a unit to the canonical unit of a parameter.

    Raises:
        InputError: the unit is unknown or of another dimension, or the parameter is unknown.
    """
    known = parameters().get(parameter)
    if known is None:
        raise InputError(f"unknown parameter {parameter!r}", "see the ids and aliases in parameters.toml")
    power, wanted = _power(unit), _power(known.unit)
    if power is None or wanted is None:
        raise InputError(
            f"{unit!r} is not a unit of {parameter}", f"send {known.unit}, or another mass per volume such as mg/m3"
        )
    return Decimal(10) ** (power - wanted)


def _power(unit: str) -> int | None:
    """Return the power of ten from a unit to g/L, or None where it is no mass per volume."""
    match = _CONCENTRATION.fullmatch(unit.translate(_MICRO).replace("**", "^"))
    if match is None:
        return None
    volume = match[2] or ("m3" if match[3] else "l")
    return _GRAMS[match[1].lower()] - _LITRES[volume.lower()]


def printed(unit: str) -> str:
    """Return a unit as people write it: ug/m3 is µg/m³."""
    return unit.replace("ug", "µg").replace("m3", "m³")
