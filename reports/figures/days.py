"""A calendar of classes: a row a month, a cell a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from babel.dates import format_date

from reports.figures.canvas import FAINT, FINE, SOFT, WIDTH, Sheet
from reports.figures.data import Calendar
from reports.figures.letters import longest
from reports.figures.schemes import UNKNOWN, Level, legend, level, scheme, signed
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
    for row, (month, name) in enumerate(zip(months, names, strict=True)):
        y = top + row * _HIGH
        sheet.text(left - 5, y + _HIGH / 2, name, size=FINE, align="right")
        for day in _days(month, data):
            _cell(sheet, data, day, x=left + (day.day - 1) * wide, y=y, wide=wide)
    absent = Level("", wording("figures")("not_measured"), "")
    bottom = top + len(months) * _HIGH
    sheet.height = legend(sheet, bottom + 4, (*scheme("air"), absent), left=0)
    return sheet.svg()


def _cell(sheet: Sheet, data: Calendar, day: dt.date, *, x: float, y: float, wide: float) -> None:
    if day not in data.days:
        sheet.box(x, y, wide, _HIGH, alpha=FAINT)
        return
    found = data.days[day]
    drawn = level("air", UNKNOWN if found is None else str(found))
    sheet.box(x, y, wide, _HIGH, fill=drawn.color, hatch=drawn.hatch, alpha=0.45, thick=0.4)
    signed(sheet, drawn, x + wide / 2, y + _HIGH / 2, size=FINE - 0.5)


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
