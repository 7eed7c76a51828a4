"""The page's charts as plain values: places, sizes and colours. The template draws them."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from qualicity.standards.load import standard
from qualicity.standards.schema import IndexTable

Row = Mapping[str, Any]

CELL = 34
"""Width of a day in the calendar, px."""


@dataclass(frozen=True)
class Day:
    """A day of the calendar."""

    x: int
    y: int
    text: str
    color: str
    dark: bool  # the colour needs light text
    exceeds: bool
    title: str


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
def class_colors(index: str) -> Mapping[int, str]:
    """Return the colours of the classes (HJ 633 table A.1) as CSS, by level."""
    table = standard(index)
    assert isinstance(table, IndexTable)  # noqa: S101 - callers name an index
    return {row.level: "#{:02x}{:02x}{:02x}".format(*row.rgb) for row in table.classes}


def months(days: Sequence[Row], index: str) -> list[Month]:
    """Return the months of a year's days, each as a calendar sheet that begins on Monday."""
    by_month: dict[int, list[Row]] = {}
    for day in days:
        by_month.setdefault(int(day["date"][5:7]), []).append(day)
    return [_month(number, rows, index) for number, rows in sorted(by_month.items())]


def _month(number: int, rows: Sequence[Row], index: str) -> Month:
    cells = [_day(row, index) for row in rows]
    verdicts = [row["verdict"] for row in rows]
    return Month(
        number,
        cells,
        max(cell.y for cell in cells) + CELL,
        verdicts.count("COMPLIES"),
        verdicts.count("EXCEEDS"),
        verdicts.count("NOT_ASSESSABLE"),
    )


def _day(row: Row, index: str) -> Day:
    date = dt.date.fromisoformat(row["date"])
    offset = calendar.monthrange(date.year, date.month)[0] + date.day - 1
    colors = class_colors(index)
    level = row["level"]
    primary = f", {', '.join(row['primary'])}" if row["primary"] else ""
    aqi = "-" if row["aqi"] is None else str(row["aqi"])
    return Day(
        x=offset % 7 * CELL,
        y=offset // 7 * CELL,
        text=aqi,
        color=colors.get(level, "url(#hatch)"),
        dark=level is not None and level >= 4,
        exceeds=row["verdict"] == "EXCEEDS",
        title=f"{row['date']}: AQI {aqi}{primary}. {row['reason']}",
    )


@dataclass(frozen=True)
class Bar:
    """A value against its limit, both as percent of the bar's length."""

    value: float
    limit: float
    beyond: bool


def bar(value: float | None, limit: float | None) -> Bar | None:
    """Return a bar that is 1.6 limits long, or longer where the value is."""
    if value is None or limit is None:
        return None
    length = max(limit * 1.6, value * 1.05)
    return Bar(round(100 * value / length, 2), round(100 * limit / length, 2), value > limit)
