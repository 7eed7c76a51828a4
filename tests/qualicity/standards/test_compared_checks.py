"""Spoilt tables of laws to compare with are refused, at their place."""

from __future__ import annotations

import msgspec
import pytest

from qualicity.standards.check import check
from qualicity.standards.load import standard, standards
from qualicity.standards.schema import AssessmentTable, IndexTable, LimitTable

OF_AIR = {
    name: table for name, table in standards().items() if isinstance(table, LimitTable | IndexTable | AssessmentTable)
}


def _spoilt(name, **changes):
    return {**OF_AIR, name: msgspec.structs.replace(standard(name), **changes)}


def _with_row(name, field, which, **changes):
    """Return all tables, with the first row changed of those that have these values."""
    rows = list(getattr(standard(name), field))
    at = next(n for n, row in enumerate(rows) if all(getattr(row, key) == value for key, value in which.items()))
    rows[at] = msgspec.structs.replace(rows[at], **changes)
    return _spoilt(name, **{field: tuple(rows)})


def _found(tables):
    return [f"{one.standard} {one.where}: {one.what}" for one in check(tables)]


def test_nothing_is_wrong_with_them():
    """As they stand."""
    assert check() == []


@pytest.mark.parametrize(("name", "parameter", "period", "form", "found"), [
    ("WHO-2021", "pm25", "24h", {"percent": None}, "a percentile needs percent"),
    ("WHO-2021", "pm25", "24h", {"percent": 100}, "percent is 100"),
    ("WHO-2021", "pm25", "24h", {"percent": 0}, "percent is 0"),
    ("WHO-2021", "pm25", "24h", {"nth": 4}, "nth is for a highest"),
    ("US-NAAQS", "o3", "8h-max", {"nth": None}, "a highest needs nth"),
    ("US-NAAQS", "o3", "8h-max", {"nth": 0}, "nth is 0"),
    ("US-NAAQS", "o3", "8h-max", {"percent": 98}, "percent is for a percentile"),
    ("EU-2008-50", "pm10", "24h", {"allowed": "35 days"}, "allowed '35 days' is no number"),
    ("EU-2008-50", "pm10", "24h", {"allowed": "-1"}, "allowed '-1' is no number"),
    ("EU-2008-50", "pm10", "24h", {"allowed": "NaN"}, "allowed 'NaN' is no number"),
    ("EU-2008-50", "pm10", "24h", {"of": "hours"}, "exceedances of 24h are of days, not of hours"),
    ("EU-2008-50", "no2", "1h", {"of": "days"}, "exceedances of 1h are of hours, not of days"),
    ("EU-2008-50", "pm10", "annual", {"allowed": "3"}, "allowed and expected are for exceedances"),
    ("EU-2008-50", "pm10", "annual", {"expected": True}, "allowed and expected are for exceedances"),
    ("EU-2008-50", "pm10", "annual", {"capture": "90"}, "capture '90' is no share"),
    ("EU-2008-50", "pm10", "annual", {"capture": "0"}, "capture '0' is no share"),
    ("EU-2008-50", "pm10", "annual", {"capture": "most"}, "capture 'most' is no share"),
    ("EU-2008-50", "pm10", "annual", {"kind": "exceedances"}, "exceedances is no form of annual"),
    ("EU-2008-50", "pm10", "24h", {"kind": "mean"}, "mean is no form of 24h"),
    ("WHO-2021", "o3", "8h-max", {"kind": "peak-season", "percent": None}, "peak-season is no form of 8h-max"),
    ("WHO-2021", "o3", "peak-season", {"kind": "mean"}, "mean is no form of peak-season"),
    ("GB3095-1996", "so2", "annual", {"by_quarter": True}, "by_quarter needs a capture"),
    ("EU-2008-50", "o3", "8h-max", {"years": 0, "years_at_least": None}, "years are 0"),
    ("EU-2008-50", "o3", "8h-max", {"years_at_least": 4}, "years are 3, at least 4"),
    ("EU-2008-50", "o3", "8h-max", {"years_at_least": 0}, "years are 3, at least 0"),
])  # fmt: skip
def test_forms_that_say_too_little_or_too_much(name, parameter, period, form, found):
    """What a kind of form needs, and what is not for it."""
    which = {"parameter": parameter, "period": period}
    row = next(r for r in standard(name).limit if (r.parameter, r.period) == (parameter, period))
    spoilt = _with_row(name, "limit", which, form=msgspec.structs.replace(row.form, **form))

    assert any(f"{parameter} {period}: {found}" in one for one in _found(spoilt))


