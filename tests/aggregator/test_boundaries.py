"""At, below and above every threshold of the law."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from aggregator.air import judge_days
from aggregator.coverage import Calendar, enough_stations, stations_needed, year_is_valid
from aggregator.grid import encode
from aggregator.index import INVALID, sub_index, sub_index_table
from aggregator.rates import rate
from aggregator.rounding import half_even
from qualicity.errors import InputError, UsageError
from qualicity.standards.load import TABLE_ORDER, air_law, index, limit_tables
from qualicity.target import parse_target

GB2012 = air_law("GB3095-2012")
CLEAN = {"so2": 5.0, "no2": 5.0, "pm10": 5.0, "pm25": 5.0, "co": 0.2, "o3": 5.0}
DECIMALS = (4,) * 6


def _day(law=GB2012, hours=None, stations=1, *, city=False, **series):
    """Judge one day: every item clean unless a series (24 values, NaN = missing) is given; station s by `hours`."""
    value = np.empty((stations, 6, 1, 24))
    for p, name in enumerate(TABLE_ORDER):
        value[:, p, 0] = CLEAN[name]
        if name in series:
            value[:, p, 0] = np.asarray(series[name], float)
    for (s, name), own in (hours or {}).items():
        value[s, TABLE_ORDER.index(name), 0] = own
    cities = np.ones((1, stations), bool) if city else None
    found, whole = judge_days(encode(value, DECIMALS), law, cities=cities)
    return whole if city else found


def _with(count, value=40.0):
    """Return 24 hours of which the first `count` are there."""
    return [value] * count + [np.nan] * (24 - count)


def _value(days, name):
    return int(days.value[0, TABLE_ORDER.index(name), 0])


@pytest.mark.parametrize(("count", "valid"), [(19, False), (20, True), (21, True), (24, True), (0, False)])
@pytest.mark.parametrize("name", ["so2", "no2", "pm10", "pm25", "co"])
def test_a_mean_needs_twenty_hours(name, count, valid):
    """GB 3095 table 4."""
    assert (_value(_day(**{name: _with(count)}), name) != INVALID) is valid


@pytest.mark.parametrize(("windows", "value", "valid"), [
    (13, 160, False), (13, 160.4, False), (13, 160.5, False), (13, 160.6, True), (13, 161, True),
    (14, 100, True), (15, 100, True), (14, 161, True),
])  # fmt: skip
def test_ozone_needs_fourteen_windows_unless_it_exceeds(windows, value, valid):
    """HJ 663 6.1.2: fewer windows count only when the rounded maximum is beyond the limit (160.5 rounds to 160)."""
    # hours 1..n present: a window ending at e has min(8, n - (e - 8)) hours; valid from 6 on
    present = next(n for n in range(25) if sum(min(8, max(0, n - (e - 8))) >= 6 for e in range(8, 25)) == windows)
    days = _day(o3=_with(present, value))

    assert int(days.windows[0, 5, 0]) == windows
    assert (_value(days, "o3") != INVALID) is valid


@pytest.mark.parametrize(("hours", "windows"), [(5, 0), (6, 1), (7, 2), (8, 3)])
def test_a_window_needs_six_of_eight_hours(hours, windows):
    """GB 3095 table 4; windows end at 08 to 24, and the first hours of a day belong to few of them."""
    assert int(_day(o3=_with(hours)).windows[0, 5, 0]) == windows


def test_a_window_divides_by_the_hours_that_are_there():
    """Six hours of 90 are a mean of 90, not of 67.5."""
    series = [90.0] * 6 + [np.nan] * 2 + [10.0] * 16

    assert _value(_day(o3=series), "o3") == 90


@pytest.mark.parametrize(("value", "rounded", "complies"), [
    (74.5, 74, True), (75.0, 75, True), (75.4, 75, True), (75.46, 75, True), (75.5, 76, False), (76, 76, False),
])  # fmt: skip
def test_a_value_is_rounded_once_half_to_even_and_then_compared(value, rounded, complies):
    """GB/T 8170, air.md 4.5: 75.46 is 75, never 75.5 and then 76."""
    days = _day(pm25=[value] * 24)

    assert _value(days, "pm25") == rounded
    assert int(days.verdict[0, 0]) == complies


@pytest.mark.parametrize("standard", limit_tables())
@pytest.mark.parametrize("grade", ["I", "II"])
@pytest.mark.parametrize("name", TABLE_ORDER)
def test_every_day_limit_below_at_and_above(standard, grade, name):
    """Equality complies."""
    law = air_law(standard, grade)
    p = TABLE_ORDER.index(name)
    step = Decimal(1).scaleb(-law.digits[p])
    for value, complies in ((law.day_limit[p] - step, 1), (law.day_limit[p], 1), (law.day_limit[p] + step, 0)):
        assert int(_day(law, **{name: [float(value)] * 24}).verdict[0, 0]) == complies


def test_known_excess_counts_and_missing_alone_does_not():
    """Missing data can only take good days away (HJ 633-2026 5.3.1)."""
    missing = _with(0)
    assert int(_day(so2=missing).verdict[0, 0]) == -1
    assert int(_day(so2=missing, pm25=[76] * 24).verdict[0, 0]) == 0


@pytest.mark.parametrize(("pm25", "aqi"), [(60, -1), (61, 101)])
def test_with_items_missing_the_index_is_published_only_above_100(pm25, aqi):
    """HJ 633-2026 5.3.1."""
    days = _day(air_law("GB3095-2026"), so2=_with(0), pm25=[pm25] * 24)

    assert int(days.aqi[0, 0]) == aqi


@pytest.mark.parametrize(("pm25", "primary"), [(35, 0), (36, 1 << 3)])
def test_a_primary_pollutant_only_above_50(pm25, primary):
    """HJ 633 4.4.2 / 4.3.1."""
    assert int(_day(pm25=[pm25] * 24).primary[0, 0]) == primary


def test_ties_of_the_primary_pollutant_are_all_named():
    """PM10 150 and PM2.5 75 are both 100."""
    days = _day(pm10=[150] * 24, pm25=[75] * 24)

    assert int(days.primary[0, 0]) == (1 << 2) | (1 << 3)
    assert int(days.level[0, 0]) == 2


def test_ozone_beyond_the_last_node():
    """HJ 633-2012 note 3: the 1 h sub-index; HJ 633-2026 note c: 300."""
    series = [900.0] * 24
    assert int(_day(o3=series).aqi[0, 0]) == 350
    assert int(_day(air_law("GB3095-2026"), o3=series).aqi[0, 0]) == 300


@pytest.mark.parametrize(("stations", "needed"), [(1, 1), (2, 1), (3, 2), (4, 3), (8, 6), (11, 9), (12, 9), (13, 10)])
def test_a_city_needs_three_quarters_of_its_stations(stations, needed):
    """Or half of fewer than four."""
    assert stations_needed(stations, GB2012.city) == needed
    counts = np.arange(stations + 1)
    enough = enough_stations(counts, np.full(stations + 1, stations), GB2012.city)
    assert enough.tolist() == [count >= needed for count in counts]


def test_a_city_takes_the_mean_before_rounding():
    """74.6, 75.4 and 75.4 are 75 each; 75.4, 75.4 and 75.7 are 75.5 and so 76, though rounded they would be 75."""
    hours = {(0, "pm25"): [75.4] * 24, (1, "pm25"): [75.4] * 24, (2, "pm25"): [75.7] * 24}

    days = _day(hours=hours, stations=3, city=True)

    assert _value(days, "pm25") == 76
    assert int(days.verdict[0, 0]) == 0


def _year(counts):
    return bool(year_is_valid(np.asarray(counts), GB2012.year))


@pytest.mark.parametrize(("february", "other", "first", "valid"), [
    (25, 27, 28, False), (25, 27, 29, True), (28, 27, 27, True), (24, 31, 31, False), (25, 31, 31, True),
    (28, 31, 26, False), (27, 27, 27, True), (26, 27, 27, False),
])  # fmt: skip
def test_a_year_needs_324_days_and_27_a_month(february, other, first, valid):
    """25 in February; 27 * 11 + 27 = 324."""
    counts = [first, february, *[other] * 10]
    assert _year(counts) is valid
    assert (sum(counts) >= 324 and min(first, other) >= 27 and february >= 25) is valid


@pytest.mark.parametrize(("good", "exceeding", "days", "target", "verdict"), [
    (343, 7, 365, ">98", "EXCEEDS"), (343, 7, 365, ">=98", "COMPLIES"), (344, 6, 365, ">98", "COMPLIES"),
    (358, 7, 365, ">98", "COMPLIES"), (357, 8, 365, ">98", "EXCEEDS"),
    (359, 7, 366, ">98", "COMPLIES"), (358, 8, 366, ">98", "EXCEEDS"),
])  # fmt: skip
def test_a_rate_is_compared_unrounded_by_the_targets_operator(good, exceeding, days, target, verdict):
    """Exactly 98 % is not more than 98 %."""
    outcome = rate(good, exceeding, days, parse_target(target), year_valid=True)

    assert outcome.verdict == verdict
    assert outcome.valid == Fraction(good, good + exceeding)
    assert outcome.lower == Fraction(good, days)
    assert outcome.upper == Fraction(days - exceeding, days)


def test_a_verdict_is_certain_when_missing_days_could_not_change_it():
    """Lower beyond the target, or upper not beyond it."""
    target = parse_target(">98")
    assert rate(358, 7, 365, target, year_valid=True).certain
    assert not rate(344, 6, 365, target, year_valid=True).certain
    assert rate(300, 8, 365, target, year_valid=False).certain
    assert rate(300, 8, 365, target, year_valid=False).verdict == "NOT_ASSESSABLE"
    assert rate(0, 0, 365, target, year_valid=False).valid is None


@pytest.mark.parametrize("text", ["98", "<98", ">", "> 101", ">98,5", ">-1", ""])
def test_what_is_no_target_is_refused(text):
    """An operator and percent, nothing else."""
    with pytest.raises(UsageError, match="not a target"):
        parse_target(text)


# the index

VECTORS = [(35, 50, 50), (36, 52, 52), (58, 79, 96), (60, 82, 100), (61, 83, 101), (75, 100, 114), (76, 102, 115),
           (115, 150, 150), (116, 152, 152), (250, 300, 300), (500, 500, 500), (0, 0, 0)]  # fmt: skip


def _column(standard, name):
    found = index(standard)
    return found, next(c for c in found.extra if c.name == name)


@pytest.mark.parametrize(("value", "of_2012", "of_2026"), VECTORS)
def test_sub_indexes_of_particles(value, of_2012, of_2026):
    """air.md 3.4."""
    assert sub_index(*_column("HJ633-2012", "pm25:24h"), value) == of_2012
    assert sub_index(*_column("HJ633-2026", "pm25:24h"), value) == of_2026


@pytest.mark.parametrize(("tenths", "iaqi"), [(9, 23), (21, 53), (22, 55), (29, 73), (0, 0), (600, 500)])
def test_sub_indexes_of_carbon_monoxide(tenths, iaqi):
    """2.2 mg/m3 is 55: in binary floats the ceiling is 56."""
    assert sub_index(*_column("HJ633-2012", "co:24h"), tenths) == iaqi


def test_the_sulphur_dioxide_column_of_a_day_is_not_that_of_an_hour():
    """150 is 100 and 475 is 150: a published library has 50 and 97."""
    assert [sub_index(*_column("HJ633-2012", "so2:24h"), value) for value in (150, 475)] == [100, 150]


@pytest.mark.parametrize("standard", ["HJ633-2012", "HJ633-2026"])
def test_every_sub_index_equals_the_formula(standard):
    """All rounded concentrations of all columns: IAQI = (hi - lo) / (BPhi - BPlo) (C - BPlo) + lo, carried up."""
    found = index(standard)
    for column in found.extra:
        table = sub_index_table(found, column)
        nodes = [Fraction(node) for node in column.nodes]
        for value in range(int(nodes[-1] * 10**column.digits) + 1):
            c = Fraction(value, 10**column.digits)
            i = max(1, next(n for n, node in enumerate(nodes) if c <= node))
            exact = Fraction(found.levels[i] - found.levels[i - 1]) / (nodes[i] - nodes[i - 1]) * (c - nodes[i - 1])
            exact += found.levels[i - 1]
            assert int(table[value]) == -(-exact.numerator // exact.denominator), (column.name, value)
        assert int(table[np.uint16(INVALID & 0xFFFF)]) == -1
        assert int(table[np.uint16(-5 & 0xFFFF)]) == 0


# rounding


def test_half_even_of_integers():
    """Ties go to the even neighbour, also below zero."""
    numerator = np.arange(-1000, 1000)
    for denominator in (1, 2, 3, 4, 6, 20, 24, 168):
        expected = [round(Fraction(int(n), denominator)) for n in numerator]
        assert half_even(numerator, denominator).tolist() == expected


def test_the_float_quotient_rounds_like_the_exact_one():
    """All sums that 20 to 24 hours and all numerators that windows can give, in float32."""
    for denominator, bound in ((20, 2**19), (21, 2**19), (22, 2**19), (23, 2**19), (24, 2**19), (168, 2**23)):
        numerator = np.arange(0, bound, dtype=np.int64)
        quotient = np.rint(numerator.astype(np.float32) / np.float32(denominator)).astype(np.int64)
        assert (quotient == half_even(numerator, denominator)).all()


def test_what_cannot_be_added_exactly_is_refused():
    """Infinite values, and values beyond the code."""
    value = np.full((1, 6, 1, 24), 1.0)
    for bad in (np.inf, -np.inf, 1e12):
        value[0, 0, 0, 3] = bad
        with pytest.raises((InputError, OverflowError)):
            encode(value, (4,) * 6)


def test_percentiles_are_those_of_linear_interpolation():
    """HJ 663-2013 annex A is NumPy's method "linear"; ours is rounded once, exactly."""
    from aggregator.year import _percentiles

    dice = np.random.default_rng(3)
    for count in (1, 2, 19, 100, 365):
        value = dice.integers(0, 300, (1, 6, count)).astype(np.int16)
        for percent in (90, 95, 98):
            found = _percentiles(value, np.full((1, 6), count), np.full(6, percent))
            expected = np.percentile(value, percent, axis=2)
            assert (np.abs(found - expected) <= 0.5 + 1e-9).all()


def test_the_calendar_knows_leap_years():
    """February of 2016 has 29 days."""
    days = [dt.date(2016, 1, 1) + dt.timedelta(n) for n in range(366)]
    assert Calendar.of_days(days).by_month(np.ones(366, bool)).tolist()[1] == 29
