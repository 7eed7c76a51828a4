"""Values in canonical units, as decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pytest

from qualicity.canonical import (
    NO_VALUE,
    WATER_DECIMALS,
    canonical_values,
    half_even_decimals,
    scaled_detection_limits,
    scaled_values,
)
from qualicity.model import Observations, Registry


def _canonical(value, unit, parameter="pm25"):
    return canonical_values(Observations.build(Registry(), 1, value=value, unit=unit, parameter=parameter))[0]


@pytest.mark.parametrize(("unit", "power"), [("ug/m3", 0), ("mg/m3", 3), ("ng/m3", -3), ("g/m3", 6)])
def test_every_tie_of_five_decimals_goes_to_the_even_neighbour(unit, power):
    """Written as decimals, converted as decimals: binary noise decides nothing."""
    for number in range(5, 60_000, 370):
        text = Decimal(number).scaleb(-5)
        expected = float(text.quantize(Decimal("0.0001"), ROUND_HALF_EVEN))
        assert _canonical(float(text.scaleb(-power)), unit) == expected


def test_ties_are_those_of_the_decimal():
    """All of 0.00005 .. 99.99995."""
    numbers = np.arange(5, 10_000_000, 10)
    units = numbers // 10
    expected = (units + (units & 1)) / 1e4

    assert np.array_equal(half_even_decimals(numbers / 1e5), expected)


def test_minus_zero_is_zero():
    """The same value has the same bytes, whichever of two duplicates came first."""
    values = half_even_decimals(np.asarray([-0.0, 0.0, -0.00001, 0.00001]))

    assert values.tobytes() == np.zeros(4).tobytes()


def test_what_cannot_be_converted_is_not_a_number():
    """The edge refuses such units; a row that is stored with one all the same is left out."""
    assert np.isnan(_canonical(5.0, "ppb", "pm25"))
    assert np.isnan(_canonical(5.0, "", "o3"))


def test_numbers_beyond_any_float_stay_infinite():
    """So that the range check sees them."""
    assert _canonical(1e308, "g/m3") == np.inf
    assert _canonical(-1e308, "g/m3") == -np.inf


def _rows(values, units, parameters, **columns):
    registry = Registry()
    codes = {
        name: np.asarray([registry.code(text) for text in texts])
        for name, texts in {"unit": units, "parameter": parameters}.items()
    }
    return Observations.build(registry, len(values), value=np.asarray(values), **codes, **columns)


def test_traces_in_water_keep_their_digits():
    """Hg 0.05 µg/L, BaP 2.8 ng/L, thallium in ng/L: in mg/L, nine decimals."""
    rows = _rows([0.05, 2.8, 100.0, 50.0], ["ug/L", "ng/L", "ng/L", "ug/L"], ["hg", "bap", "tl", "pb"])

    assert canonical_values(rows, "water", WATER_DECIMALS).tolist() == [5e-5, 2.8e-6, 1e-4, 0.05]
    assert scaled_values(rows, "water").tolist() == [50_000, 2_800, 100_000, 50_000_000]
    assert scaled_values(rows, "water", {"hg": 5, "bap": 7, "tl": 4, "pb": 2}).tolist() == [5, 28, 1, 5]


@pytest.mark.parametrize("unit", ["mg/L", "ug/L"])
def test_ties_of_scaled_values_go_to_the_even_neighbour(unit):
    """Written as decimals, converted as decimals: binary noise decides nothing."""
    numbers = np.arange(5, 400_000, 10)
    power = 3 if unit == "ug/L" else 0
    values = [float(Decimal(number).scaleb(power - 3)) for number in numbers.tolist()]
    units = numbers // 10

    rows = _rows(values, [unit] * len(values), ["codmn"] * len(values))

    assert np.array_equal(scaled_values(rows, "water", 2), units + (units & 1))


@pytest.mark.parametrize(("unit", "power"), [("mg/L", 0), ("ug/L", 3), ("ng/L", 6), ("g/L", -3)])
def test_every_decimal_of_a_reading_is_kept(unit, power):
    """Nine decimals up to a hundred thousand, in any unit: written, converted, and the same digits again."""
    seed = 20_020_601
    print("seed", seed)
    digits = np.random.default_rng(seed).integers(0, 10**14, 2_000)
    values = [float(Decimal(number).scaleb(power - WATER_DECIMALS)) for number in digits.tolist()]

    rows = _rows(values, [unit] * len(values), ["cod"] * len(values))

    assert np.array_equal(scaled_values(rows, "wastewater"), digits)


def test_what_is_no_number_has_no_scaled_value():
    """Of another dimension, infinite, not a number, or too great for 64 bits; detection limits that nobody stated."""
    rows = _rows(
        [1.0, np.inf, np.nan, 1e300, -1.5], ["ppb", "mg/L", "mg/L", "mg/L", "mg/L"], ["cod"] * 5,
        detection_limit=np.asarray([0.1, np.nan, 4.0, 0.5, np.inf]),
    )  # fmt: skip

    assert scaled_values(rows, "water", 1).tolist() == [NO_VALUE] * 4 + [-15]
    assert scaled_detection_limits(rows, "water", 1).tolist() == [NO_VALUE, NO_VALUE, 40, 5, NO_VALUE]
    assert len(scaled_values(rows.take(slice(0, 0)), "water")) == 0
