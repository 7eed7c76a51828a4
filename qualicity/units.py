"""Units, written as people and loggers write them, as factors: powers of ten for masses, else from units.toml.

A unit is converted only within its dimension. A mixing ratio (ppb) is not a concentration: its factor
depends on a reference state that the law changes, so it has none here. `qualicity.conversion` knows each day's state.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import msgspec

from qualicity.errors import InputError
from qualicity.network import Medium
from qualicity.parameters import parameters

_GRAMS = {"g": 0, "mg": -3, "ug": -6, "ng": -9}
_LITRES = {"m3": 3, "l": 0}
_MICRO = str.maketrans({"\N{MICRO SIGN}": "u", "\N{GREEK SMALL LETTER MU}": "u", "³": "3", " ": None, "\u00a0": None})
_CHINESE = {"毫克": "mg", "微克": "ug", "纳克": "ng", "立方米": "m3", "升": "L"}
"""Of masses per volume; what else there is in Chinese stands in the table."""
_MASS_PER_VOLUME, _MIXING_RATIO = "mass per volume", "mixing ratio"
_CONCENTRATION = re.compile(r"(g|mg|ug|ng)(?:/(m3|l)|(m)\^?-3|(l)\^?-1)", re.IGNORECASE)


class _Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    dimension: str
    factor: str  # to the dimension's first unit: a whole number, or a fraction
    spellings: tuple[str, ...]


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    unit: tuple[_Row, ...]


class _Unit(NamedTuple):
    dimension: str
    factor: Fraction  # to the dimension's first unit


@cache
def scale(unit: str, parameter: str, medium: Medium | None = None) -> Decimal:
    """Return the factor from a unit to the canonical unit of a parameter in a medium; None = its own.

    Exact, but where ten is no power of it: of flows by the hour there are 28 digits.

    Raises:
        InputError: the unit is unknown or of another dimension, or the parameter is unknown.
    """
    canonical = canonical_unit(parameter, medium)
    found, wanted = _unit(unit), _unit(canonical)
    if found is None or wanted is None or found.dimension != wanted.dimension:
        raise InputError(f"{unit!r} is not a unit of {parameter}", _mend(found, wanted, canonical))
    factor = found.factor / wanted.factor
    return Decimal(factor.numerator) / Decimal(factor.denominator)


def mixing_ratio(unit: str) -> Fraction | None:
    """Return a unit of mixing ratios in ppm; None for any other."""
    found = _unit(unit)
    return found.factor if found is not None and found.dimension == _MIXING_RATIO else None


def canonical_unit(parameter: str, medium: Medium | None = None) -> str:
    """Return the unit in which a parameter is computed and published in a medium; None = its own.

    Raises:
        InputError: the parameter is unknown.
    """
    known = parameters().get(parameter)
    if known is None:
        raise InputError(f"unknown parameter {parameter!r}", "see the ids and aliases in parameters.toml")
    return known.water_unit if known.water_unit and medium in {"water", "wastewater"} else known.unit


@cache
def _unit(text: str) -> _Unit | None:
    """Return what a unit is; None where it is unknown."""
    written = text.translate(_MICRO).replace("**", "^")
    english = written
    for chinese, sign in _CHINESE.items():
        english = english.replace(chinese, sign)
    match = _CONCENTRATION.fullmatch(english)
    if match is None:
        return _table().get(written.casefold())
    volume = match[2] or ("m3" if match[3] else "l")
    return _Unit(_MASS_PER_VOLUME, Fraction(10) ** (_GRAMS[match[1].lower()] - _LITRES[volume.lower()]))


@cache
def _table() -> Mapping[str, _Unit]:
    return _read((files("qualicity") / "units.toml").read_text("utf-8"))


def _read(text: str) -> Mapping[str, _Unit]:
    """Return units by their spelling.

    Raises:
        InputError: the table breaks its schema, or a spelling stands for two units.
    """
    mend = "mend the table at the place named"
    try:
        rows = msgspec.convert(tomllib.loads(text), _File).unit
    except msgspec.ValidationError as error:
        raise InputError(f"units.toml: {error}", mend) from error
    found: dict[str, _Unit] = {}
    for row in rows:
        unit = _Unit(row.dimension, Fraction(row.factor))
        for spelling in row.spellings:
            if found.setdefault(spelling.translate(_MICRO).casefold(), unit) != unit:
                raise InputError(f"units.toml: {spelling!r} stands for two units", mend)
    return found


def _mend(found: _Unit | None, wanted: _Unit | None, canonical: str) -> str:
    """Return what to send instead of a unit that is none of a parameter."""
    others = ", or another mass per volume such as mg/m3" if wanted and wanted.dimension == _MASS_PER_VOLUME else ""
    if found is not None and found.dimension == _MIXING_RATIO:
        return f"only gases in air have mixing ratios: send {canonical}{others}"
    return f"send {canonical}{others}"


def behind(unit: str) -> str:
    """Return what stands behind a number in a reason: a blank and its unit; nothing where it has none."""
    return "" if unit == "1" else f" {unit}"


def printed(unit: str) -> str:
    """Return a unit as people write it: ug/m3 is µg/m³, of a number there is none."""
    if unit == "C":
        return "℃"
    return "" if unit == "1" else unit.replace("ug", "µg").replace("uS", "µS").replace("m3", "m³")
