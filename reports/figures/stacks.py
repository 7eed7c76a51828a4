"""Level bars: counts by class one behind the other, and parts of a whole."""

from __future__ import annotations

from collections.abc import Sequence

from qualicity.network import Name
from reports.figures import axes
from reports.figures.axes import Axis
from reports.figures.canvas import FINE, LEADING, SIZE, SOFT, WIDTH, Sheet
from reports.figures.data import Bar, Bars, Shares
from reports.figures.letters import longest, width, wrap
from reports.figures.schemes import legend, level, scheme, signed
from reports.model import Language
from reports.printing import number

_BAR = 12.0
_GAP = 4.5
_FEW = 7
"""A scheme of more classes shows those in its legend that occur."""

_ONE = "#4A86B8"


def bars(data: Bars, language: Language, *, synthetic: bool = False) -> bytes:
    """Draw counts by class, best first; where a class has room its count stands in it, and the sum behind the bar."""
    sheet = Sheet(language, synthetic=synthetic)
    levels = scheme(data.scheme)
    for bar in data.bars:
        for code in bar.counts:
            level(data.scheme, code)  # refuses what the scheme has not
    if not any(sum(bar.counts.values()) for bar in data.bars):
        sheet.nothing()
        return sheet.svg()
    names = [wrap(sheet.say(bar.name), SIZE, WIDTH * 0.3) for bar in data.bars]
    left = max(longest(lines, SIZE) for lines in names) + 6
    sums = [number(sum(bar.counts.values())) for bar in data.bars]
    most = max(sum(bar.counts.values()) for bar in data.bars)
    axis = Axis(0, most, left, WIDTH - longest(sums, FINE) - 8)
    y = 2.0
    rows: list[tuple[float, Bar, list[str], str]] = []
    for bar, lines, total in zip(data.bars, names, sums, strict=True):
        high = max(_BAR, len(lines) * SIZE * LEADING)
        rows.append((y + high / 2, bar, lines, total))
        y += high + _GAP
    axes.level(sheet, axis, 0, y - _GAP / 2, whole=True)
    for middle, bar, lines, total in rows:
        label(sheet, left - 5, middle, lines)
        if not sum(bar.counts.values()):
            sheet.text(left + 4, middle, sheet.word("no_data"), size=FINE, alpha=SOFT)
            continue
        sheet.text(axis.at(_stack(sheet, data.scheme, bar, axis, middle)) + 4, middle, total, size=FINE)
    y = axes.unit_below(sheet, axis, y - _GAP / 2, sheet.say(data.unit))
    seen = {code for bar in data.bars for code, count in bar.counts.items() if count}
    shown = [one for one in levels if len(levels) <= _FEW or one.code in seen]
    sheet.height = legend(sheet, y + 2, shown)
    return sheet.svg()


def _stack(sheet: Sheet, name: str, bar: Bar, axis: Axis, middle: float) -> int:
    """Draw a bar; return where it ends."""
    done = 0
    for one in scheme(name):
        count = bar.counts.get(one.code, 0)
        if not count:
            continue
        start, end = axis.at(done), axis.at(done + count)
        sheet.box(start, middle - _BAR / 2, end - start, _BAR, fill=one.color, hatch=one.hatch, alpha=0.6)
        for text in (f"{one.sign} {count}".strip() if _signs_apart(name) else str(count), str(count)):
            if width(text, FINE) + 3 <= end - start:
                signed(sheet, one, (start + end) / 2, middle, size=FINE, text=text)
                break
        done += count
    return done


def _signs_apart(name: str) -> bool:
    """Tell whether the signs of a scheme can stand before a count without being read as a part of it."""
    return not any(one.sign.isdigit() for one in scheme(name))


def shares(data: Shares, language: Language, *, synthetic: bool = False) -> bytes:
    """Draw parts of a whole from zero, each with its value."""
    sheet = Sheet(language, synthetic=synthetic)
    if not any(value is not None for _, value in data.shares):
        sheet.nothing()
        return sheet.svg()
    names = [wrap(sheet.say(name), SIZE, WIDTH * 0.3) for name, _ in data.shares]
    left = max(longest(lines, SIZE) for lines in names) + 6
    values = [_value(sheet, value) for _, value in data.shares]
    low, high = axes.span([value for _, value in data.shares], zero=True, room=0)
    axis = Axis(low, high, left, WIDTH - longest(values, FINE) - 8)
    rows: list[tuple[float, float | None, list[str], str]] = []
    y = 2.0
    for (_, value), lines, text in zip(data.shares, names, values, strict=True):
        tall = max(_BAR, len(lines) * SIZE * LEADING)
        rows.append((y + tall / 2, value, lines, text))
        y += tall + _GAP
    axes.level(sheet, axis, 0, y - _GAP / 2)
    for middle, value, lines, text in rows:
        label(sheet, left - 5, middle, lines)
        if value is None:
            sheet.text(left + 4, middle, text, size=FINE, alpha=SOFT)
            continue
        start, end = sorted((axis.at(0), axis.at(value)))
        sheet.box(start, middle - _BAR / 2, end - start, _BAR, fill=_ONE, alpha=0.6)
        sheet.text(end + 4, middle, text, size=FINE)
    sheet.height = axes.unit_below(sheet, axis, y - _GAP / 2, sheet.say(data.unit))
    return sheet.svg()


def label(sheet: Sheet, right: float, middle: float, lines: Sequence[str], *, size: float = SIZE) -> None:
    """Set the name of a row, its lines around the row's middle."""
    sheet.lines(right, middle - (len(lines) - 1) * size * LEADING / 2, lines, size=size, align="right")


def names_of(sheet: Sheet, names: Sequence[Name], share: float = 0.3, size: float = SIZE) -> list[list[str]]:
    """Return the names of rows in lines that take no more than a share of the sheet."""
    return [wrap(sheet.say(name), size, WIDTH * share) for name in names]


def _value(sheet: Sheet, value: float | None) -> str:
    return sheet.word("no_data") if value is None else axes.short(value)
