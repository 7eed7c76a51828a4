"""Values in canonical units, as decimals."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import pytest

from qualicity.canonical import canonical_values, half_even_decimals
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
    assert np.isnan(_canonical(5.0, "ppb", "o3"))
    assert np.isnan(_canonical(5.0, "", "o3"))


def test_numbers_beyond_any_float_stay_infinite():
    """So that the range check sees them."""
    assert _canonical(1e308, "g/m3") == np.inf
    assert _canonical(-1e308, "g/m3") == -np.inf
