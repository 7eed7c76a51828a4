"""At, below and above every limit of every table of water and wastewater, generated from the tables' own texts."""

from __future__ import annotations

import datetime as dt
import tomllib
from decimal import Decimal
from importlib.resources import files

import numpy as np
import pytest

from aggregator.discharge.laws import law_of
from aggregator.water.classes import classify, integer, table
from qualicity.canonical import WATER_DECIMALS
from qualicity.network import Outlet
from qualicity.standards.load_water import water_law
from qualicity.units import scale

FOLDER = files("qualicity") / "standards"
TABLES = [
    tomllib.loads(path.read_text("utf-8"))
    for folder in ("water", "discharge")
    for path in (FOLDER / folder).iterdir()
    if path.name.endswith(".toml")
]
CLASSES = [content for content in TABLES if content["kind"] == "classes"]
DISCHARGE = [content for content in TABLES if content["kind"] == "discharge"]


def _ends(text):
    """Return the numbers of a bound's text."""
    return [Decimal(part) for part in text.split("-")] if text[0].isdigit() else []


def _around(text):
    """Return the values at, just below and just above each end of a bound: a thousandth of its last digit."""
    for end in _ends(text):
        step = Decimal((0, (1,), end.as_tuple().exponent - 3))
        yield from (end - step, end, end + step)


def _holds(direction, text, value):
    """Return whether a value meets a bound, read from its text alone."""
    if text == "any":
        return True
    if text == "nd":
        return value == 0
    ends = _ends(text)
    return {
        "at_most": value <= ends[-1],
        "at_least": value >= ends[0],
        "range": ends[0] <= value <= ends[-1],
    }[direction]


def _class_rows():
    for content in CLASSES:
        for row in content["limit"]:
            for body in row.get("bodies", content["bodies"]):
                if "bounds" in row or "limit" in row:
                    yield pytest.param(content, row, body, id=f"{content['id']} {body} {row['parameter']}")


@pytest.mark.parametrize(("content", "row", "body"), list(_class_rows()))
def test_every_boundary_of_every_class(content, row, body):
    """The best class whose bound holds; a thousandth of the last digit beyond it the next one."""
    law = water_law(content["id"], body)
    own = table(law, {row["parameter"]})
    bounds = row.get("bounds", [row.get("limit")] * len(law.classes))
    values = sorted({value for text in bounds for value in _around(text)} | {Decimal(0), Decimal(1)})
    factor = scale(row["unit"], row["parameter"], "water")
    cells = np.asarray([[integer(value * factor, int(own.decimals[0]))] for value in values])

    found = [own.name(number) for number in classify(own, cells)[:, 0].tolist()]

    expected = [
        next((name for name, text in zip(law.classes, bounds, strict=True) if _holds(row["direction"], text, value)),
             content["beyond"])
        for value in values
    ]  # fmt: skip
    assert dict(zip(values, found, strict=True)) == dict(zip(values, expected, strict=True))
    assert len(own.items) == 1


def _limits():
    for content in DISCHARGE:
        for number, row in enumerate(content["limit"]):
            for place, grade in enumerate(content["grades"]):
                for scope in row.get("scope", ["other"]):
                    if row["bounds"][place] != "-":
                        name = f"{content['id']} {number} {row['parameter']} {scope} {grade}"
                        yield pytest.param(content, row, scope, grade, row["bounds"][place], id=name)


def _day_rule(content, row, scope, grade):
    built = row.get("built_until") or row.get("built_from")
    outlet = Outlet(standard=content["id"], grade=grade, scope=scope, built=built)
    day = max(content["in_force"], dt.date(2026, 1, 1))
    return law_of(outlet, day).rules[row["parameter"]]


def _compared(rule, row):
    """Return what a mean, or each value, is compared with."""
    period = row.get("period", "24h")
    if period == "each":
        return rule.each
    if period == "24h":
        return rule.cold if row.get("cold") else rule.warm
    return rule.longer[period]


@pytest.mark.parametrize(("content", "row", "scope", "grade", "text"), list(_limits()))
def test_every_limit_of_every_outlet(content, row, scope, grade, text):
    """At a limit is within it; a thousandth of its last digit beyond it is not."""
    rule = _day_rule(content, row, scope, grade)
    assert rule.absent == (text == "nd")
    ends = _compared(rule, row)
    factor = scale(row["unit"], row["parameter"], "wastewater")

    for value in _around(text):
        whole = (value * factor).scaleb(WATER_DECIMALS)
        within = (ends.low is None or ends.low <= whole) and (ends.high is None or whole <= ends.high)
        assert within == _holds(row["direction"], text, value)


def test_the_tables_give_enough_to_try():
    """Every row with a bound is tried for every body, grade and industry that it names."""
    assert len(list(_class_rows())) > 400
    assert len(list(_limits())) > 400


@pytest.mark.parametrize(("celsius", "cold"), [("11.9", True), ("12.0", True), ("12.1", False)])
@pytest.mark.parametrize(("grade", "warm_limit", "cold_limit"), [("1A", 5, 8), ("1B", 8, 15), ("2", 25, 30)])
def test_twelve_degrees(celsius, cold, grade, warm_limit, cold_limit):
    """The greater number counts up to 12 C and at it."""
    law = law_of(Outlet(standard="GB18918-2002", grade=grade), dt.date(2026, 1, 1))
    rule = law.rules["nh3n"]

    ends = rule.cold if int(Decimal(celsius).scaleb(WATER_DECIMALS)) <= law.cold_at_most else rule.warm

    assert rule.by_temperature
    assert ends.high == (cold_limit if cold else warm_limit) * 10**WATER_DECIMALS
