"""Laws to compare with: at, below and above every limit, node, interim target and minimum of data in their files."""

from __future__ import annotations

import tomllib
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from importlib.resources import files
from types import SimpleNamespace

import numpy as np
import pytest

from aggregator.air import judge_days
from aggregator.comparison.forms import ItemYear
from aggregator.comparison.objectives import judge_objectives
from aggregator.grid import encode
from aggregator.index import INVALID, sub_index
from qualicity.standards.load import air_law, index

FOLDER = files("qualicity") / "standards" / "air"
FILES = ("gb3095_1996", "who_2021", "eu_2008_50", "eu_2024_2881", "us_naaqs")
ROUNDINGS = {"half-even": ROUND_HALF_EVEN, "half-up": ROUND_HALF_UP, "truncate": ROUND_DOWN}
PERIODS = {"mean": "24h", "max-running-8h": "8h-max", "max": "1h"}
CLEAN = 0


def _read(name):
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))


TABLES = {name: (_read(name), _read(f"{name}_assessment")) for name in FILES}
ITEMS = {
    f"{table['id']} {parameter}:{PERIODS[day['statistic']].removesuffix('-max')}": SimpleNamespace(
        table=table, assessment=assessment, day=day, parameter=parameter, period=PERIODS[day["statistic"]]
    )
    for table, assessment in TABLES.values()
    for day in assessment["day"]
    for parameter in day["parameters"]
}
"""Every item of every law, with the rows of the files that it comes from."""

LIMITS = {
    f"{name} {grade}": (name, row, grade)
    for name, item in ITEMS.items()
    for row in item.table["limit"]
    for grade in ("I", "II")
    if (row["parameter"], row["period"]) == (item.parameter, item.period)
}


def _day(law, at, hours):
    """Judge a day of which one item has such hours (in its last digit; None = missing), and all others are clean."""
    own = np.array([[[[np.nan if hour is None else hour for hour in hours]]]], float) / 10 ** law.digits[at]
    value = np.full((1, len(law.items), 1, 24), float(CLEAN))
    longer = {
        i: encode(np.full((1, 1, 1, rule.hours), float(CLEAN)), (law.digits[i],)).code[:, 0]
        for i, rule in enumerate(law.day_rule)
        if rule.hours > 24
    }
    if at in longer:
        longer[at] = encode(own, (law.digits[at],)).code[:, 0]
    else:
        value[:, at] = own[:, 0]
    return judge_days(encode(value, law.digits), law, longer=longer)[0]


def _at(law, name):
    return law.items.index(name.split()[1])


@pytest.mark.parametrize(("name", "row", "grade"), LIMITS.values(), ids=LIMITS)
def test_every_limit_of_a_day(name, row, grade):
    """A value within the limit when rounded as its row says complies; around the limit and around where it turns."""
    item = ITEMS[name]
    law = air_law(item.table["id"], grade)
    at = _at(law, name)
    step, limit = Decimal(1).scaleb(-law.digits[at]), Decimal(row[grade])
    rule = ROUNDINGS[row.get("rounding", item.assessment["rounding"]["rule"])]
    turn = limit + Decimal(5).scaleb(-row["digits"] - 1)
    values = {centre + n * step for centre in (limit, turn) for n in (-1, 0, 1)}
    for value in {value.quantize(step) for value in values}:
        complies = int(value.quantize(Decimal(1).scaleb(-row["digits"]), rule) <= limit)
        units = int(value.scaleb(law.digits[at]))
        found = _day(law, at, [units] * law.day_rule[at].hours)
        assert (int(found.value[0, at, 0]), int(found.verdict[0, 0])) == (units, complies), value
        assert (units <= law.day_top[at]) == complies


@pytest.mark.parametrize("name", ITEMS)
def test_every_minimum_of_hours(name):
    """One hour less than the file asks for is no value, unless it is beyond a limit and that counts."""
    item = ITEMS[name]
    law = air_law(item.table["id"])
    at = _at(law, name)
    least = next(
        row["at_least"]
        for row in item.table["validity"]
        if row["of"] == "1h" and row["period"] == item.period and item.parameter in row["parameters"]
    )
    hours = law.day_rule[at].hours
    beyond = law.day_top[at] + 1 if item.day.get("exceeding_counts") else CLEAN + 1
    for low, counted in ((CLEAN + 1, False), (beyond, beyond > CLEAN + 1)):
        if item.period == "8h-max":
            few, enough = _windows(item.day, least)
        else:
            few, enough = least - 1, least
        for valid, there in ((few, counted), (enough, True), (hours, True)):
            found = int(_day(law, at, [low] * valid + [None] * (hours - valid)).value[0, at, 0])
            assert found == (low if there else INVALID), (valid, low)


