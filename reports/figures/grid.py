"""Classes or counts by row and column."""

from __future__ import annotations

import math

from qualicity.network import Name
from reports.figures.canvas import FINE, LEADING, SIZE, SOFT, WIDTH, Sheet
from reports.figures.data import Matrix
from reports.figures.letters import longest, wrap
from reports.figures.schemes import UNKNOWN, Cells, Level, legend, level, scheme
from reports.figures.stacks import label, names_of
from reports.model import Language
from reports.printing import number
from reports.wording import wording

_ROW = 15.0
_WIDEST = 64.0
_COUNT = "count"
_PALE, _DEEP = (0xE3, 0xEE, 0xF7), (0x12, 0x4A, 0x7C)
_SHADES = 4
_FEW = 7


def matrix(data: Matrix, language: Language, *, synthetic: bool = False) -> bytes:
    """Draw a cell a class, with its sign, or a cell a count, the deeper the more."""
    sheet = Sheet(language, synthetic=synthetic)
    if not data.rows or not data.columns or all(cell in {None, ""} for row in data.cells for cell in row):
        sheet.nothing()
        return sheet.svg()
    names = names_of(sheet, data.rows)
    corner = wrap(sheet.say(data.row_title), FINE, WIDTH * 0.3)
    left = max(*(longest(lines, SIZE) for lines in names), longest(corner, FINE)) + 7
    wide = min(_WIDEST, (WIDTH - left - 1) / len(data.columns))
    top = _head(sheet, data, left, wide)
    sheet.lines(left - 6, top - len(corner) * FINE * LEADING + 3, corner, size=FINE, align="right", alpha=SOFT)
    y = top
    cells = Cells(sheet)
    counts = [cell for row in data.cells for cell in row if isinstance(cell, int)]
    most = max(counts, default=0)
    for lines, row in zip(names, data.cells, strict=True):
        high = max(_ROW, len(lines) * SIZE * LEADING + 3)
        label(sheet, left - 6, y + high / 2, lines)
        for place, cell in enumerate(row):
            cells.add(_drawn(data.scheme, cell, most), left + place * wide, y, wide=wide, high=high)
        y += high
    cells.draw()
    sheet.height = legend(sheet, y + 4, _levels(data, counts))
    return sheet.svg()


def _head(sheet: Sheet, data: Matrix, left: float, wide: float) -> float:
    """Set the names of the columns; return where the cells begin."""
    title = wrap(sheet.say(data.column_title), FINE, WIDTH - left)
    title = title if any(title) else []
    sheet.lines(left, FINE * LEADING / 2, title, size=FINE, alpha=SOFT)
    top = len(title) * FINE * LEADING
    names = [sheet.say(name) for name in data.columns]
    broken = [wrap(name, FINE, wide - 3) for name in names]
    whole = all(
        not _torn(name, lines) and longest(lines, FINE) <= wide - 1 for name, lines in zip(names, broken, strict=True)
    )
    if whole and max(len(lines) for lines in broken) <= 3:
        high = max(len(lines) for lines in broken) * FINE * LEADING
        for place, lines in enumerate(broken):
            first = top + high - (len(lines) - 0.5) * FINE * LEADING
            sheet.lines(left + (place + 0.5) * wide, first, lines, size=FINE, align="center")
        return top + high + 2
    step = math.ceil(FINE * LEADING / wide)  # narrower columns have the name of every second, third ... one
    folded = [_folded(name, int(step * wide / (FINE * LEADING))) for name in names[::step]]
    high = max(longest(lines, FINE) for lines in folded)
    for place, lines in zip(range(0, len(names), step), folded, strict=True):
        for row, line in enumerate(lines):
            x = left + (place + 0.5) * wide + (row - (len(lines) - 1) / 2) * FINE * LEADING
            sheet.text(x, top + high, line, size=FINE, turned=90)
    return top + high + 4


def _drawn(name: str, cell: str | int | None, most: int) -> Level:
    """Return how a cell is drawn."""
    if cell == "":
        return Level("", Name(), "")
    if name != _COUNT:
        return level(name, _unknown(name) if cell is None else str(cell))
    if cell is None:
        return level("air", UNKNOWN)
    return Level("", Name(), _shade(int(cell), most), number(int(cell)))


def _unknown(name: str) -> str:
    """Return the level of what is not known: the last of every scheme."""
    return scheme(name)[-1].code


def _levels(data: Matrix, counts: list[int]) -> list[Level]:
    if data.scheme != _COUNT:
        every = scheme(data.scheme)
        seen = {_unknown(data.scheme) if cell is None else str(cell) for row in data.cells for cell in row}
        return [one for one in every if len(every) <= _FEW or one.code in seen]
    most = max(counts, default=0)
    steps = sorted({round(most * step / _SHADES) for step in range(_SHADES + 1)})
    found = [Level("", Name(number(step)), _shade(step, most)) for step in steps]
    if any(cell is None for row in data.cells for cell in row):
        one = level("air", UNKNOWN)
        found.append(Level("", wording("figures")("no_data"), one.color, one.sign, one.hatch))
    return found


def _shade(count: int, most: int) -> str:
    share = (count / most) ** 0.6 if most > 0 and count > 0 else 0
    return "#" + "".join(f"{round(pale + (deep - pale) * share):02X}" for pale, deep in zip(_PALE, _DEEP, strict=True))


def _torn(name: str, lines: list[str]) -> bool:
    """Tell whether a word was broken."""
    return any(len(word) > 1 and word.isascii() and not any(word in line for line in lines) for word in name.split())


def _folded(name: str, fits: int) -> list[str]:
    """Return a name in no more lines than fit side by side, as short as they may be."""
    limits = (limit for limit in (60.0, 90.0, 120.0, 180.0) if not _torn(name, wrap(name, FINE, limit)))
    return next((lines for lines in (wrap(name, FINE, limit) for limit in limits) if len(lines) <= fits), [name])
