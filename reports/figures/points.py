"""Dots by name, each with its interval, its n and the value before; goals as bars on their way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from reports.figures import axes
from reports.figures.axes import Axis
from reports.figures.canvas import FAINT, FINE, LEADING, SIZE, SOFT, WIDTH, Sheet
from reports.figures.courses import PATH, TARGET
from reports.figures.data import Dot, Dots, Goal
from reports.figures.letters import longest, wrap
from reports.figures.schemes import flowing
from reports.figures.stacks import label, names_of
from reports.model import Language
from reports.printing import number

_COLOR = "#1F6FB4"
_DOT = 5.6
_CLEAR = _DOT / 2 + 0.7
_ROW = 11.5
_SAMPLE = 20.0
_BAR = 10.0
_FAR = 1.25
"""Of its target; a goal further than that is drawn as that far, with an arrow."""


def dots(data: Dots, language: Language, *, synthetic: bool = False) -> bytes:
    """Draw a row a dot; where a value is not known its row says why."""
    sheet = Sheet(language, synthetic=synthetic)
    if not data.dots:
        sheet.nothing()
        return sheet.svg()
    if all(one.value is None for one in data.dots) and not any(sheet.say(one.note) for one in data.dots):
        sheet.nothing()
        return sheet.svg()
    names = names_of(sheet, [one.name for one in data.dots])
    left = max(longest(lines, SIZE) for lines in names) + 8
    counts = _counts(sheet, data)
    right = WIDTH - (longest(counts, FINE) + 8 if any(counts) else 2)
    top = _legend(sheet, data) + 2
    if data.target is not None and sheet.say(data.target_name):
        top += FINE * LEADING
    known = [part for one in data.dots for part in (one.value, one.low, one.high, one.before)]
    axis = Axis(*axes.span([*known, data.target, data.center], percent=data.unit.en == "%"), left + 4, right - 4)
    rows = []
    y = top
    for one, lines in zip(data.dots, names, strict=True):
        note = _note(sheet, one, right - left - 12)
        below = one.value is not None and bool(note)
        high = max(_ROW, len(lines) * SIZE * LEADING + 1, len(note) * FINE * LEADING + (_ROW if below else 3))
        rows.append((y, high, note, below))
        y += high
    _across(sheet, data, axis, top, y)
    end = y + 1
    if any(one.value is not None for one in data.dots):
        axes.level(sheet, axis, top, y)
        end = axes.unit_below(sheet, axis, y, sheet.say(data.unit))
    for one, lines, count, (start, high, note, below) in zip(data.dots, names, counts, rows, strict=True):
        sheet.line([(0, start + high), (right, start + high)], thick=0.3, alpha=FAINT)
        middle = start + (_ROW / 2 if below else high / 2)
        label(sheet, left - 6, start + high / 2, lines)
        sheet.text(WIDTH, start + high / 2, count, size=FINE, align="right")
        _dot(sheet, axis, one, middle)
        first = start + _ROW + 1 if below else middle - (len(note) - 1) * FINE * LEADING / 2
        sheet.lines(left + 6, first, note, size=FINE, alpha=SOFT)
    sheet.height = end
    return sheet.svg()


def goals(data: Sequence[Goal], language: Language, *, synthetic: bool = False) -> bytes:
    """Draw how far counts have come of their targets; a mark says where each should be by now."""
    sheet = Sheet(language, synthetic=synthetic)
    if not data:
        sheet.nothing()
        return sheet.svg()
    names = names_of(sheet, [one.name for one in data])
    left = max(longest(lines, SIZE) for lines in names) + 8
    values = [wrap(_of_target(sheet, one), FINE, WIDTH * 0.22) for one in data]
    right = WIDTH - max(longest(lines, FINE) for lines in values) - 6
    axis = Axis(0, _FAR, left, right)
    y = _goals_legend(sheet, data) + 2
    top = y
    for one, lines, value in zip(data, names, values, strict=True):
        high = max(_BAR + 8, len(lines) * SIZE * LEADING + 4, len(value) * FINE * LEADING + 4)
        middle = y + high / 2
        label(sheet, left - 6, middle, lines)
        label(sheet, WIDTH, middle, value, size=FINE)
        _goal(sheet, axis, one, middle)
        y += high
    sheet.line([(axis.at(1), top), (axis.at(1), y)], color=TARGET, thick=1.0, dash=(5, 2.5))
    for share in (0, 0.25, 0.5, 0.75, 1):
        sheet.text(axis.at(share), y + FINE * 0.8, f"{share:.0%}", size=FINE, align="center", alpha=SOFT)
    sheet.height = y + FINE * 1.7
    return sheet.svg()


def _goal(sheet: Sheet, axis: Axis, one: Goal, middle: float) -> None:
    sheet.box(axis.at(0), middle - _BAR / 2, axis.at(1) - axis.at(0), _BAR, alpha=0.35)
    if one.value is None:
        sheet.text(axis.at(0) + 4, middle, sheet.word("no_data"), size=FINE, alpha=SOFT)
    elif one.target:
        end = axis.within(one.value / one.target)
        sheet.box(axis.at(0), middle - _BAR / 2, end - axis.at(0), _BAR, fill=_COLOR, alpha=0.6)
        if one.value / one.target > _FAR:
            sheet.shape([(end - 6, middle - 3.5), (end - 1, middle), (end - 6, middle + 3.5)], fill="#FFFFFF")
    if one.path is not None and one.target:
        x = axis.within(one.path / one.target)
        sheet.line([(x, middle - _BAR / 2 - 3), (x, middle + _BAR / 2 + 3)], color=PATH, thick=1.8)


def _of_target(sheet: Sheet, one: Goal) -> str:
    value = sheet.word("no_data") if one.value is None else number(one.value)
    return sheet.word("of_target", value=value, target=number(one.target), unit=one.unit).strip()


def _dot(sheet: Sheet, axis: Axis, one: Dot, y: float) -> None:
    if one.value is None:
        return
    x = axis.at(one.value)
    if one.low is not None and one.high is not None:
        for end, start in ((axis.at(one.low), x - _CLEAR), (axis.at(one.high), x + _CLEAR)):
            if abs(end - x) > _CLEAR:
                sheet.line([(start, y), (end, y)], color=_COLOR, thick=1.1)
            sheet.line([(end, y - 3), (end, y + 3)], color=_COLOR, thick=1.1)
    if one.before is not None:
        sheet.mark(axis.at(one.before), y, shape="D", size=_DOT - 1.2, color=PATH, hollow=True)
    sheet.mark(x, y, size=_DOT, color=_COLOR)


def _across(sheet: Sheet, data: Dots, axis: Axis, top: float, bottom: float) -> None:
    """Draw the lines that stand across all rows: no change, and the target with its name above."""
    if data.center is not None:
        x = axis.at(data.center)
        sheet.line([(x, top), (x, bottom)], thick=0.9, alpha=SOFT)
    if data.target is not None:
        x = axis.at(data.target)
        sheet.line([(x, top), (x, bottom)], color=TARGET, thick=1.0, dash=(5, 2.5))
        name = sheet.say(data.target_name)
        half = longest([name], FINE) / 2
        sheet.text(min(max(x, half), WIDTH - half), top - FINE * 0.6, name, size=FINE, align="center")


def _legend(sheet: Sheet, data: Dots) -> float:
    known = [one for one in data.dots if one.value is not None]
    entries: list[tuple[str, Callable[[float, float], None]]] = []
    middle = _SAMPLE / 2
    if known:
        entries.append(
            (
                sheet.say(data.value_name) or sheet.word("value"),
                lambda x, y: sheet.mark(x + middle, y, size=_DOT, color=_COLOR),
            )
        )
    if any(one.low is not None and one.high is not None for one in known):
        entries.append((sheet.word("interval"), lambda x, y: _interval_sample(sheet, x, y)))
    if any(one.before is not None for one in known):
        entries.append(
            (
                sheet.say(data.before_name) or sheet.word("before"),
                lambda x, y: sheet.mark(x + middle, y, shape="D", size=_DOT - 1.2, color=PATH, hollow=True),
            )
        )
    if data.target is not None:
        entries.append(
            (
                sheet.say(data.line_name) or sheet.word("target"),
                lambda x, y: sheet.line([(x, y), (x + _SAMPLE, y)], color=TARGET, thick=1.0, dash=(5, 2.5)),
            )
        )
    if data.center is not None:
        entries.append(
            (
                sheet.word("no_change"),
                lambda x, y: sheet.line([(x + middle, y - 4), (x + middle, y + 4)], thick=0.9, alpha=SOFT),
            )
        )
    return flowing(sheet, 0, entries, sample_width=_SAMPLE)


def _interval_sample(sheet: Sheet, x: float, y: float) -> None:
    sheet.line([(x + 3, y), (x + _SAMPLE - 3, y)], color=_COLOR, thick=1.1)
    for end in (x + 3, x + _SAMPLE - 3):
        sheet.line([(end, y - 3), (end, y + 3)], color=_COLOR, thick=1.1)


def _goals_legend(sheet: Sheet, data: Sequence[Goal]) -> float:
    entries: list[tuple[str, Callable[[float, float], None]]] = [
        (sheet.word("reached"), lambda x, y: sheet.box(x, y - 3, _SAMPLE, 6, fill=_COLOR, alpha=0.6)),
        (
            sheet.word("target"),
            lambda x, y: sheet.line([(x, y), (x + _SAMPLE, y)], color=TARGET, thick=1.0, dash=(5, 2.5)),
        ),
    ]
    if any(one.path is not None for one in data):
        entries.append(
            (
                sheet.word("by_now"),
                lambda x, y: sheet.line([(x + _SAMPLE / 2, y - 5), (x + _SAMPLE / 2, y + 5)], color=PATH, thick=1.8),
            )
        )
    return flowing(sheet, 0, entries, sample_width=_SAMPLE)


def _counts(sheet: Sheet, data: Dots) -> list[str]:
    """Return how many each value rests on; of a rate that does not say so, that it does not."""
    asked = sheet.say(data.unit) == "%" or any(one.n is not None for one in data.dots)
    return [
        f"n = {one.n:,}" if one.n is not None else sheet.word("n_unknown") if asked and one.value is not None else ""
        for one in data.dots
    ]


def _note(sheet: Sheet, one: Dot, wide: float) -> list[str]:
    text = sheet.say(one.note) or ("" if one.value is not None else sheet.word("no_data"))
    return wrap(text, FINE, wide) if text else []
