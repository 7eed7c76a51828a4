"""The law tables: strict, dated, cited, in agreement with each other; dispatched by date; compared as a gazette."""

from __future__ import annotations

import datetime as dt
import tomllib
from decimal import Decimal
from importlib.resources import files

import msgspec
import pytest

from qualicity.errors import UsageError
from qualicity.standards.check import check
from qualicity.standards.diff import diff
from qualicity.standards.dispatch import dispatch_air
from qualicity.standards.load import TABLE_ORDER, air_law, index_id, limit_tables, parse, standard, standards
from qualicity.standards.schema import LimitTable

FOLDER = files("qualicity") / "standards" / "air"

_OF_2012 = {"so2": (50, 150), "no2": (80, 80), "pm10": (50, 150), "pm25": (35, 75), "co": (4, 4), "o3": (100, 160)}
DAY = {  # GB 3095 table 1, 24 h (ozone: 8 h): grade I, grade II
    "GB3095-2012": _OF_2012,
    "GB3095-2026": {**_OF_2012, "pm10": (50, 120), "pm25": (35, 60)},
    "GB3095-2026-2031": {**_OF_2012, "so2": (50, 50), "no2": (50, 50), "pm10": (50, 100), "pm25": (25, 50)},
}
_TABLES = ("limit", "validity", "column", "day", "year")
YEAR = {
    "GB3095-2012": {"so2": (20, 60), "no2": (40, 40), "pm10": (40, 70), "pm25": (15, 35)},
    "GB3095-2026": {"so2": (20, 60), "no2": (40, 40), "pm10": (40, 60), "pm25": (15, 30)},
    "GB3095-2026-2031": {"so2": (20, 20), "no2": (30, 30), "pm10": (20, 50), "pm25": (10, 25)},
}


@pytest.mark.parametrize("name", DAY)
@pytest.mark.parametrize(("grade", "at"), [("I", 0), ("II", 1)])
def test_limits_are_those_of_the_text(name, grade, at):
    """Day and year limits of the six items."""
    law = air_law(name, grade)
    assert law.parameters == TABLE_ORDER
    assert dict(zip(TABLE_ORDER, law.day_limit, strict=True)) == {item: pair[at] for item, pair in DAY[name].items()}
    years = {item: limit for item, limit in zip(TABLE_ORDER, law.year_limit, strict=True) if limit is not None}
    assert years == {item: pair[at] for item, pair in YEAR[name].items()}


def test_the_amendment_changes_the_reference_state_and_no_limit():
    """GB 3095-2012 with its amendment of 2018: gases at 298.15 K."""
    before, after = standard("GB3095-2012"), standard("GB3095-2012-XG1")
    assert before.limit == after.limit
    assert (before.reference_state["gas"].temperature, after.reference_state["gas"].temperature) == (
        "273 K",
        "298.15 K",
    )
    assert after.reference_state["particle"].temperature == "ambient"
    assert air_law("GB3095-2012").table_hash != air_law("GB3095-2012-XG1").table_hash


@pytest.mark.parametrize(("name", "item", "period", "one", "two"), [
    ("GB3095-2012", "tsp", "24h", "120", "300"), ("GB3095-2026", "nox", "annual", "50", "50"),
    ("GB3095-2026-2031", "nox", "annual", "40", "40"), ("GB3095-2026-2031", "nox", "24h", "70", "70"),
    ("GB3095-2026-2031", "nox", "1h", "250", "250"), ("GB3095-2026", "bap", "24h", "0.0025", "0.0025"),
    ("GB3095-2012", "pb", "season", "1", "1"), ("GB3095-2012", "o3", "1h", "160", "200"),
    ("GB3095-2026-2031", "so2", "1h", "150", "150"), ("GB3095-2026", "co", "1h", "10", "10"),
])  # fmt: skip
def test_other_items_and_periods(name, item, period, one, two):
    """Table 2, and the hours of table 1."""
    row = next(row for row in standard(name).limit if (row.parameter, row.period) == (item, period))
    assert (one, two) == (row.I, row.II)


def test_every_row_says_how_certain_it_is():
    """And what rests on a recalled row says so."""
    rows = [
        row for table in standards().values() for f in _TABLES for row in getattr(table, f, ()) if f != "day" or row
    ]
    assert all(row.certainty in {"read", "cross-checked", "recalled"} for row in rows if not isinstance(row, str))
    assert air_law("GB3095-2026").certainty == "recalled"
    assert {row.certainty for row in standard("GB3095-2026").limit} == {"read"}


def test_the_tables_agree_with_themselves_and_each_other():
    """`standards check` finds nothing."""
    assert check() == []


