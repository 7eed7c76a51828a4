"""Hours of a day, handovers and working hours, all at +08:00."""

from __future__ import annotations

import re
from dataclasses import dataclass

from alerting.oncall.holidays import Calendar
from qualicity.errors import InputError
from qualicity.periods import DAY_MS, HOUR_MS, LAW_OFFSET_MS, day_from_number

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_CLOCK = r"(\d{2}):(\d{2})"
_HOURS = re.compile(f"{_CLOCK}-{_CLOCK}")
_HANDOVER = re.compile(rf"(?:({'|'.join(WEEKDAYS)}) )?{_CLOCK}")
_LONGEST_HOLIDAY = 60
"""Days; no two working days are further apart."""


@dataclass(frozen=True, slots=True)
class Hours:
    """A span of each day, `[start, end)` in ms since midnight; an `end` at or before `start` is on the next day."""

    start: int
    end: int

    def begun(self, instant: int) -> int | None:
        """Return the number of the day on which the span that holds an instant began; None = it is in none."""
        day, time = divmod(instant + LAW_OFFSET_MS, DAY_MS)
        if self.start < self.end:
            return day if self.start <= time < self.end else None
        if time >= self.start:
            return day
        return day - 1 if time < self.end else None


@dataclass(frozen=True)
class WorkingHours:
    """Hours of working days."""

    hours: Hours
    calendar: Calendar

    def next(self, instant: int) -> int:
        """Return the instant itself when it is in working hours, else the next beginning of working hours, ms UTC."""
        begun = self.hours.begun(instant)
        if begun is not None and self._worked(begun):
            return instant
        today = (instant + LAW_OFFSET_MS) // DAY_MS
        starts = (
            (day, day * DAY_MS + self.hours.start - LAW_OFFSET_MS) for day in range(today, today + _LONGEST_HOLIDAY)
        )
        return next(start for day, start in starts if start > instant and self._worked(day))

    def _worked(self, day: int) -> bool:
        return self.calendar.kind(day_from_number(day)) == "workday"


def parse_hours(text: str) -> Hours:
    """Read "08:30-17:30" or "17:30-08:30".

    Raises:
        InputError: the text is no such span.
    """
    match = _HOURS.fullmatch(text)
    if match is None:
        raise InputError(f"{text!r} are no hours of a day", 'write "08:30-17:30"')
    start, end = _time(match[1], match[2], text), _time(match[3], match[4], text)
    if start == DAY_MS:
        raise InputError(f"{text!r} begins at the end of the day", 'write "00:00" for midnight')
    return Hours(start, end)


def parse_handover(text: str) -> tuple[int | None, int]:
    """Read "mon 09:00" or "09:00" as weekday (0 = Monday; None = any) and ms since midnight.

    Raises:
        InputError: the text is no such time.
    """
    match = _HANDOVER.fullmatch(text)
    time = _time(match[2], match[3], text) if match else DAY_MS
    if match is None or time == DAY_MS:
        raise InputError(f"{text!r} is no handover", 'write "mon 09:00", or "09:00" for turns of days')
    return WEEKDAYS.index(match[1]) if match[1] else None, time


def _time(hour: str, minute: str, text: str) -> int:
    time = int(hour) * HOUR_MS + int(minute) * (HOUR_MS // 60)
    if int(minute) > 59 or time > DAY_MS:
        raise InputError(f"{text!r} holds no time of day", "write 00:00 to 24:00")
    return time
