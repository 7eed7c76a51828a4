"""The monthly drill: on the first working day, once, never in the middle of a holiday."""

from __future__ import annotations

import datetime as dt

import pytest

from alerting.drill import ask_for_drill, drill_at
from alerting.oncall.holidays import calendar_of, shipped_years
from alerting.store import NAME, AlertStore
from qualicity.periods import DAY_MS, HOUR_MS, day_start

CALENDAR = calendar_of(shipped_years())


@pytest.mark.parametrize(
    ("month", "day"),
    [
        (dt.date(2026, 12, 1), dt.date(2026, 12, 1)),  # a Tuesday
        (dt.date(2026, 11, 1), dt.date(2026, 11, 2)),  # the 1st is a Sunday
        (dt.date(2026, 10, 1), dt.date(2026, 10, 8)),  # seven days off
        (dt.date(2025, 10, 1), dt.date(2025, 10, 9)),  # eight
    ],
)
def test_it_falls_on_the_first_working_day(month, day):
    assert drill_at(month, CALENDAR) == day_start(day) + 10 * HOUR_MS


def test_it_is_asked_for_once_a_month(tmp_path):
    due = drill_at(dt.date(2026, 12, 1), CALENDAR)
    with AlertStore(tmp_path / NAME) as store:
        asked = [ask_for_drill(store, CALENDAR, now) for now in (due - 1, due, due + 1, due + DAY_MS - 1)]

        assert asked == [False, True, False, False]
        assert [command.kind for command in store.commands.waiting()] == ["drill"]
        assert ask_for_drill(store, CALENDAR, drill_at(dt.date(2027, 1, 1), CALENDAR))


def test_a_service_that_was_down_that_day_lets_the_month_go_by(tmp_path):
    with AlertStore(tmp_path / NAME) as store:
        assert not ask_for_drill(store, CALENDAR, drill_at(dt.date(2026, 12, 1), CALENDAR) + DAY_MS)
