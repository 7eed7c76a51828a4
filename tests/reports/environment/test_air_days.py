"""Days of air are counted as the aggregator counts them, and what nobody knows is neither good nor bad."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qualicity.network import City, Name
from qualicity.periods import days_between
from qualicity.standards.load import TABLE_ORDER, air_law
from reports.environment.air.days import count, episodes, state, unsettled, worst
from reports.environment.air.statistics import items, shares
from reports.testing_air import day, days, silent, year

FIRST, LAST = dt.date(2016, 1, 1), dt.date(2016, 12, 31)
LATER = dt.date(2017, 6, 1)
CITY = City("shenzhen", Name("深圳", "Shenzhen"))
D = dt.date(2016, 3, 5)


@pytest.mark.parametrize(("row", "expected"), [
    (day(D), "good"),
    (day(D, {"pm25": 75, "co": 4.0, "o3": 160}), "good"),  # equality complies
    (day(D, {"pm25": 76}), "exceeding"),
    (day(D, {"pm25": 76, "co": None}), "incomplete"),
    (day(D, {"co": None}), "unknown"),
    (silent(D), "silent"),
    (None, "silent"),
    (day(D, standard=None), "lawless"),
])  # fmt: skip
def test_what_a_day_came_to(row, expected):
    """Six ways, of which two are valid days."""
    assert state(row) == expected


def test_an_item_that_the_plan_leaves_out_is_not_missed():
    """HJ 633-2026 5.3.2, of a station."""
    row = {**day(D, {"o3": None}), "good": True, "verdict": "COMPLIES"}
    assert (state(row), state(row, ("o3",))) == ("incomplete", "good")


def test_days_that_are_not_over_are_neither_missing_nor_counted():
    """As of a day in the period, the rest is to come; bounds are those of the calendar."""
    rows = {one: day(one) for one in days_between(FIRST, dt.date(2016, 1, 20))}
    found = count(rows, FIRST, dt.date(2016, 1, 31), dt.date(2016, 1, 11))
    assert (found.over, found.to_come, found.good, found.missing) == (10, 21, 10, 21)
    assert (found.rate, found.lower, found.upper) == (1, Fraction(10, 31), 1)


ANY_DAY = st.sampled_from(
    [{}, {"pm25": 80}, {"o3": 161}, {"co": None}, {"co": None, "no2": 81}, {"pm10": 151, "co": 4.1}]
)


@settings(max_examples=10, deadline=None)
@given(st.lists(ANY_DAY, min_size=366, max_size=366))
def test_counts_and_statistics_are_those_of_the_judged_year(values):
    """Good, valid, missing, rate and bounds, means and percentiles, composite index: no second arithmetic of law."""
    rows = [day(date, changed) for date, changed in zip(days_between(FIRST, LAST), values, strict=True)]
    judged = year(rows, CITY)
    by_date = {dt.date.fromisoformat(row["date"]): row for row in rows}
    found = count(by_date, FIRST, LAST, LATER)

    assert (found.good, found.valid, found.missing) == tuple(
        judged[name] for name in ("good_days", "valid_days", "missing_days")
    )
    assert float(found.lower) == judged["rate_lower"]
    assert float(found.upper) == judged["rate_upper"]
    assert (None if found.rate is None else float(found.rate)) == judged["rate_valid"]
    assert found.lower <= found.upper
    assert sum(found.states.values()) == found.days == 366
    stats = items(by_date, FIRST, LAST, air_law("GB3095-2012"))
    for one in stats:
        own = judged["parameters"][one.id]
        assert one.valid_days == own["valid_days"]
        assert (one.mean, one.percentile) == tuple(
            None if own[name] is None else Decimal(str(own[name])) for name in ("annual_mean", "percentile")
        )
    if judged["composite_index"] is not None:
        total = sum(one.load for one in stats)
        assert round(float(total), 2) == pytest.approx(judged["composite_index"], abs=0.0051)
        assert sum(shares(stats).values()) == 1


def test_percentiles_of_a_month_are_by_linear_interpolation():
    """Against another library, over the 31 days of a month."""
    rng = np.random.default_rng(9)
    rows = {
        date: day(date, {"o3": int(rng.integers(20, 240))})
        for date in days_between(D.replace(day=1), D.replace(day=31))
    }
    rows[D] = day(D, {"o3": 160})
    o3 = next(one for one in items(rows, min(rows), max(rows), air_law("GB3095-2012")) if one.id == "o3")
    values = [row["values"]["o3"] for row in rows.values()]
    assert float(o3.percentile) == round(np.percentile(values, 90, method="linear"))
    assert o3.greatest[1] == max(values)
    assert rows[D]["good"] is True  # at the limit
    assert o3.beyond == sum(value > 160 for value in values)


def test_a_load_is_not_known_without_all_six():
    """An item without a valid day leaves no share, neither of it nor of the others."""
    rows = {date: day(date, {"o3": None}) for date in days_between(FIRST, LAST)}
    stats = items(rows, FIRST, LAST, air_law("GB3095-2012"))
    assert [one.load is None for one in stats] == [item == "o3" for item in TABLE_ORDER]
    assert shares(stats) is None


def test_runs_end_at_a_day_that_could_not_be_judged():
    """Its days are consecutive, and the worst of equal ones is the first."""
    changed = {
        n: day(dt.date(2016, 1, n), {"pm25": value}) for n, value in ((3, 80), (4, 120), (5, 120), (7, 90), (9, 76))
    }
    changed[6] = day(dt.date(2016, 1, 6), {"pm25": None})
    rows = {date: changed.get(date.day, day(date)) for date in days_between(FIRST, dt.date(2016, 1, 10))}
    found = episodes(rows, list(rows))
    assert [(run.first.day, run.last.day, run.days) for run in found] == [(3, 5, 3), (7, 7, 1), (9, 9, 1)]
    assert worst(found[0])["date"] == "2016-01-04"


def test_days_without_reading_stand_together_and_others_by_themselves():
    """A year without any reading is one line, not 366."""
    rows = {D: day(D, {"co": None}), D + dt.timedelta(days=1): day(D, {"co": None})}
    dates = days_between(D - dt.timedelta(days=3), D + dt.timedelta(days=3))
    found = [(kind, run.days, len(run.rows)) for kind, run in unsettled(rows, dates)]
    assert found == [("silent", 3, 0), ("unknown", 1, 1), ("unknown", 1, 1), ("silent", 2, 0)]
    assert [run.days for _, run in unsettled({}, days_between(FIRST, LAST))] == [366]


def test_rows_of_a_clean_year_are_all_good():
    """What the other tests rest on."""
    found = count({dt.date.fromisoformat(r["date"]): r for r in days(FIRST, LAST)}, FIRST, LAST, LATER)
    assert (found.good, found.levels, found.unpolluted) == (366, {1: 366}, 366)
