"""Periods of filings: years, halves, quarters and months, as texts (`2015`, `2015H1`, `2015Q3`, `2015-11`).

Civil days, both ends inclusive. The state at a period's end is the state at the end of its last day: what ends on that
day has ended.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal

from qualicity.errors import UsageError

Part = Literal["year", "half", "quarter", "month"]

MONTHS: dict[Part, int] = {"year": 12, "half": 6, "quarter": 3, "month": 1}
"""How many months each has."""

_TEXT = re.compile(r"((?!0000)[0-9]{4})(?:H([12])|Q([1-4])|-(0[1-9]|1[0-2]))?")


@lru_cache(maxsize=10_000)
def span(period: str) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a period.

    Raises:
        UsageError: the text is no period.
    """
    match = _TEXT.fullmatch(period)
    if match is None:
        raise UsageError(f"{period!r} is not a period of a filing", "write 2015, 2015H1, 2015Q3 or 2015-11")
    year = int(match[1])
    months = MONTHS[part_of(period)]
    last = int(match[4]) if match[4] else months * int(match[2] or match[3] or 1)
    return dt.date(year, last - months + 1, 1), dt.date(year, last, calendar.monthrange(year, last)[1])


def part_of(period: str) -> Part:
    """Return which part of a year the text of a period names."""
    if len(period) == 4:
        return "year"
    return {"H": "half", "Q": "quarter", "-": "month"}[period[4]]  # type: ignore[return-value]


def period_of(day: dt.date, part: Part) -> str:
    """Return the period that holds a day."""
    number = (day.month - 1) // MONTHS[part] + 1
    return (
        f"{day.year:04d}" + {"year": "", "half": f"H{number}", "quarter": f"Q{number}", "month": f"-{number:02d}"}[part]
    )


def coarser(period: str, part: Part) -> str | None:
    """Return the part that holds a period; None where the period is the longer one: a year says nothing of its halves.

    A half holds whole quarters and a quarter whole months, so each period lies in one part.
    """
    first, _ = span(period)
    return period_of(first, part) if MONTHS[part_of(period)] <= MONTHS[part] else None


def periods_of(years: Iterable[int], part: Part, today: dt.date) -> list[str]:
    """Return the parts of years that have begun by a day, in order."""
    starts = [dt.date(year, month, 1) for year in years for month in range(1, 13, MONTHS[part])]
    return [period_of(start, part) for start in starts if start <= today]


def state_day(period: str, today: dt.date) -> dt.date:
    """Return the day whose end a state is told for: the period's last, or today if that is yet to come."""
    return min(span(period)[1], today)


def period_between(first: dt.date, last: dt.date) -> str | None:
    """Return the year, half, quarter or month that two days bound; None where they bound none."""
    for part in MONTHS:
        period = period_of(first, part)
        if span(period) == (first, last):
            return period
    return None