@pytest.mark.parametrize(("name", "parameter", "period", "change", "found"), [
    ("WHO-2021", "pm25", "24h", {"interim": {"IT-1": "75", "IT-2": "80"}}, "interim targets do not fall"),
    ("WHO-2021", "pm25", "24h", {"interim": {"IT-1": "75", "IT-2": "15"}}, "interim targets do not fall"),
    ("WHO-2021", "pm25", "24h", {"interim": {"IT-1": "75", "IT-2": "10"}}, "interim targets do not fall"),
    ("WHO-2021", "pm25", "24h", {"interim": {"IT-1": "37.55"}}, "has more than 1 decimals"),
    ("WHO-2021", "pm25", "24h", {"interim": {"IT-1": "much"}}, "an interim target is not a decimal"),
    ("WHO-2021", "pm25", "24h", {"unit": "ppb"}, "pm25 has no ppb"),
    ("WHO-2021", "o3", "8h-max", {"unit": "L"}, "'L' is not a unit of o3"),
    ("WHO-2021", "o3", "8h-max", {"parameter": "o4"}, "unknown parameter"),
    ("WHO-2021", "o3", "8h-max", {"I": "120"}, "grade I is laxer"),
    ("US-NAAQS", "pm10", "24h", {"II": "155"}, "has more than -1 decimals"),
    ("US-NAAQS", "o3", "8h-max", {"digits": 1}, "has more than 1 decimals"),
    ("US-NAAQS", "pm25", "24h", {"digits": 2}, "has 1 decimals, but its limit 2"),
    ("US-NAAQS", "no2", "annual", {"period": "1h"}, "stands twice"),
    ("WHO-2021", "so2", "10min", {"basic": True}, "is judged neither by a day nor by a form"),
    ("US-NAAQS", "no2", "1h", {"unit": "ppm"}, "no2:1h: has another unit or other decimals"),
])  # fmt: skip
def test_rows_of_limits_that_cannot_be_right(name, parameter, period, change, found):
    """Interim targets, units, digits, and what nothing judges."""
    spoilt = _with_row(name, "limit", {"parameter": parameter, "period": period}, **change)

    assert any(found in one for one in _found(spoilt))


def test_units_that_can_be_converted_are_right():
    """Of gases any mass per volume and mixing ratios; a limit of its own day only."""
    spoilt = _with_row("WHO-2021", "limit", {"parameter": "o3", "period": "8h-max"}, unit="ppb")
    assert _found(spoilt) == []


def test_a_law_in_force_has_no_forms():
    """Its assessment says how a year is held against it, in the canonical units."""
    form = standard("GB3095-1996").limit[0].form
    spoilt = _with_row("GB3095-2026", "limit", {"parameter": "so2", "period": "annual"}, form=form)
    assert any("has a form" in one for one in _found(spoilt))
    spoilt = _with_row("GB3095-2026", "limit", {"parameter": "o3", "period": "8h-max"}, unit="ppb")
    assert any("'ppb' is not a unit" in one for one in _found(spoilt))


@pytest.mark.parametrize(("name", "at", "change", "found"), [
    ("EU-2008-50", ("o3",), {"hours": 24}, "24 hours do not hold windows that end at 8 to 31"),
    ("EU-2008-50", ("o3",), {"first_end": 7}, "do not hold windows that end at 7 to 31"),
    ("EU-2008-50", ("o3",), {"last_end": 32}, "do not hold windows that end at 8 to 32"),
    ("EU-2008-50", ("o3",), {"last_end": 7}, "do not hold windows that end at 8 to 7"),
    ("EU-2008-50", ("o3",), {"windows_at_least": 25}, "needs 25 of 24 windows"),
    ("EU-2008-50", ("o3",), {"windows_at_least": 0}, "needs 0 of 24 windows"),
    ("EU-2008-50", ("o3",), {"begin": -25}, "begins -25 hours from midnight"),
    ("EU-2008-50", ("o3",), {"parameters": ("o3", "pm25")}, "has 0 rules of validity"),
    ("EU-2008-50", ("pm25",), {"parameters": ("pm25", "pm10")}, "pm10 24h stands twice"),
    ("EU-2008-50", ("pm25",), {"parameters": ("pm25", "tsp")}, "tsp is none of the six"),
    ("EU-2008-50", ("pm25",), {"digits": None}, "has neither digits nor a limit"),
    ("EU-2008-50", ("pm25",), {"exceeding_counts": True}, "has no limit that could be exceeded"),
    ("EU-2008-50", ("so2", "pm10"), {"hours": 23}, "a mean of 23 hours"),
    ("EU-2008-50", ("so2", "pm10"), {"unit": "mg/m3"}, "is in mg/m3, but its limit in ug/m3"),
    ("US-NAAQS", ("pm10",), {"digits": -2}, "has -2 decimals, but its limit -1"),
    ("US-NAAQS", ("pm25",), {"digits": 2}, "pm25:24h: has another unit or other decimals"),
])  # fmt: skip
def test_days_that_cannot_be_right(name, at, change, found):
    """Their data, hours and windows, units and digits."""
    spoilt = _with_row(f"{name}-ASSESSMENT", "day", {"parameters": at}, **change)

    assert any(found in one for one in _found(spoilt))


