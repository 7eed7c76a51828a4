"""Paths, ratios and projections: the vectors of targets.md 3.6, and the pathology of growth near a limit."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.paths import Path, complement_ratio, growth_projection, growth_ratio, meets, trend_projection

ENERGY = Path(Fraction("0.529"), 2009, Fraction("0.47"), 2015, "geometric")
WATER = Path(Fraction("23.7"), 2009, Fraction("19.4"), 2015, "geometric")
PLAN = Path(Fraction("0.513"), 2010, Fraction("0.413"), 2015, "geometric")
AIR = Path(Fraction(89), 2013, Fraction(98), 2015)


@pytest.mark.parametrize(
    ("path", "expected", "digits"),
    [
        (ENERGY, {2010: 0.5187, 2011: 0.5086, 2012: 0.4986, 2013: 0.4889, 2014: 0.4794, 2015: 0.47}, 4),
        (
            Path(ENERGY.base, 2009, ENERGY.target, 2015),
            {2010: 0.5192, 2011: 0.5093, 2012: 0.4995, 2013: 0.4897, 2014: 0.4798},
            4,
        ),
        (WATER, {2010: 22.92, 2011: 22.17, 2012: 21.44, 2013: 20.74, 2014: 20.06, 2015: 19.4}, 2),
    ],
    ids=["energy, geometric", "energy, linear", "water"],
)
def test_path_values(path, expected, digits):
    """Targets.md 3.6, to the digits that are printed there."""
    assert {year: round(float(path.at(year)), digits) for year in expected} == expected


def test_what_is_asked_a_year():
    """Targets.md 3.6: required changes; the plan's -4.24 % (its source prints 4.25), and what it comes to."""
    assert round(100 * ENERGY.needed(2009, ENERGY.base), 2) == -1.95
    assert round(100 * WATER.needed(2009, WATER.base), 2) == -3.28
    assert round(100 * PLAN.needed(2010, PLAN.base), 2) == -4.24
    assert PLAN.base * (1 - Fraction("0.195")) == Fraction("0.412965")
    assert AIR.needed(2014, Fraction("95.6")) == pytest.approx(2.4)
    assert AIR.needed(2015, Fraction("95.6")) is None


def test_ratios():
    """Targets.md 3.6: energy 1.55, water 4.37, air 1.47 in a straight line and 1.05 of what is missing to the limit."""
    assert round(growth_ratio(ENERGY, 2010, Fraction("0.513")), 2) == 1.55
    assert round(growth_ratio(WATER, 2010, Fraction("20.3")), 2) == 4.37
    assert round(float(AIR.progress(2014, Fraction("95.6"))), 2) == 1.47
    assert round(complement_ratio(AIR, 2014, Fraction("95.6")), 2) == 1.05


def test_growth_of_a_rate_ends_beyond_its_limit_and_is_never_used():
    """The growth of 89.0 to 95.6 ends at 102.7 %: the line through the years is cut at 100."""
    growing = Path(AIR.base, 2013, AIR.target, 2015, "geometric")
    assert round(growth_projection(growing, 2014, Fraction("95.6")), 1) == 102.7
    assert trend_projection({2013: Fraction(89), 2014: Fraction("95.6")}, 2015) == 100.0
    assert growth_ratio(AIR, 2014, Fraction("95.6")) is None


def test_a_path_stands_still_after_its_end_and_asks_nothing_at_its_beginning():
    """After the target's year it asks for the target; in the base's year there is no way to have gone."""
    assert ENERGY.at(2018) == ENERGY.target
    assert ENERGY.progress(2009, Fraction("0.5")) is None
    assert Path(Fraction(1), 2015, Fraction(2), 2015).at(2015) == 2


def test_what_begins_at_nothing_goes_in_a_straight_line():
    """Growth from zero is none."""
    path = Path(Fraction(0), 2010, Fraction(1500), 2015, "geometric")
    assert path.at(2011) == 300
    assert growth_projection(path, 2012, Fraction(500)) == pytest.approx(1250)
    assert growth_ratio(path, 2012, Fraction(500)) is None


@pytest.mark.parametrize(
    ("op", "below", "at", "above"),
    [
        (">=", False, True, True),
        (">", False, False, True),
        ("<=", True, True, False),
        ("<", True, False, False),
        ("=", False, True, False),
        ("~", False, True, True),
    ],
)
def test_operators(op, below, at, above):
    """Each of the six below, at and above a number: targets.md 5, test 1."""
    least = Fraction(1, 10**9)
    assert [meets(12000 + step, op, Fraction(12000)) for step in (-least, Fraction(0), least)] == [below, at, above]


@given(
    base=st.fractions(min_value=1, max_value=100),
    target=st.fractions(min_value=1, max_value=100),
    value=st.fractions(min_value=1, max_value=100),
    year=st.integers(2010, 2015),
    shape=st.sampled_from(["linear", "geometric"]),
)
def test_who_is_on_the_path_has_a_ratio_of_one(base, target, value, year, shape):
    """And a path begins at its base and ends at its target, whatever its shape."""
    path = Path(base, 2009, target, 2015, shape)
    assert path.at(2009) == pytest.approx(base)
    assert path.at(2015) == target
    if base != target:
        assert path.progress(year, Fraction(path.at(year))) == pytest.approx(1)
        assert float(path.made(target)) == 1
    ends = growth_projection(path, year, value)
    assert float(ends - value) * float(value - base) >= 0