def _windows(day, least):
    """Return the hours from the beginning that are just too few for the windows that are needed, and just enough."""
    ends = range(day["first_end"], day["last_end"] + 1)
    windows = [
        sum(min(8, max(0, valid - (end - 8))) >= least for end in ends) for valid in range(day.get("hours", 24) + 1)
    ]
    enough = next(valid for valid, count in enumerate(windows) if count >= day["windows_at_least"])
    return enough - 1, enough


def _columns(name):
    table = _read(name)
    return [(table, column) for column in table["column"]]


def _index(table, row, units):
    found = index(table["id"])
    column = next(one for one in found.extra if one.name == f"{row['parameter']}:{row['period']}")
    return sub_index(found, column, units)


@pytest.mark.parametrize(("table", "row"), _columns("us_aqi_2024"), ids=lambda one: one.get("parameter", ""))
def test_every_band(table, row):
    """At its low end its least index, at its high end its greatest, below it the greatest of the band before."""
    first, digits = row.get("first", 0), row["digits"]
    for band, (low, high) in enumerate(zip(row["low"], row["nodes"], strict=True)):
        begin, end = (int(Decimal(text).scaleb(digits)) for text in (low, high))
        least, greatest = table["level_low"][first + band], table["levels"][first + band]
        assert _index(table, row, begin) == least
        assert _index(table, row, end) == greatest
        below = table["levels"][first + band - 1] if band else -1 if first else 0
        assert _index(table, row, begin - 1) == below
        rise = Decimal(greatest - least) / (end - begin)
        assert _index(table, row, begin + 1) == least + int(rise.quantize(Decimal(1), ROUND_HALF_UP))
    beyond = 500 + int(rise.quantize(Decimal(1), ROUND_HALF_UP)) if row["above"] == "extend" else row.get("cap")
    assert _index(table, row, end + 1) == beyond


@pytest.mark.parametrize(("table", "row"), _columns("api"), ids=lambda one: one.get("parameter", ""))
def test_every_node_of_the_api(table, row):
    """At it the index, above it one more, below it at most that; 500 beyond the last."""
    nodes = [int(Decimal(text).scaleb(row["digits"])) for text in row["nodes"]]
    for node, level in zip(nodes, table["levels"], strict=True):
        below, at, above = (_index(table, row, node + n) for n in (-1, 0, 1))
        assert at == level
        assert below <= level < above or level in {0, 500}
        assert above == 500 if level == 500 else above > level
    assert _index(table, row, 0) == 0


def _interims():
    return {
        f"{row['parameter']} {row['period']} {name}": (row, name)
        for row in TABLES["who_2021"][0]["limit"]
        for name in row.get("interim", {})
    }


@pytest.mark.parametrize(("row", "name"), _interims().values(), ids=_interims())
def test_every_interim_target(row, name):
    """A year at it meets it, and one last digit above only the laxer one before; at the guideline none is told."""
    law = air_law("WHO-2021")
    place, objective = next(
        (n, one)
        for n, one in enumerate(law.objectives)
        if (law.parameters[one.item], one.period) == (row["parameter"], row["period"])
    )
    names = [*row["interim"]]
    laxer = names[names.index(name) - 1] if name != names[0] else None
    at = int(Decimal(row["interim"][name]).scaleb(law.digits[objective.item]))
    guideline = int(Decimal(row["II"]).scaleb(law.digits[objective.item]))
    for units, told in ((at, name), (at + 1, laxer), (guideline, None), (guideline + 1, names[-1])):
        outcome = judge_objectives(law, [_constant(law, objective.item, units)])[place]
        assert outcome.interim == told, units
        assert outcome.verdict == ("COMPLIES" if units <= guideline else "EXCEEDS")


def _constant(law, item, units):
    """Return a year all days of which have the same value of one item."""
    shape = (len(law.items), 365)
    value = np.full(shape, INVALID, np.int16)
    value[item] = units
    nothing = np.zeros(shape, np.int64)
    decimals, hours = (0,) * len(law.items), (24,) * len(law.items)
    return ItemYear(2023, value, nothing.astype(np.uint8), nothing, nothing, decimals, hours)
