"""Units and parameters: written in many ways, converted exactly, never guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from qualicity.errors import InputError
from qualicity.parameters import parameters, resolve
from qualicity.units import scale


@pytest.mark.parametrize(
    "unit", ["ug/m3", "µg/m3", "μg/m³", "UG/M3", "ug m-3", "ug m^-3", "µg m⁻³".replace("⁻³", "-3"), " ug/m3 "]
)
def test_micrograms_in_every_spelling(unit):
    """Both micro signs, superscript or not, in any case."""
    assert scale(unit, "pm25") == 1
    assert scale(unit, "co") == Decimal("0.001")


@pytest.mark.parametrize(("unit", "factor"), [("mg/m3", 1000), ("ng/m3", "0.001"), ("g/m3", 10**6), ("mg/L", 10**6)])
def test_factors_are_exact(unit, factor):
    """Powers of ten, as decimals."""
    assert scale(unit, "so2") == Decimal(factor)


@pytest.mark.parametrize("unit", ["ppb", "ppm", "", "ug", "m3", "ug/m2", "degC", "ug m-1", "mg l-3"])
def test_other_dimensions_are_refused(unit):
    """A mixing ratio needs a reference state that the law changes."""
    with pytest.raises(InputError, match="not a unit"):
        scale(unit, "o3")


def test_names_and_codes_lead_to_ids():
    """Ids, factor codes, aliases and Chinese names, in any case."""
    for text in ("pm25", "PM2.5", "Pm25", "a34004", "细颗粒物", "PM₂.₅"):
        assert resolve(text) == "pm25"
    assert resolve("o3") == resolve("A05024") == "o3"
    assert resolve("pm2") is None


def test_every_canonical_unit_is_its_own():
    """The table agrees with the converter."""
    assert all(scale(parameter.unit, name) == 1 for name, parameter in parameters().items())
