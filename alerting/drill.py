"""The monthly drill: a marked message to whoever is on duty, so that a broken way is found before it is needed."""

from __future__ import annotations

import datetime as dt

from alerting.oncall.holidays import Calendar
from alerting.store import AlertStore
from alerting.store.commands import Command
from qualicity.periods import DAY_MS, HOUR_MS, day_of, day_start

HOUR = 10
"""Of the first working day of a month, +08:00."""

_NOTE = "drill.month"


def drill_at(month: dt.date, calendar: Calendar) -> int:
    """Return when a month's drill is due, ms UTC: 10:00 of its first working day."""
    day = month.replace(day=1)
    while calendar.kind(day) != "workday":
        day += dt.timedelta(days=1)
    return day_start(day) + HOUR * HOUR_MS


def ask_for_drill(store: AlertStore, calendar: Calendar, now: int) -> bool:
    """Ask the engine for this month's drill when it is due, once; return whether it was asked for.

    A service that was down for the whole day after it was due lets the month go by.
    """
    month = day_of(now).replace(day=1)
    due = drill_at(month, calendar)
    if not due <= now < due + DAY_MS or store.database.note(_NOTE) == month.isoformat():
        return False
    with store.transaction():
        store.commands.submit(Command("drill", "", "schedule", "schedule", now, {}))
        store.database.set_note(_NOTE, month.isoformat())
    return True
