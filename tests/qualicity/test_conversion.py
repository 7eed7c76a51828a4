"""Mixing ratios are masses in the state of their day, and nothing else about units changes with the day."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from qualicity.canonical import canonical_values
from qualicity.conversion import conversion, era_at, eras_at, is_dated
from qualicity.errors import InputError
from qualicity.gases import gas_factor
from qualicity.model import Observations, Registry
from qualicity.periods import DAY_MS, day_of, day_start
from qualicity.standards.states import eras, measured_state
from qualicity.units import mixing_ratio, scale

GASES = ("so2", "no2", "co", "o3")
CHANGE = day_start(dt.date(2018, 9, 1))
CANONICAL = {"co": "mg/m3"}
HELD = {"co": 1}
"""Decimals of a ppb that four decimals of the canonical unit hold; of the others, in ug/m3, three."""


def canonical(parameter, unit, values, start=CHANGE):
    rows = Observations.build(Registry(), len(values), value=values, unit=unit, parameter=parameter, start=start)
    return canonical_values(rows)


def test_eras_are_those_of_the_law_tables():
    """273 K until 2018-08-31, 298.15 K since: the only change."""
    assert [(era.start, str(era.state.kelvin)) for era in eras()] == [(None, "273"), (CHANGE, "298.15")]
    assert era_at(CHANGE - 1) == 0
    assert era_at(CHANGE) == 1
    starts = np.asarray([0, CHANGE - 1, CHANGE, CHANGE + 1])
    assert eras_at(starts).tolist() == [0, 0, 1, 1]
    days = range(day_start(dt.date(1999, 1, 1)), day_start(dt.date(2036, 1, 1)), 7 * DAY_MS)
    assert all(eras()[era_at(start)].state == measured_state(day_of(start)) for start in days)


@pytest.mark.parametrize(
    ("unit", "parameter", "start", "mass"),
    [
        ("ppb", "o3", CHANGE, "105.9411"),
        ("ppb", "o3", CHANGE - 1, "115.7009"),
        ("ppm", "co", CHANGE, "61.8236"),
        ("ppb", "co", CHANGE, "0.0618"),
        ("ppb", "no2", CHANGE, "101.5433"),
        ("ppb", "so2", CHANGE, "141.4064"),
    ],
)
def test_54_of_each(unit, parameter, start, mass):
    """Molar mass over 24.465 L, since 2018-09-01; over 22.402 L before."""
    assert canonical(parameter, unit, [54.0], start).tolist() == [float(mass)]


@pytest.mark.parametrize("parameter", GASES)
@pytest.mark.parametrize("start", [CHANGE - 1, CHANGE])
def test_what_was_sent_comes_back(parameter, start):
    """All ppb with one decimal from 0 to 500, by the four decimals that are kept; ppm likewise."""
    tenths = np.arange(5001)
    back = float(gas_factor(parameter, CANONICAL.get(parameter, "ug/m3"), eras()[era_at(start)].state, "ppb"))
    for unit, sent in (("ppb", tenths / 10), ("ppm", tenths / 10_000)):
        found = np.round(canonical(parameter, unit, sent, start) * back, HELD.get(parameter, 3))
        assert (found == tenths / 10).all()


@pytest.mark.parametrize(
    "unit", ["ppb", "PPB", "ppbv", "ppbV", "nmol/mol", "nmol / mol", "10^-9", "10**-9", "1E-9", "nL/L"]
)
def test_spellings_of_billionths(unit):
    """In any case, with blanks or without."""
    assert conversion(unit, "o3") == conversion("ppb", "o3")
    assert conversion(unit, "so2", "air", into="ppm") == (Decimal("0.001"),) * 2


@pytest.mark.parametrize("unit", ["ppm", "PPMv", "umol/mol", "µmol/mol", "μmol/mol", "10^-6", "1e-6", "µL/L"])
def test_spellings_of_millionths(unit):
    """Both micro signs."""
    assert conversion(unit, "co") == conversion("ppm", "co")
    assert mixing_ratio(unit) == 1


def test_a_range_in_the_other_unit_depends_on_the_day():
    """What 200 ug/m3 is in ppb: less in the warmer state's larger litres of a mole, so more ppb."""
    before, since = conversion("ug/m3", "o3", into="ppb")
    assert (round(200 * before, 3), round(200 * since, 3)) == (Decimal("93.344"), Decimal("101.943"))


@pytest.mark.parametrize(
    ("unit", "parameter"), [("ug/m3", "o3"), ("mg/m3", "co"), ("ug/m3", "co"), ("ng/m3", "pm25"), ("L/s", "flow")]
)
def test_all_other_units_have_one_factor(unit, parameter):
    """That of `scale`, digit for digit."""
    assert conversion(unit, parameter) == (scale(unit, parameter),) * len(eras())
    assert not is_dated(unit)


@pytest.mark.parametrize(
    ("unit", "parameter", "medium"),
    [("ppb", "pm25", None), ("ppm", "pm10", "air"), ("ppm", "cod", "water"), ("ppb", "pb", "wastewater"),
     ("ppb", "ph", None), ("ppm", "so2", "water")],
)  # fmt: skip
def test_only_gases_in_air_have_mixing_ratios(unit, parameter, medium):
    """Particles are weighed; of water, ppm is what people call mg/L, but nobody can say of what."""
    with pytest.raises(InputError, match=f"'{unit}' is not a unit of {parameter}") as refused:
        conversion(unit, parameter, medium)
    assert refused.value.mend.startswith("only gases in air have mixing ratios: send ")


def test_a_mixing_ratio_has_no_factor_without_a_day():
    """`scale` knows none."""
    with pytest.raises(InputError, match="not a unit"):
        scale("ppb", "o3")


def test_rows_of_both_states_and_of_masses_together():
    """Each by its own unit and day."""
    registry = Registry()
    units = [registry.code(unit) for unit in ("ppb", "ppb", "ug/m3", "ug/m3", "ppb")]
    names = [registry.code(name) for name in ("o3", "o3", "o3", "o3", "pm25")]
    start = [CHANGE - 1, CHANGE, CHANGE - 1, CHANGE, CHANGE]
    rows = Observations.build(registry, 5, value=54.0, unit=np.asarray(units), parameter=np.asarray(names), start=start)
    np.testing.assert_array_equal(canonical_values(rows), [115.7009, 105.9411, 54.0, 54.0, np.nan])