@pytest.mark.parametrize(("change", "found"), [
    ({"parameter": "pm99"}, "unknown parameter"), ({"unit": "mg/m3"}, "not in the canonical unit"),
    ({"II": "75.5"}, "more than 0 decimals"), ({"I": "500"}, "laxer"), ({"II": "70"}, "HJ633-2026 has 60"),
])  # fmt: skip
def test_check_finds_what_cannot_be_right(change, found):
    """In a table that was spoilt."""
    table = standard("GB3095-2026")
    at = next(n for n, row in enumerate(table.limit) if (row.parameter, row.period) == ("pm25", "24h"))
    rows = list(table.limit)
    rows[at] = msgspec.structs.replace(rows[at], **change)
    spoilt = {**standards(), table.id: msgspec.structs.replace(table, limit=tuple(rows))}

    assert any(found in finding.what for finding in check(spoilt))


@pytest.mark.parametrize(("old", "new", "message"), [
    ('operator = "<="', 'operator = "=<"', "Invalid enum value '=<'"),
    ("digits = 0", "digit = 0", "unknown field `digit`"),
    ('certainty = "cross-checked"', 'certainty = "sure"', "Invalid enum value 'sure'"),
    ('id = "GB3095-2012"', "id = 5", "Expected `str`"),
    ('parameter = "so2", ', "", "missing required field `parameter`"),
    ('day = "natural"', 'day = "dawn"', "Invalid enum value 'dawn'"),
])  # fmt: skip
def test_a_broken_table_names_the_place(old, new, message):
    """Unknown keys, words and types fail the start."""
    text = (FOLDER / "gb3095_2012.toml").read_text("utf-8")
    assert old in text

    with pytest.raises(msgspec.ValidationError, match=message):
        parse(tomllib.loads(text.replace(old, new, 1)))


def test_a_row_without_a_clause_is_allowed():
    """Where the place in the text is not known, it is null, not invented."""
    assert standard("HJ663-2013").day[0].clause is None


@pytest.mark.parametrize(("day", "expected"), [
    ("2011-12-31", None), ("2012-01-01", "GB3095-2012"), ("2015-12-31", "GB3095-2012"), ("2016-01-01", "GB3095-2012"),
    ("2018-08-31", "GB3095-2012"), ("2018-09-01", "GB3095-2012-XG1"), ("2026-02-28", "GB3095-2012-XG1"),
    ("2026-03-01", "GB3095-2026"), ("2030-12-31", "GB3095-2026"), ("2031-01-01", "GB3095-2026-2031"),
    ("2099-01-01", "GB3095-2026-2031"),
])  # fmt: skip
def test_the_law_in_force_by_date(day, expected):
    """On both sides of every change."""
    assert dispatch_air(dt.date.fromisoformat(day), {}) == expected


@pytest.mark.parametrize(("day", "expected"), [
    ("2012-12-31", None), ("2013-01-01", "GB3095-2012"), ("2018-09-01", "GB3095-2012-XG1"),
])  # fmt: skip
def test_a_declared_adoption_counts_from_its_day(day, expected):
    """Phased adoption: a city that says when it adopted is held to it."""
    adoption = {"GB3095-2012": dt.date(2013, 1, 1)}
    assert dispatch_air(dt.date.fromisoformat(day), adoption) == expected


def test_the_gazette_of_2026():
    """What the new law changes for days and years of grade II, and nothing else of table 1 for now."""
    changes = {
        (c.row, c.field): (c.old, c.new)
        for c in diff(standard("GB3095-2012"), standard("GB3095-2026"))
        if c.table == "limit"
    }

    assert changes == {
        ("pm10 annual", "II"): ("70", "60"),
        ("pm10 24h", "II"): ("150", "120"),
        ("pm25 annual", "II"): ("35", "30"),
        ("pm25 24h", "II"): ("75", "60"),
    }
    assert diff(standard("GB3095-2026"), standard("GB3095-2026")) == []
    with pytest.raises(UsageError, match="different kinds"):
        diff(standard("GB3095-2026"), standard("HJ633-2026"))


def test_ids_lead_to_indexes():
    """An index by its own id or by that of limits; nothing else."""
    assert index_id("HJ633-2012") == index_id("GB3095-2012-XG1") == "HJ633-2012"
    assert limit_tables() == ["GB3095-2012", "GB3095-2012-XG1", "GB3095-2026", "GB3095-2026-2031"]
    for wrong in ("HJ663-2013", "GB1"):
        with pytest.raises(UsageError):
            index_id(wrong)
    with pytest.raises(UsageError, match="has no limits"):
        air_law("HJ633-2012")


def test_minutes_of_an_hour():
    """45 minutes for gases; the law has no rule for particles."""
    assert dict(zip(TABLE_ORDER, air_law("GB3095-2012").min_minutes, strict=True)) == {
        "so2": 45, "no2": 45, "pm10": None, "pm25": None, "co": 45, "o3": 45,
    }  # fmt: skip


def test_limit_values_are_exact_decimals():
    """Never floats."""
    assert all(isinstance(limit, Decimal) for limit in air_law("GB3095-2012").day_limit)
    assert isinstance(standard("GB3095-2012"), LimitTable)
