"""Shares of the same whole by several yardsticks, a bar each with its bounds; nothing joins one with another."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reports.figures import axes
from reports.figures.axes import Axis
from reports.figures.canvas import FAINT, FINE, INK, LEADING, SIZE, SOFT, WIDTH, Sheet
from reports.figures.data import Rated, Ratings
from reports.figures.letters import longest, wrap
from reports.figures.schemes import flowing
from reports.figures.stacks import label, names_of
from reports.model import Language
from reports.printing import number

_BAR = 12.0
_ROW = 17.0
_SAMPLE = 20.0
_END = 3.2
_ON_BAR = "#101010"
"""Black upon a bar, on dark pages too: there the ink is light, and so are bars."""

_FILL, _APART, _HATCH = "#7FAED6", "#F1EBDD", "////"
"""Of those that stand apart: hatched, so that no print and no eye takes them for the others."""


def ratings(data: Ratings, language: Language, *, synthetic: bool = False) -> bytes:
    """Draw a bar a yardstick, from 0 to 100; those of another method hatched, below a line that says so."""
    sheet = Sheet(language, synthetic=synthetic)
    if all(one.value is None and not sheet.say(one.note) for one in data.rows):
        sheet.nothing()
        return sheet.svg()
    together = [one for one in data.rows if not one.apart]
    apart = [one for one in data.rows if one.apart]
    ordered = [*together, *apart]
    names = names_of(sheet, [one.name for one in ordered], 0.32)
    left = max(longest(lines, SIZE) for lines in names) + 6
    values = [_value(sheet, one, data) for one in ordered]
    right = WIDTH - max(longest([text], FINE) for text in values) - 10
    axis = Axis(0, 100, left, right)
    top = _legend(sheet, data) + 4
    rows, y, line = [], top, 0.0
    for one, lines in zip(ordered, names, strict=True):
        if apart and one is apart[0]:
            line = y + 4
            y = line + 4 + len(_said(sheet, data)) * FINE * LEADING
        high = max(_ROW, len(lines) * SIZE * LEADING + 4)
        rows.append((y + high / 2, one, lines))
        y += high
    axes.level(sheet, axis, top, y)
    if apart:
        sheet.line([(0, line), (WIDTH, line)], thick=0.9, dash=(4, 2.5), alpha=SOFT)
        sheet.lines(0, line + 3 + FINE * LEADING / 2, _said(sheet, data), size=FINE)
    for (middle, one, lines), text in zip(rows, values, strict=True):
        label(sheet, left - 5, middle, lines)
        _bar(sheet, axis, one, middle)
        sheet.text(right + 8, middle, text, size=FINE)
    sheet.height = axes.unit_below(sheet, axis, y, sheet.say(data.unit))
    return sheet.svg()


def _said(sheet: Sheet, data: Ratings) -> list[str]:
    return wrap(sheet.say(data.apart_name), FINE, WIDTH)


def _bar(sheet: Sheet, axis: Axis, one: Rated, middle: float) -> None:
    if one.value is None:
        sheet.line([(axis.start, middle), (axis.end, middle)], thick=0.5, alpha=FAINT, dash=(1.5, 2))
        lines = wrap(sheet.say(one.note) or sheet.word("no_data"), FINE, axis.end - axis.start - 8)
        first = middle - (len(lines) - 1) * FINE * LEADING / 2
        sheet.lines(axis.start + 4, first, lines, size=FINE, alpha=SOFT)
        return
    fill, hatch = (_APART, _HATCH) if one.apart else (_FILL, "")
    wide = axis.at(one.value) - axis.start
    sheet.box(axis.start, middle - _BAR / 2, wide, _BAR, fill=fill, hatch=hatch, alpha=0.7)
    if one.low is not None and one.high is not None:
        _bound(sheet, axis.at(one.value), axis.at(one.low), middle, _ON_BAR)
        _bound(sheet, axis.at(one.value), axis.at(one.high), middle, INK)


def _bound(sheet: Sheet, start: float, end: float, middle: float, color: str) -> None:
    """Draw what lies between a value and one of its bounds, and that bound's end."""
    sheet.line([(start, middle), (end, middle)], color=color, thick=1.0)
    sheet.line([(end, middle - _END), (end, middle + _END)], color=color, thick=1.0)


def _bounds_sample(sheet: Sheet, x: float, y: float) -> None:
    for end in (x + 2, x + _SAMPLE - 2):
        _bound(sheet, x + _SAMPLE / 2, end, y, INK)


def _value(sheet: Sheet, one: Rated, data: Ratings) -> str:
    """Return what stands beside a bar: its value, and of how many."""
    if one.value is None:
        return ""
    share = f"{one.shown or number(one.value, 1)} {sheet.say(data.unit)}"
    return share if one.n is None else f"{share}  n = {one.n:,}"


def _legend(sheet: Sheet, data: Ratings) -> float:
    known: Sequence[Rated] = [one for one in data.rows if one.value is not None]
    entries: list[tuple[str, Callable[[float, float], None]]] = []
    if any(not one.apart for one in known):
        entries.append((sheet.say(data.name), lambda x, y: sheet.box(x, y - 4, _SAMPLE, 8, fill=_FILL, alpha=0.7)))
    if any(one.apart for one in known):
        entries.append(
            (
                sheet.say(data.apart_short),
                lambda x, y: sheet.box(x, y - 4, _SAMPLE, 8, fill=_APART, hatch=_HATCH, alpha=0.7),
            )
        )
    if any(one.low is not None for one in known):
        entries.append((sheet.say(data.bounds_name), lambda x, y: _bounds_sample(sheet, x, y)))
    return flowing(sheet, 0, entries, sample_width=_SAMPLE)
