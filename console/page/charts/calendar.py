"""The calendar of the index: a sheet a month, weeks from Monday, a cell a day in the colour of its class."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from qualicity.standards.load import standard
from qualicity.standards.schema import IndexTable, Title

Row = Mapping[str, Any]

CELL = 34
"""Width and height of a day, px of the drawing."""

_LIGHT_BELOW = 110  # luminance, of 255, below which text on a colour must be white


@dataclass(frozen=True)
class IndexColor:
    """A class of the index as a legend shows it."""

    level: int
    name: Title
    span: str  # of the index, such as 51-100
    color: str
    dark: bool  # needs light text


@dataclass(frozen=True)
class Day:
    """A day of the calendar."""

    x: int
    y: int
    row: Row
    look: IndexColor | None  # None = no index


@dataclass(frozen=True)
class Month:
    """A month of the calendar and its counts."""

    number: int
    days: Sequence[Day]
    height: int
    good: int
    exceeding: int
    unknown: int


@cache
def classes(index: str) -> Mapping[int, IndexColor]:
    """Return the classes of an index table by level."""
    table = standard(index)
    assert isinstance(table, IndexTable)  # noqa: S101 - callers name an index
    found, bottom = {}, 0
    for row in table.classes:
        span = f"{bottom}-{row.top}" if row.top is not None else f"> {bottom - 1}"
        red, green, blue = row.rgb
        dark = 0.299 * red + 0.587 * green + 0.114 * blue < _LIGHT_BELOW
        found[row.level] = IndexColor(row.level, row.name, span, f"#{red:02x}{green:02x}{blue:02x}", dark)
        bottom = (row.top or 0) + 1
    return found


def months(days: Sequence[Row], index: str) -> list[Month]:
    """Return the sheets of a year's days."""
    by_month: dict[int, list[Row]] = {}
    for day in days:
        by_month.setdefault(dt.date.fromisoformat(day["date"]).month, []).append(day)
    return [_month(number, rows, index) for number, rows in sorted(by_month.items())]


def _month(number: int, rows: Sequence[Row], index: str) -> Month:
    days = [_day(row, index) for row in rows]
    verdicts = [row["verdict"] for row in rows]
    return Month(
        number,
        days,
        max(day.y for day in days) + CELL,
        verdicts.count("COMPLIES"),
        verdicts.count("EXCEEDS"),
        verdicts.count("NOT_ASSESSABLE"),
    )


def _day(row: Row, index: str) -> Day:
    date = dt.date.fromisoformat(row["date"])
    offset = calendar.monthrange(date.year, date.month)[0] + date.day - 1
    return Day(offset % 7 * CELL, offset // 7 * CELL, row, classes(index).get(row["level"]))
