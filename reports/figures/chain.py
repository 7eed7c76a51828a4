"""Boxes from left to right, joined by arrows."""

from __future__ import annotations

from reports.figures.canvas import FINE, LEADING, SIZE, SOFT, WIDTH, Sheet
from reports.figures.data import Flow
from reports.figures.letters import wrap
from reports.model import Language

_A_ROW = 5
_ARROW = 16.0
_EDGE = 5.0


def flow(data: Flow, language: Language, *, synthetic: bool = False) -> bytes:
    """Draw steps in their order; after five the next row begins, again from the left."""
    sheet = Sheet(language, synthetic=synthetic)
    if not data.steps:
        sheet.nothing()
        return sheet.svg()
    rows = -(-len(data.steps) // _A_ROW)
    columns = -(-len(data.steps) // rows)
    wide = (WIDTH - 1 - (columns - 1) * _ARROW) / columns
    y = 0.5
    for first in range(0, len(data.steps), columns):
        steps = data.steps[first : first + columns]
        names = [wrap(sheet.say(one.name), SIZE, wide - 2 * _EDGE) for one in steps]
        details = [wrap(sheet.say(one.detail), FINE, wide - 2 * _EDGE) for one in steps]
        head = max(len(lines) for lines in names) * SIZE * LEADING
        high = 2 * _EDGE + head + 3 + max(len(lines) for lines in details) * FINE * LEADING
        if first:
            _turn(sheet, y, columns, wide)
            y += _ARROW
        for number, (name, detail) in enumerate(zip(names, details, strict=True)):
            x = 0.5 + number * (wide + _ARROW)
            sheet.box(x, y, wide, high, thick=0.9)
            middle = x + wide / 2
            sheet.lines(middle, y + _EDGE + SIZE * LEADING / 2, name, size=SIZE, align="center")
            sheet.line([(x + _EDGE, y + _EDGE + head + 1), (x + wide - _EDGE, y + _EDGE + head + 1)], thick=0.4)
            sheet.lines(x + _EDGE, y + _EDGE + head + 3 + FINE * LEADING / 2, detail, size=FINE, alpha=SOFT)
            if number:
                _arrow(sheet, x - _ARROW + 2, x - 2, y + high / 2)
        y += high
    sheet.height = y + 0.5
    return sheet.svg()


def _arrow(sheet: Sheet, start: float, end: float, y: float) -> None:
    sheet.line([(start, y), (end - 4, y)], thick=1)
    sheet.shape([(end, y), (end - 5, y - 3), (end - 5, y + 3)])


def _turn(sheet: Sheet, y: float, columns: int, wide: float) -> None:
    """Lead from the last box of a row to the first of the next."""
    last = 0.5 + (columns - 1) * (wide + _ARROW) + wide / 2
    first, middle = 0.5 + wide / 2, y + _ARROW / 2
    sheet.line([(last, y + 1), (last, middle), (first, middle), (first, y + _ARROW - 5)], thick=1)
    tip = y + _ARROW - 1
    sheet.shape([(first, tip), (first - 3, tip - 5), (first + 3, tip - 5)])