@pytest.mark.parametrize(("change", "found"), [
    ({"at_least": 25}, "needs 25 of 24 hours"), ({"at_least": 0}, "needs 0 of 24 hours"),
    ({"parameters": ("so2", "no2", "pm10", "pm25")}, "co 24h: has 0 rules of validity"),
    ({"period": "8h-max"}, "o3 8h-max: has 2 rules of validity"),
])  # fmt: skip
def test_an_item_without_a_rule_of_validity(change, found):
    """Or with two, or with one that no day can keep."""
    which = {"parameters": ("so2", "no2", "pm10", "pm25", "co"), "period": "24h"}
    change = {"parameters": ("so2", "no2", "pm10", "pm25", "co", "o3")} | change if "period" in change else change
    assert any(found in one for one in _found(_with_row("WHO-2021", "validity", which, **change)))


@pytest.mark.parametrize(("change", "found"), [
    ({"low": ("0.0", "9.0", "35.5", "55.5", "125.5", "225.5")}, "bands overlap: 9.0, then 9.0"),
    ({"low": ("0.0", "9.2", "35.5", "55.5", "125.5", "225.5")}, "bands leave a gap: 9.0, then 9.2"),
    ({"low": ("0.0", "10", "35.5", "55.5", "125.5", "225.5")}, "bands leave a gap: 9.0, then 10"),
    ({"low": ("0.0", "9.1", "35.5", "55.5", "125.5")}, "low are 5, but nodes 6"),
    ({"low": ()}, "has no low, but the index has gaps"),
    ({"nodes": ("9.0", "35.4", "55.4", "125.4", "225.4")}, "low are 6, but nodes 5"),
    ({"nodes": ("9.0", "35.4", "35.4", "125.4", "225.4", "325.4")}, "nodes do not rise"),
    ({"nodes": ("9.0", "35.4", "55.4", "125.4", "225.4", "225.5")}, "the band from 225.5 ends at 225.5"),
    ({"first": 1}, "more nodes than levels"), ({"unit": "ppb"}, "pm25 has no ppb"),
    ({"above": "column", "column": "pm25:1h"}, "refers to pm25:1h, which is no column"),
    ({"above": "cap", "cap": None}, "says cap, and no number"),
])  # fmt: skip
def test_bands_that_cannot_be_right(change, found):
    """They overlap, leave a gap, or are too few."""
    assert any(found in one for one in _found(_with_row("US-AQI-2024", "column", {"parameter": "pm25"}, **change)))


@pytest.mark.parametrize(("change", "found"), [
    ({"level_low": (0, 51, 101, 151, 201)}, "are 5, but levels 6"),
    ({"level_low": (0, 50, 101, 151, 201, 301)}, "bands overlap: 50, then 50"),
    ({"level_low": (0, 52, 101, 151, 201, 301)}, "bands leave a gap: 50, then 52"),
    ({"level_low": ()}, "has low, but the index has no level_low"),
    ({"day_items": ("so2:1h", "pm25:1h")}, "pm25:1h is no column"),
    ({"levels": (50, 100, 100, 200, 300, 500)}, "do not rise"),
])  # fmt: skip
def test_levels_that_cannot_be_right(change, found):
    """Or items that have no column."""
    assert any(found in one for one in _found(_spoilt("US-AQI-2024", **change)))


def test_an_index_needs_days_of_its_columns():
    """Of those it looks at, also by way of another column."""
    table = standard("US-NAAQS-ASSESSMENT")
    days = tuple(row for row in table.day if (row.parameters, row.period) != (("so2",), "24h"))
    assert any("so2:24h: is no item of the day" in one for one in _found(_spoilt(table.id, day=days)))


def test_years_are_said_once():
    """By the forms, not by the assessment, too."""
    spoilt = _spoilt("WHO-2021-ASSESSMENT", year=standard("HJ663-2013").year)
    assert any("is said by the forms" in one for one in _found(spoilt))
