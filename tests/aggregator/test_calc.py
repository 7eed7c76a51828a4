"""The pocket calculator: exact, as published, with clear refusals."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import pytest

from aggregator.calc import Calculator, input_columns
from qualicity.errors import InputError, UsageError
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


# EPA-454/B-24-002 (May 2024) table 6: column, unit of the last digit, (concentrations, index) of each band; the last
# band is that of the anchor at 500, on whose line the index goes on.
US = {
    "o3_8h": ("0.001", [
        ("0", "0.054", 0, 50), ("0.055", "0.070", 51, 100), ("0.071", "0.085", 101, 150), ("0.086", "0.105", 151, 200),
        ("0.106", "0.200", 201, 300),
    ]),
    "o3": ("0.001", [
        ("0.125", "0.164", 101, 150), ("0.165", "0.204", 151, 200), ("0.205", "0.404", 201, 300),
        ("0.405", "0.604", 301, 500),
    ]),
    "pm25": ("0.1", [
        ("0", "9.0", 0, 50), ("9.1", "35.4", 51, 100), ("35.5", "55.4", 101, 150), ("55.5", "125.4", 151, 200),
        ("125.5", "225.4", 201, 300), ("225.5", "325.4", 301, 500),
    ]),
    "pm10": ("1", [
        ("0", "54", 0, 50), ("55", "154", 51, 100), ("155", "254", 101, 150), ("255", "354", 151, 200),
        ("355", "424", 201, 300), ("425", "604", 301, 500),
    ]),
    "co": ("0.1", [
        ("0", "4.4", 0, 50), ("4.5", "9.4", 51, 100), ("9.5", "12.4", 101, 150), ("12.5", "15.4", 151, 200),
        ("15.5", "30.4", 201, 300), ("30.5", "50.4", 301, 500),
    ]),
    "so2": ("1", [("0", "35", 0, 50), ("36", "75", 51, 100), ("76", "185", 101, 150), ("186", "304", 151, 200)]),
    "so2_24h": ("1", [("305", "604", 201, 300), ("605", "1004", 301, 500)]),
    "no2": ("1", [
        ("0", "53", 0, 50), ("54", "100", 51, 100), ("101", "360", 101, 150), ("361", "649", 151, 200),
        ("650", "1249", 201, 300), ("1250", "2049", 301, 500),
    ]),
}  # fmt: skip

# GB 3095-1996's index: nodes of table 1, in mg/m3.
API = {
    "so2": ("0", "0.050", "0.150", "0.800", "1.600", "2.100", "2.620"),
    "no2": ("0", "0.080", "0.120", "0.280", "0.565", "0.750", "0.940"),
    "pm10": ("0", "0.050", "0.150", "0.350", "0.420", "0.500", "0.600"),
}
API_LEVELS = (0, 50, 100, 200, 300, 400, 500)


def _line(value, low, high, below, top):
    """Return the index on a line, exactly."""
    share = (Fraction(value) - Fraction(low)) / (Fraction(high) - Fraction(low))
    return below + (top - below) * share


def _us(column, text):
    return Calculator(index("US-AQI-2024"), "day", [column])({column: text})


def _bands():
    for column, (unit, bands) in US.items():
        for at, band in enumerate(bands):
            yield pytest.param(column, Decimal(unit), band, bands[at - 1] if at else None, id=f"{column}-{band[3]}")


@pytest.mark.parametrize(("column", "unit", "band", "before"), [*_bands()])
def test_every_band_of_the_us_index(column, unit, band, before):
    """At its ends, a last digit and less beyond them, and on its line: truncated, then to the nearest, halves up."""
    low, high, below, top = band
    least, most = Decimal(low), Decimal(high)

    def iaqi(value):
        return _us(column, str(value)).iaqi[column]

    assert iaqi(least) == below
    assert iaqi(most) == top
    assert iaqi(most + unit * Decimal("0.999")) == top
    if before is not None:
        assert iaqi(least - unit) == before[3]
        assert iaqi(least - unit / 1000) == before[3]
    elif least:
        assert iaqi(least - unit) is None
    middle = (least + (most - least) * Decimal("0.37")).quantize(unit)
    assert iaqi(middle) == math.floor(_line(middle, low, high, below, top) + Fraction(1, 2))


@pytest.mark.parametrize(("column", "text"), [
    ("pm25", "425.4"), ("pm10", "700"), ("co", "60.9"), ("no2", "3000"), ("o3", "0.700"), ("so2_24h", "1100"),
])  # fmt: skip
def test_the_us_index_goes_on_beyond_500(column, text):
    """On the last band's line."""
    low, high, below, top = US[column][1][-1]
    result = _us(column, text)

    assert result.aqi == math.floor(_line(text, low, high, below, top) + Fraction(1, 2)) > 500
    assert result.level == 6


@pytest.mark.parametrize(("values", "aqi"), [
    ({"so2": "304", "so2_24h": "100"}, 200), ({"so2": "305", "so2_24h": "304"}, 200),
    ({"so2": "305", "so2_24h": ""}, 200), ({"so2": "700", "so2_24h": "304.9"}, 200),
    ({"so2": "305", "so2_24h": "305"}, 201), ({"so2": "900", "so2_24h": "604"}, 300),
    ({"so2": "75", "so2_24h": "70"}, 100),
])  # fmt: skip
def test_sulphur_dioxide_of_the_us(values, aqi):
    """By the hour up to 200, then by the day; 200 in between."""
    result = Calculator(index("US-AQI-2024"), "day", [*values])(values)

    assert (result.aqi, result.primary) == (aqi, ("so2",))


