"""A calendar of classes: a row a month, a cell a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from babel.dates import format_date

from reports.figures.canvas import FINE, SOFT, WIDTH, Sheet
from reports.figures.data import Calendar
from reports.figures.letters import longest
from reports.figures.schemes import UNKNOWN, Cells, Level, legend, level, scheme
from reports.model import Language
from reports.wording import wording

_HIGH = 13.0
_LONGEST_MONTH = 31


def calendar(data: Calendar, language: Language, *, synthetic: bool = False) -> bytes:
    """Draw the classes of days; a day that nobody measured has an empty cell."""
    sheet = Sheet(language, synthetic=synthetic)
    months = list(_months(data.first, data.last))
    if not months or not any(data.first <= day <= data.last for day in data.days):
        sheet.nothing()
        return sheet.svg()
    names = [_month(month, language, years=months[0].year != months[-1].year) for month in months]
    left = longest(names, FINE) + 6
    wide = (WIDTH - left - 1) / _LONGEST_MONTH
    top = FINE * 1.5
    for number in range(1, _LONGEST_MONTH + 1):
        sheet.text(left + (number - 0.5) * wide, FINE * 0.6, str(number), size=FINE - 1, align="center", alpha=SOFT)
    cells = Cells(sheet)
    for row, (month, name) in enumerate(zip(months, names, strict=True)):
        y = top + row * _HIGH
        sheet.text(left - 5, y + _HIGH / 2, name, size=FINE, align="right")
        for day in _days(month, data):
            cells.add(_level(data, day), left + (day.day - 1) * wide, y, wide=wide, high=_HIGH)
    cells.draw()
    bottom = top + len(months) * _HIGH
    sheet.height = legend(sheet, bottom + 4, (*scheme("air"), _absent()))
    return sheet.svg()


def _level(data: Calendar, day: dt.date) -> Level:
    if day not in data.days:
        return _absent()
    found = data.days[day]
    return level("air", UNKNOWN if found is None else str(found))


def _absent() -> Level:
    return Level("", wording("figures")("not_measured"), "")


def _months(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = (month + dt.timedelta(days=_LONGEST_MONTH)).replace(day=1)


def _days(month: dt.date, data: Calendar) -> Iterator[dt.date]:
    day = max(month, data.first)
    while day <= data.last and day.month == month.month:
        yield day
        day += dt.timedelta(days=1)


def _month(month: dt.date, language: Language, *, years: bool) -> str:
    forms = ("y年M月", "M月") if language == "zh" else ("MMM y", "MMM")
    return format_date(month, forms[0 if years else 1], "zh_Hans" if language == "zh" else "en")
