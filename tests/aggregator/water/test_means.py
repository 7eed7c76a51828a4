"""Rounding and means: the vectors of the specification."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aggregator.acidity import ion_mean
from aggregator.water.means import exact, rounded


@pytest.mark.parametrize(("text", "digits", "expected"), [
    ("0.0035", 3, "0.004"), ("0.0045", 3, "0.004"), ("0.00005", 3, "0.00005"), ("6.05", 1, "6.0"), ("6.15", 1, "6.2"),
    ("6.04", 1, "6.0"), ("0.000345", 3, "0.0003"), ("0.00045", 3, "0.0004"), ("0.00096", 3, "0.001"), ("0", 3, "0"),
    ("0.0004999", 3, "0.0005"), ("0.0000095", 3, "0.00001"),
])  # fmt: skip
def test_half_to_even_with_one_significant_digit(text, digits, expected):
    """What would become 0 keeps one significant digit."""
    value = np.asarray([int(Decimal(text).scaleb(9))])

    found = rounded(value, np.asarray([1]), 10 ** (9 - digits))

    assert Decimal(int(found[0])).scaleb(-9) == Decimal(expected)


@settings(deadline=None)
@given(st.lists(st.integers(0, 10**8), min_size=1, max_size=30), st.integers(0, 4))
def test_means_are_rounded_once_and_exactly(values, digits):
    """As the exact ratio is, where it does not vanish."""
    total, count, step = sum(values), len(values), 10 ** (6 - digits)
    ratio = Fraction(total, count * step)
    whole = ratio.numerator // ratio.denominator
    rest = ratio - whole
    expected = whole + (rest > Fraction(1, 2) or (rest == Fraction(1, 2) and whole % 2 == 1))
    found = int(rounded(np.asarray([total]), np.asarray([count]), step)[0])

    if expected or not total:
        assert found == expected * step
    else:
        one = Decimal(total) / count
        wanted = one.quantize(Decimal(1).scaleb(one.adjusted()), ROUND_HALF_EVEN) if one >= 1 else Decimal(1)
        assert found == wanted


@settings(deadline=None)
@given(st.integers(0, 10**9), st.integers(1, 60), st.integers(0, 10**7))
def test_what_is_not_rounded_stays_on_its_side_of_every_bound(total, count, bound):
    """Bounds are multiples of ten: their last digits are kept free."""
    found, bound = int(exact(np.asarray([total]), np.asarray([count]))[0]), bound * 10

    assert (found > bound, found < bound) == (total > bound * count, total < bound * count)


def test_acidity_is_averaged_by_ions():
    """Trap 14: 6.5, 7.9, 8.8, 9, 6.78, 8.87 are 7.08, not 7.98."""
    values = [6.5, 7.9, 8.8, 9, 6.78, 8.87]
    mean = int(ion_mean(np.asarray([sum(10.0**-v for v in values)]), np.asarray([6]))[0])

    assert round(mean / 1e9, 2) == 7.08
    assert round(sum(values) / 6, 3) == 7.975


@pytest.mark.parametrize("text", ["7.57", "6", "9", "5.995", "8.000000001"])
def test_one_reading_of_acidity_stays_as_it_is(text):
    """The logarithm and back change nothing that is written."""
    assert int(ion_mean(np.asarray([10.0 ** -float(text)]), np.asarray([1]))[0]) == int(Decimal(text).scaleb(9))