@pytest.mark.parametrize(("eight", "one", "aqi"), [
    ("0.070", "0.124", 100), ("0.070", "0.125", 101), ("0.085", "0.130", 150), ("0.201", "0.300", 248),
    ("0.200", "0.300", 300), ("0.2009", "0.300", 300), ("0.201", "", 300), ("", "0.124", None), ("", "0.604", 500),
])  # fmt: skip
def test_ozone_of_the_us_is_the_greater_of_two(eight, one, aqi):
    """Of an hour only from 0.125 ppm; that of eight hours ends at 0.200 ppm, and beyond the hour's counts."""
    result = Calculator(index("US-AQI-2024"), "day", ["o3_8h", "o3"])({"o3_8h": eight, "o3": one})

    assert result.aqi == aqi
    assert result.primary == (() if aqi is None else ("o3",))


def test_the_us_index_needs_no_item():
    """It is the greatest of what is there; items are named once."""
    assert _us("pm25", "9.0").aqi == 50
    both = Calculator(index("US-AQI-2024"), "day", ["so2", "so2_24h", "pm25"])
    assert both({"so2": "700", "so2_24h": "604", "pm25": "225.4"}).primary == ("so2", "pm25")


def _api(name, value):
    """Return the index of 2000 on the lines of its table, carried up."""
    nodes = [*map(Decimal, API[name])]
    at = max(1, sum(value > node for node in nodes))
    if at == len(nodes):
        return 500
    return math.ceil(_line(value, nodes[at - 1], nodes[at], API_LEVELS[at - 1], API_LEVELS[at]))


@pytest.mark.parametrize(("name", "at"), [(name, at) for name in API for at in range(1, 7)])
def test_every_node_of_the_index_of_2000(name, at):
    """At, below and above; every fraction is carried up, and 500 is its end."""
    node, step = Decimal(API[name][at]), Decimal("0.001")

    def iaqi(value):
        return Calculator(index("API"), "day", [name])({name: str(value)}).iaqi[name]

    assert iaqi(node) == API_LEVELS[at]
    assert iaqi(node - step) == _api(name, node - step) <= API_LEVELS[at]
    assert iaqi(node + step) == _api(name, node + step) >= min(500, API_LEVELS[at] + 1)


@pytest.mark.parametrize(("pm10", "aqi", "level"), [
    ("0.050", 50, 1), ("0.051", 51, 2), ("0.150", 100, 2), ("0.151", 101, 3), ("0.250", 150, 3), ("0.251", 151, 4),
    ("0.350", 200, 4), ("0.351", 202, 5), ("0.385", 250, 5), ("0.386", 252, 6), ("0.420", 300, 6), ("0.421", 302, 7),
])  # fmt: skip
def test_classes_of_the_index_of_2000(pm10, aqi, level):
    """Seven, of which 101 to 200 and 201 to 300 are two each."""
    result = Calculator(index("API"), "day", [*API])({"so2": "0", "no2": "0", "pm10": pm10})

    assert (result.aqi, result.level) == (aqi, level)


@pytest.mark.parametrize(("standard", "kind", "names"), [
    ("HJ633-2012", "day", ["so2", "no2", "pm10", "pm25", "co", "o3_8h"]),
    ("HJ633-2026", "hour", ["so2", "no2", "pm10", "pm25", "co", "o3"]),
    ("API", "day", ["so2", "no2", "pm10"]),
])  # fmt: skip
def test_columns_are_named_by_the_items_of_the_index(standard, kind, names):
    """In the order of its table."""
    assert [*input_columns(index(standard), kind)] == names
    assert set(input_columns(index("US-AQI-2024"), "day")) == set(US)


@pytest.mark.parametrize(("standard", "name", "text", "unit"), [
    ("API", "so2", "80", "mg/m3"), ("API", "no2", "9.41", "mg/m3"), ("API", "pm10", "60", "mg/m3"),
    ("US-AQI-2024", "o3_8h", "54", "ppm"), ("US-AQI-2024", "o3", "120", "ppm"), ("US-AQI-2024", "co", "1200", "ppm"),
])  # fmt: skip
def test_what_cannot_be_in_the_unit_of_the_index_is_refused(standard, name, text, unit):
    """Never converted by a guess."""
    with pytest.raises(InputError, match=rf"^{name} is {text}, which cannot be in {unit}, the unit of {standard}"):
        Calculator(index(standard), "day", [name])({name: text})


def test_what_may_be_in_the_unit_is_not():
    """Ten times the greatest node is the bound; particles in their usual unit have none."""
    assert Calculator(index("API"), "day", ["no2"])({"no2": "9.40"}).aqi == 500
    assert _us("pm10", "20000").aqi > 500


@pytest.mark.parametrize(("name", "text"), [("pm25", "17000"), ("pm10", "30000"), ("pm10", "1e999")])
def test_what_no_air_has_is_refused_where_the_index_has_no_end(name, text):
    """An index of 33 thousand is a mistake; one with an end stays at its end."""
    with pytest.raises(InputError, match=rf"{name} is {text} ug/m3, which no air has"):
        _us(name, text)
    assert _day(**{name: text}).iaqi[name] == 500


def test_an_index_without_hours_has_none():
    """It says so."""
    with pytest.raises(UsageError, match="API has no index of an hour"):
        Calculator(index("API"), "hour", ["so2"])
