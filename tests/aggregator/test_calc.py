"""The pocket calculator: exact, as published, with clear refusals."""

from __future__ import annotations

import pytest

from aggregator.calc import Calculator
from qualicity.errors import InputError
from qualicity.standards.load import index

DAY = ["so2", "no2", "pm10", "pm25", "co", "o3_8h"]
CLEAN = dict(zip(DAY, ("5", "5", "5", "5", "0.2", "5"), strict=True))


def _day(standard="HJ633-2012", **values):
    return Calculator(index(standard), "day", DAY)({**CLEAN, **values})


@pytest.mark.parametrize(("text", "iaqi"), [
    ("35", 50), ("35.4", 50), ("35.5", 52), ("36", 52), ("74.5", 99), ("75.5", 102), ("75.46", 100), ("500.4", 500),
    ("501", 500), ("1e2", 132), ("0", 0), ("0.4", 0),
])  # fmt: skip
def test_inputs_are_rounded_half_even_as_decimals(text, iaqi):
    """74.5 is 74, 75.5 is 76, 35.5 is 36."""
    assert _day(pm25=text).iaqi["pm25"] == iaqi


def test_the_greatest_counts_and_ties_are_all_primary():
    """In the order of the law's table."""
    result = _day(pm25="75", pm10="150", co="4")

    assert (result.aqi, result.primary, result.level) == (100, ("pm10", "pm25", "co"), 2)


@pytest.mark.parametrize(("standard", "pm25", "aqi"), [
    ("HJ633-2012", "75", None), ("HJ633-2012", "76", 102), ("HJ633-2026", "60", None), ("HJ633-2026", "61", 101),
])  # fmt: skip
def test_a_day_with_items_missing_is_published_only_above_100(standard, pm25, aqi):
    """HJ 633-2026 5.3.1, applied to days of both (docs/decisions/0002-law-in-force.md)."""
    assert _day(standard, so2="", pm25=pm25).aqi == aqi


def test_an_hour_of_2012_with_items_missing_is_published_like_the_feed():
    """The real-time feed published what it had."""
    hour = Calculator(index("HJ633-2012"), "hour", ["pm25", "so2"])
    assert hour({"pm25": "40", "so2": ""}).aqi == 57
    assert hour({"pm25": "", "so2": " "}).aqi is None


def test_columns_that_the_file_lacks_are_not_missing():
    """Only what is there can be blank."""
    assert Calculator(index("HJ633-2026"), "day", ["pm25", "other"])({"pm25": "35"}).aqi == 50


def test_sulphur_dioxide_of_an_hour_beyond_800():
    """2012 note 2: no 1 h sub-index; 2026 note b: 200."""
    assert Calculator(index("HJ633-2012"), "hour", ["so2"])({"so2": "801"}).iaqi["so2"] is None
    assert Calculator(index("HJ633-2026"), "hour", ["so2"])({"so2": "801"}).iaqi["so2"] == 200


@pytest.mark.parametrize(("text", "cause"), [
    ("-1", "negative"), ("x", "not a number"), ("nan", "not a number"), ("inf", "not a number"),
    ("1,5", "not a number"), ("1_0", "not a number"),
])  # fmt: skip
def test_what_is_no_concentration_is_refused(text, cause):
    """With the column's name."""
    with pytest.raises(InputError, match=rf"pm25 is .*{cause}"):
        _day(pm25=text)


def test_a_file_without_concentrations_is_refused():
    """It says which columns it could have."""
    with pytest.raises(InputError, match="no column"):
        Calculator(index("HJ633-2012"), "day", ["o3"])
