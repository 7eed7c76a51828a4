"""A back-test as a picture: a strip of days a rule, with the alarms that were raised and the hours that one stood."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jinja2 import PackageLoader

from alerting.backtest import Day, RuleRow
from console.backtest.replay import Outcome
from qualicity.periods import Span
from qualicity.templating import templates_from

STRIP = 1098
"""Greatest width of a strip, px of the drawing: a year at 3 px a day."""

WIDEST = 70
"""px of a day, where there are few."""

BARS = 20
"""Height of the greatest bar of alarms, px."""

SHADES = (6.0, 12.0, 18.0, 24.0)
"""Hours of a day up to which a shade reaches."""


@dataclass(frozen=True)
class Bar:
    """The alarms of a day, or consecutive days of one shade."""

    x: int
    width: int
    size: int  # height of a bar in px, or the number of a shade


@dataclass(frozen=True)
class Strip:
    """One rule."""

    row: RuleRow
    most: int  # alarms a day
    bars: Sequence[Bar]
    shades: Sequence[Bar]


def picture(outcome: Outcome) -> str:
    """Return the picture as SVG; the same outcome gives the same bytes."""
    environment = templates_from(PackageLoader("console.backtest", ""))
    day = _stripe(outcome.period)
    return environment.get_template("picture.svg").render(
        period=outcome.period,
        width=day * len(outcome.period.days),
        strips=[_strip(row, outcome.period) for row in outcome.rules if row.days],
        silent=[row for row in outcome.rules if not row.days],
        months=list(_months(outcome.period)),
        people=outcome.people,
        shades=SHADES,
        bar=BARS,
    )


def _stripe(period: Span) -> int:
    """Return the width of a day, px."""
    return max(1, min(WIDEST, STRIP // len(period.days)))


def _strip(row: RuleRow, period: Span) -> Strip:
    width = _stripe(period)
    place = {day.isoformat(): number * width for number, day in enumerate(period.days)}
    most = max(day.alarms for day in row.days)
    bars = [Bar(place[day.date], width, max(2, round(BARS * day.alarms / most))) for day in row.days if day.alarms]
    return Strip(row, most, bars, list(_shades(row.days, place, width)))


def _shades(days: Sequence[Day], place: dict[str, int], width: int) -> Iterator[Bar]:
    """Yield the stripes of hours, neighbours of one shade as one."""
    last: Bar | None = None
    for day in days:
        if not day.hours:
            continue
        x, shade = place[day.date], next(n for n, top in enumerate(SHADES) if day.hours <= top)
        if last is not None and last.x + last.width == x and last.size == shade:
            last = Bar(last.x, last.width + width, shade)
            continue
        if last is not None:
            yield last
        last = Bar(x, width, shade)
    if last is not None:
        yield last


def _months(period: Span) -> Iterator[tuple[dt.date, int]]:
    """Yield the first day of each month, and of the period, with its place."""
    for number, day in enumerate(period.days):
        if number == 0 or day.day == 1:
            yield day, number * _stripe(period)
