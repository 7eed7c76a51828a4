"""The kernel: the best class whose bound holds, at, below and above it."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest

from aggregator.water.classes import ENDLESS, classify, integer, multiple, table, worst
from qualicity.standards.load_water import water_law

RIVER, LAKE = water_law("GB3838-2002", "river"), water_law("GB3838-2002", "lake")
GROUND = water_law("GBT14848-2017", "groundwater")
LAST = Decimal("0.0000000001")


def _class(law, parameter, text):
    own = table(law, [parameter])
    value = np.asarray([[integer(Decimal(text), int(own.decimals[0]))]])
    return own.name(int(classify(own, value)[0, 0]))


@pytest.mark.parametrize("law", [RIVER, LAKE, GROUND], ids=lambda law: law.body)
def test_at_below_and_above_every_bound_of_the_law(law):
    """At a bound the class holds, a ten-billionth beyond it does not."""
    own = table(law, [item.parameter for item in law.items])
    checked = 0
    for i, item in enumerate(own.items):
        bounds = item.bounds or ((item.limit,) * len(law.classes) if item.limit else ())
        for c, bound in enumerate(bounds):
            for end, outside in ((bound.high, 1), (bound.low, -1)):
                if end is None:
                    continue
                ints = [integer(v, int(own.decimals[i])) for v in (end, end + outside * LAST, end - outside * LAST)]
                value = np.zeros((3, len(own.items)), np.int64)
                value[:, i] = ints
                found = classify(own, value)[:, i].tolist()
                assert found[0] <= c, (item.parameter, c)
                assert found[1] > c, (item.parameter, c)
                assert found[2] <= c, (item.parameter, c)
                checked += 1
    assert checked >= 100


@pytest.mark.parametrize(("parameter", "text", "name"), [
    ("do", "7.5", "I"), ("do", "7.49", "II"), ("do", "2", "V"), ("do", "1.99", "worse"), ("do", "0", "worse"),
    ("ph", "6", "I"), ("ph", "9", "I"), ("ph", "5.99", "worse"), ("ph", "9.01", "worse"),
])  # fmt: skip
def test_oxygen_is_a_minimum_and_ph_has_two_sides(parameter, text, name):
    """Trap 7: `value > limit` passes water without oxygen."""
    assert _class(RIVER, parameter, text) == name


@pytest.mark.parametrize(("text", "river", "lake"), [
    ("0.02", "I", "II"), ("0.05", "II", "III"), ("0.1", "II", "IV"), ("0.2", "III", "V"), ("0.3", "IV", "worse"),
])  # fmt: skip
def test_phosphorus_knows_rivers_from_lakes(text, river, lake):
    """Trap 13."""
    assert (_class(RIVER, "tp", text), _class(LAKE, "tp", text)) == (river, lake)


def test_nitrogen_has_limits_in_lakes_only_and_decides_nothing():
    """Trap 13; temperature and coliforms likewise."""
    assert table(RIVER, ["tn"]).items == ()
    own = table(LAKE, ["wt", "codmn", "tn", "fc"])
    value = np.asarray(
        [[integer(Decimal(v), int(d)) for v, d in zip(("40", "2", "9", "90000"), own.decimals, strict=True)]]
    )
    classes = classify(own, value)

    assert classes[0, 2:].tolist() == [own.beyond, own.beyond]
    assert worst(own, classes, np.ones_like(classes, bool)).tolist() == [0]


def test_permanganate_of_groundwater_is_not_that_of_rivers():
    """Trap 12: limits of class III are 3 and 6."""
    assert (_class(GROUND, "codmn", "3.0"), _class(GROUND, "codmn", "3.1")) == ("III", "IV")
    assert _class(RIVER, "codmn", "6") == "III"


@pytest.mark.parametrize(("text", "name"), [
    ("6.5", "I"), ("8.5", "I"), ("6.49", "IV"), ("5.5", "IV"), ("9", "IV"), ("5.49", "V"), ("9.01", "V"),
])  # fmt: skip
def test_groundwater_takes_the_best_class_of_nested_ranges(text, name):
    """Equal limits in adjacent classes: the better one (6.2)."""
    assert _class(GROUND, "ph", text) == name


def test_what_must_be_absent_is_found_or_not():
    """LAS of groundwater, class I: not detectable."""
    own = table(GROUND, ["las"])
    value = np.asarray([[0], [1]])

    assert classify(own, value).ravel().tolist() == [0, 1]
    assert classify(own, np.asarray([[1]]), np.asarray([[False]])).tolist() == [[0]]


def test_many_sections_at_once_are_as_each_by_itself():
    """Dice: 200 sections, all items."""
    own = table(LAKE, [item.parameter for item in LAKE.items])
    dice = np.random.default_rng(3)
    top = np.where(own.high == ENDLESS, 10 ** (own.decimals + 1)[:, None], own.high).max(axis=1)
    value = dice.integers(0, 2 * top, (200, len(own.items)))
    together = classify(own, value)

    for row, classes in zip(value, together, strict=True):
        for i, item in enumerate(own.items):
            bounds = item.bounds or ((item.limit,) * 5 if item.limit else ())
            number = Decimal(int(row[i])).scaleb(-int(own.decimals[i]))
            holds = [(b.low is None or b.low <= number) and (b.high is None or number <= b.high) for b in bounds]
            expected = 0 if not bounds else holds.index(True) if any(holds) else 5
            assert classes[i] == expected


@pytest.mark.parametrize(("parameter", "text", "times"), [
    ("codmn", "7.5", 0.25), ("codmn", "6", None), ("codmn", "6.03", 0.0), ("codmn", "6.09", 0.02), ("tp", "1", 4.0),
    ("do", "1", None), ("ph", "10", None),
])  # fmt: skip
def test_multiples_of_exceedance(parameter, text, times):
    """(C - S) / S to two decimals, half to even: 0.005 is 0.0, 0.015 is 0.02; none of pH and oxygen."""
    own = table(RIVER, [parameter])

    assert multiple(own, 0, integer(Decimal(text), int(own.decimals[0])), 2) == times
