"""China's calendar: days off, weekend days that are worked, years that nobody knows yet."""

from __future__ import annotations

import datetime as dt

import pytest

from alerting.oncall.duty import OnCall
from alerting.oncall.holidays import Calendar, calendar_of, shipped_years
from alerting.oncall.hours import WorkingHours, parse_hours
from qualicity.periods import LAW_ZONE, days_between

SHIPPED = calendar_of(shipped_years())


def at(text: str) -> int:
    return round(dt.datetime.fromisoformat(text).replace(tzinfo=LAW_ZONE).timestamp() * 1000)


@pytest.mark.parametrize(
    ("day", "kind"),
    [
        ("2024-01-01", "holiday"),
        ("2023-12-31", "weekend"),
        ("2024-02-09", "workday"),  # the eve: only recommended
        ("2024-02-10", "holiday"),
        ("2024-02-18", "workday"),  # a Sunday that is worked
        ("2024-05-11", "workday"),
        ("2025-01-01", "holiday"),
        ("2025-01-26", "workday"),
        ("2025-10-08", "holiday"),
        ("2025-10-09", "workday"),
        ("2026-01-03", "holiday"),
        ("2026-01-04", "workday"),
        ("2026-02-14", "workday"),
        ("2026-09-26", "holiday"),
        ("2026-09-20", "workday"),
        ("2026-11-28", "weekend"),
        ("2026-11-30", "workday"),
    ],
)
def test_days_are_as_the_notices_have_them(day, kind):
    assert SHIPPED.kind(dt.date.fromisoformat(day)) == kind


@pytest.mark.parametrize(("year", "off", "worked"), [(2024, 28, 8), (2025, 28, 5), (2026, 33, 6)])
def test_the_notices_count_their_days(year, off, worked):
    """Days off and worked days, as the sums of each notice."""
    days = days_between(dt.date(year, 1, 1), dt.date(year, 12, 31))
    assert sum(SHIPPED.kind(day) == "holiday" for day in days) == off
    assert sum(day in SHIPPED.worked for day in days) == worked
    assert all(day.weekday() >= 5 for day in SHIPPED.worked)


def test_each_year_says_where_it_comes_from():
    assert [one.year for one in shipped_years()] == [2024, 2025, 2026]
    assert all(one.source and one.certainty == "read" for one in shipped_years())


def test_an_unknown_year_has_weekends_and_a_warning():
    """A month before it begins."""
    assert SHIPPED.kind(dt.date(2031, 10, 1)) == "workday"
    assert SHIPPED.kind(dt.date(2031, 10, 4)) == "weekend"
    oncall = OnCall(calendar=SHIPPED)
    assert oncall.warnings(dt.date(2026, 11, 30)) == []
    assert "2027" in oncall.warnings(dt.date(2026, 12, 1))[0]
    assert "2031" in oncall.warnings(dt.date(2031, 3, 1))[0]


@pytest.mark.parametrize(
    ("now", "then"),
    [
        ("2026-11-26T08:30", "2026-11-26T08:30"),
        ("2026-11-26T17:29:59.999", "2026-11-26T17:29:59.999"),
        ("2026-11-26T17:30", "2026-11-27T08:30"),
        ("2026-11-26T08:29:59.999", "2026-11-26T08:30"),
        ("2026-11-27T18:00", "2026-11-30T08:30"),
        ("2026-09-30T18:00", "2026-10-08T08:30"),
        ("2026-02-13T18:00", "2026-02-14T08:30"),
        ("2025-12-31T18:00", "2026-01-04T08:30"),
    ],
)
def test_the_next_working_hour(now, then):
    """Over nights, weekends, holidays, and onto make-up days."""
    assert WorkingHours(parse_hours("08:30-17:30"), SHIPPED).next(at(now)) == at(then)


def test_working_hours_may_go_over_midnight():
    night = WorkingHours(parse_hours("22:00-06:00"), Calendar())
    assert night.next(at("2026-11-28T05:00")) == at("2026-11-28T05:00")  # Saturday, of Friday's night
    assert night.next(at("2026-11-28T06:00")) == at("2026-11-30T22:00")
