"""Events on tracks of time: each with a mark by its grade and a number, by which its name stands below."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from babel.dates import format_date

from reports.figures import axes
from reports.figures.axes import Axis
from reports.figures.canvas import FAINT, FINE, LEADING, SIZE, SOFT, WIDTH, Sheet
from reports.figures.data import Event, Timeline
from reports.figures.letters import longest, width, wrap
from reports.figures.schemes import flowing
from reports.figures.stacks import label, names_of
from reports.model import Language
from reports.printing import date, said

_LANE = 17.0
_APART = 3.0
_GRADES = (
    ("o", 4.6, "#6C93B5", True),
    ("o", 5.4, "#1F6FB4", False),
    ("^", 6.6, "#C7761A", False),
    ("D", 6.4, "#9E2A1F", False),
)
"""Shape, size, colour and whether it is hollow, by grade; the last for all graver ones."""

_SAMPLE = 12.0


def timeline(data: Timeline, language: Language, *, synthetic: bool = False) -> bytes:
    """Draw a row a track; a track without events says so."""
    sheet = Sheet(language, synthetic=synthetic)
    if not data.tracks:
        sheet.nothing()
        return sheet.svg()
    names = names_of(sheet, [name for name, _ in data.tracks], 0.25)
    left = max(longest(lines, SIZE) for lines in names) + 8
    end = data.last + dt.timedelta(days=1)
    axis = Axis(data.first.toordinal(), end.toordinal(), left + 6, WIDTH - 12)
    numbered: list[tuple[int, Event]] = []
    y = 2.0
    rows = []
    for (_, events), lines in zip(data.tracks, names, strict=True):
        placed, lanes = _lanes(sorted(events, key=lambda one: (one.day, -one.grade, one.name.zh)), axis, len(numbered))
        numbered += [(number, event) for number, event, _ in placed]
        high = max(lanes * _LANE, len(lines) * SIZE * LEADING + 4)
        rows.append((y, high, lines, placed))
        y += high
    _months(sheet, data, axis, y, language)
    for start, high, lines, placed in rows:
        label(sheet, left - 6, start + high / 2, lines)
        sheet.line([(0, start + high), (WIDTH, start + high)], thick=0.3, alpha=FAINT)
        if not placed:
            sheet.text(axis.start, start + high / 2, sheet.word("no_events"), size=FINE, alpha=SOFT)
        for number, event, lane in placed:
            x, at = axis.within(event.day.toordinal() + 0.5), start + (lane + 0.5) * _LANE
            _mark(sheet, event.grade, x, at)
            sheet.text(x + 4.5, at, str(number), size=FINE - 0.5)
    y = _legend(sheet, numbered, y + FINE * 2)
    sheet.height = _list(sheet, numbered, y + 2)
    return sheet.svg()


def _lanes(events: Sequence[Event], axis: Axis, before: int) -> tuple[list[tuple[int, Event, int]], int]:
    """Number events and put each on the first lane on which it stands clear of the one before."""
    ends: list[float] = []
    placed = []
    for number, event in enumerate(events, before + 1):
        x = axis.within(event.day.toordinal() + 0.5)
        lane = next((lane for lane, end in enumerate(ends) if end + _APART <= x - 4), len(ends))
        ends[lane : lane + 1] = [x + 4.5 + width(str(number), FINE)]
        placed.append((number, event, lane))
    return placed, max(1, len(ends))


def _months(sheet: Sheet, data: Timeline, axis: Axis, bottom: float, language: Language) -> None:
    """Draw the axis of time: the first days of months, or the days themselves where there are few."""
    days = (data.last - data.first).days + 1
    firsts = [data.first + dt.timedelta(days=number) for number in range(days)]
    if days > 62:
        firsts = [day for day in firsts if day.day == 1]
    years = data.first.year != data.last.year
    places = []
    for day in firsts:
        x = axis.at(day.toordinal())
        sheet.line([(x, 0), (x, bottom + 2)], thick=0.3, alpha=FAINT)
        places.append((x, _day(day, language, years=years, whole=days <= 62)))
    sheet.line([(axis.start, bottom), (axis.end, bottom)], thick=0.7)
    for x, text in axes.sparse(places):
        sheet.text(min(x, WIDTH - width(text, FINE) / 2), bottom + FINE, text, size=FINE, align="center")


def _date(day: dt.date, language: Language, *, years: bool) -> str:
    return said(date(day), language) if years else _day(day, language, years=False, whole=True)


def _day(day: dt.date, language: Language, *, years: bool, whole: bool) -> str:
    if whole:
        return format_date(day, "M月d日", "zh_Hans") if language == "zh" else format_date(day, "d MMM", "en")
    if years:
        return format_date(day, "y年M月", "zh_Hans") if language == "zh" else format_date(day, "MMM y", "en")
    return format_date(day, "M月", "zh_Hans") if language == "zh" else format_date(day, "MMM", "en")


def _mark(sheet: Sheet, grade: int, x: float, y: float) -> None:
    shape, size, color, hollow = _GRADES[min(max(grade, 0), len(_GRADES) - 1)]
    sheet.mark(x, y, shape=shape, size=size, color=color, hollow=hollow)


def _legend(sheet: Sheet, numbered: Sequence[tuple[int, Event]], top: float) -> float:
    seen = sorted({min(max(event.grade, 0), len(_GRADES) - 1) for _, event in numbered})
    if len(seen) < 2:
        return top
    entries = [
        (sheet.word(f"grade_{grade}"), lambda x, y, grade=grade: _mark(sheet, grade, x + _SAMPLE / 2, y))
        for grade in seen
    ]
    return flowing(sheet, top, entries, sample_width=_SAMPLE)


def _list(sheet: Sheet, numbered: Sequence[tuple[int, Event]], top: float) -> float:
    """Set the names of events by number in two columns; return where they end."""
    gap = 14.0
    wide = (WIDTH - gap) / 2
    half = (len(numbered) + 1) // 2
    years = len({event.day.year for _, event in numbered}) > 1
    ends = [top]
    for left, column in ((0, numbered[:half]), (wide + gap, numbered[half:])):
        ends.append(_column(sheet, column, left=left, top=top, wide=wide, years=years))
    return max(ends)


def _column(
    sheet: Sheet, column: Sequence[tuple[int, Event]], *, left: float, top: float, wide: float, years: bool
) -> float:
    for number, event in column:
        head = f"{number}  {_date(event.day, sheet.language, years=years)}  "
        inner = width(head, FINE) + 1
        lines = wrap(sheet.say(event.name), FINE, wide - inner)
        sheet.text(left, top + FINE * LEADING / 2, head.rstrip(), size=FINE, alpha=SOFT)
        sheet.lines(left + inner, top + FINE * LEADING / 2, lines, size=FINE)
        top += len(lines) * FINE * LEADING
    return top
