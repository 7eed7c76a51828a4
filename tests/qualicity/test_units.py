"""Units and parameters: written in many ways, converted exactly, never guessed."""

from __future__ import annotations

from decimal import Decimal

import pytest

from qualicity import units
from qualicity.errors import InputError
from qualicity.parameters import parameters, resolve
from qualicity.units import canonical_unit, printed, scale


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
    """A mixing ratio needs a reference state that the law changes: only with its day it has a factor."""
    with pytest.raises(InputError, match="not a unit"):
        scale(unit, "o3")


def test_names_and_codes_lead_to_ids():
    """Ids, factor codes, aliases and Chinese names, in any case."""
    for text in ("pm25", "PM2.5", "Pm25", "a34004", "细颗粒物", "PM₂.₅"):
        assert resolve(text) == "pm25"
    assert resolve("o3") == resolve("A05024") == "o3"
    assert resolve("pm2") is None


def test_every_canonical_unit_is_its_own():
    """The table agrees with the converter, in every medium."""
    for name, parameter in parameters().items():
        assert scale(parameter.unit, name) == 1
        for medium in ("water", "wastewater"):
            assert scale(canonical_unit(name, medium), name, medium) == 1


@pytest.mark.parametrize(("unit", "parameter", "factor"), [
    ("ug/L", "hg", "0.001"), ("mg/L", "hg", "1"), ("ng/L", "tl", "0.000001"), ("mg/L", "cu", "1"),
    ("m3/s", "flow", "1000"), ("L/S", "flow", "1"), ("万m³", "abstraction_volume", "10000"),
    ("万吨", "sewage_volume", "10000"), ("L", "abstraction_volume", "0.001"), ("℃", "wt", "1"), ("pH", "ph", "1"),
    ("无量纲", "ph", "1"), ("mS/cm", "ec", "1000"), ("µS/cm", "ec", "1"), ("μS/cm", "ec", "1"), ("NTU", "turb", "1"),
    ("MPN/100 mL", "fc", "10"), ("个/L", "fc", "1"), ("CFU/mL", "fc", "1000"), ("count/L", "coliform", "0.1"),
    ("毫克/升", "cod", "1"), ("微克/升", "hg", "0.001"), ("立方米/秒", "flow", "1000"), ("升/秒", "flow", "1"),
    ("吨", "sewage_volume", "1"), ("个/升", "fc", "1"), ("摄氏度", "wt", "1"),
    ("count/L", "bacteria", "0.001"), ("Bq/L", "alpha", "1"), ("度", "color", "1"), ("倍", "color_dilution", "1"),
])  # fmt: skip
def test_units_of_water(unit, parameter, factor):
    """Micrograms and milligrams, bacteria in a litre and in 100 mL, volumes of bulletins."""
    assert scale(unit, parameter, "water") == Decimal(factor)


@pytest.mark.parametrize(("unit", "litres"), [("m3/h", 3600), ("吨/小时", 3600), ("m3/d", 86400), ("m3/min", 60)])
def test_flows_by_the_hour(unit, litres):
    """As exact as decimals are: a thousand litres in so many seconds."""
    assert abs(scale(unit, "flow") * litres - 1000) < Decimal("1e-24")


@pytest.mark.parametrize(("unit", "parameter"), [
    ("times", "color"), ("degree", "color_dilution"), ("mg/L", "fc"), ("count/L", "cod"), ("m3", "flow"),
    ("L/s", "abstraction_volume"), ("mg/L", "ph"), ("K", "wt"), ("mg/L as NO3", "no3n"), ("", "cod"),
])  # fmt: skip
def test_other_dimensions_of_water_are_refused(unit, parameter):
    """Colour by dilution is no colour by comparison; kelvins have another zero, nitrate as nitrate another mass."""
    with pytest.raises(InputError, match="not a unit"):
        scale(unit, parameter, "water")


@pytest.mark.parametrize("name", ["pb", "bap"])
def test_what_is_in_air_and_in_water_has_a_unit_in_each(name):
    """Micrograms a cubic metre and milligrams a litre."""
    assert canonical_unit(name) == canonical_unit(name, "air") == "ug/m3"
    assert canonical_unit(name, "water") == canonical_unit(name, "wastewater") == "mg/L"
    assert scale("ug/L", name, "wastewater") == Decimal("0.001")
    assert scale("ug/L", name) == scale("ug/L", name, "air") == 1000


def test_units_as_people_write_them():
    """A number without a dimension has none."""
    assert [printed(unit) for unit in ("ug/m3", "C", "uS/cm", "1", "m3")] == ["µg/m³", "℃", "µS/cm", "", "m³"]


_SECOND = '{ dimension = "flow", factor = "1", spellings = ["L/s"] }'


@pytest.mark.parametrize(("row", "cause"), [
    (_SECOND.replace('"1"', "1"), r"Expected `str`, got `int` - at `\$.unit\[0\].factor`"),
    (_SECOND.replace("spellings", "spelling"), "unknown field `spelling`"),
    (f'{_SECOND}, {{ dimension = "flow", factor = "60", spellings = ["l / S"] }}', "'l / S' stands for two units"),
])  # fmt: skip
def test_a_broken_table_names_the_place(row, cause):
    """Unknown keys and types; case and spaces make no other unit."""
    with pytest.raises(InputError, match=cause):
        units._read(f"unit = [{row}]")
