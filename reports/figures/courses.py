"""Courses over time: one with its interval and target, several together, small ones side by side."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from qualicity.network import Name
from reports.figures import axes
from reports.figures.axes import Axis
from reports.figures.canvas import FAINT, FINE, INK, LEADING, SOFT, WIDTH, Sheet
from reports.figures.data import Lines, Multiples, Point, Trend
from reports.figures.letters import longest, wrap
from reports.figures.schemes import flowing
from reports.model import Language
from reports.printing import number
from reports.wording import wording

_HIGH = 94.0
_SAMPLE = 22.0
_RADIUS, _TINY = 2.6, 1.5
_MANY = 24
"""More points than that are drawn small."""
_PANES = 3
_PERCENT = "%"
_PANE_HIGH = 62.0

TARGET = "#C8452B"
"""Of the line of a target; dashed, and labelled."""

PATH = "#94700F"

_DASHES: tuple[tuple[float, ...], ...] = ((), (6, 2), (2, 1.6), (7, 2, 1.5, 2), (10, 3), (4, 1.5, 1, 1.5, 1, 1.5))
_SHAPES = ("o", "s", "^", "D", "v", "P")
_COLORS = ("#1F6FB4", "#C2571A", "#2F8F5B", "#8A4FA0", "#8C6D1F", "#5A6470")
"""Of courses on one axis; dash and mark tell them apart, too."""


@dataclass(frozen=True)
class _Plot:
    across: Axis
    up: Axis

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.across.at(x), self.up.at(y)


@dataclass(frozen=True)
class _Style:
    color: str = _COLORS[0]
    dash: Sequence[float] = ()
    shape: str = "o"
    radius: float = _RADIUS
    path: str = PATH  # colour of what was asked for; of several courses each its own


def trend(data: Trend, language: Language, *, synthetic: bool = False) -> bytes:
    """Draw a course; what is not known is a gap, and points of different methods are not joined."""
    sheet = Sheet(language, synthetic=synthetic)
    if not _known(data):
        sheet.nothing(_nothing_of(sheet, data))
        return sheet.svg()
    styled = [(data, _Style(radius=_RADIUS if len(data.points) <= _MANY else _TINY))]
    return _whole(sheet, styled, _legend(sheet, styled), data.unit, None)


def lines(data: Lines, language: Language, *, synthetic: bool = False) -> bytes:
    """Draw several courses on one axis, each with a colour, a dash and a mark of its own."""
    sheet = Sheet(language, synthetic=synthetic)
    if not any(_known(one) for one in data.trends):
        sheet.nothing()
        return sheet.svg()
    styled = [
        (
            one,
            _Style(
                _COLORS[place % len(_COLORS)],
                _DASHES[(place + place // len(_COLORS)) % len(_DASHES)],
                _SHAPES[(place + place // len(_COLORS) * 2) % len(_SHAPES)],
                path=_COLORS[place % len(_COLORS)],
            ),
        )
        for place, one in enumerate(data.trends)
    ]
    top = _legend(sheet, styled)
    return _whole(sheet, styled, top, data.unit, data.base)


def multiples(data: Multiples, language: Language, *, synthetic: bool = False) -> bytes:
    """Draw a pane a course, each on its own axis."""
    sheet = Sheet(language, synthetic=synthetic)
    if not data.trends:
        sheet.nothing()
        return sheet.svg()
    gap = 14.0
    wide = (WIDTH - (_PANES - 1) * gap) / _PANES
    style = _Style(radius=2.0)
    top = _legend(sheet, [(one, style) for one in data.trends], named=False)
    for row in itertools.zip_longest(*[iter(data.trends)] * _PANES):
        panes = [one for one in row if one is not None]
        titles = [_pane_title(sheet, one, wide) for one in panes]
        head = max(len(title) for title in titles) * FINE * LEADING + 3
        ends = []
        for place, (one, title) in enumerate(zip(panes, titles, strict=True)):
            left = place * (wide + gap)
            sheet.lines(left, top + FINE * LEADING / 2, title, size=FINE)
            ends.append(_pane(sheet, one, style, left=left, top=top + head, wide=wide))
        top = max(ends) + 8
    sheet.height = top
    return sheet.svg()


def _pane(sheet: Sheet, data: Trend, style: _Style, *, left: float, top: float, wide: float) -> float:
    """Draw a small course; return where it ends."""
    bottom = top + _PANE_HIGH
    if not _known(data):
        sheet.box(left + 0.5, top, wide - 1, _PANE_HIGH, alpha=FAINT)
        said = wrap(sheet.word("no_data"), FINE, wide - 8)
        sheet.lines(left + wide / 2, top + _PANE_HIGH / 2, said, size=FINE, align="center", alpha=SOFT)
        return bottom + FINE * 1.6
    up = Axis(*axes.span(_values([data]), percent=data.unit.en == _PERCENT), bottom - 3, top + 3)
    inner = left + axes.numbers_width(up, 3)
    plot = _Plot(Axis(*_times([data]), inner + 6, left + wide - 6), up)
    axes.upright(sheet, up, inner, left + wide, count=3)
    sheet.line([(inner, bottom), (left + wide, bottom)], thick=0.6)
    _course(sheet, plot, data, style, (inner, left + wide))
    _times_below(sheet, plot, [data], bottom, (left, left + wide))
    end = bottom + FINE * 1.9
    return _reasons(sheet, end, [data], left=left, wide=wide)


def _whole(sheet: Sheet, styled: Sequence[tuple[Trend, _Style]], top: float, unit: Name, base: float | None) -> bytes:
    """Draw courses over the sheet's whole width, below their legend."""
    trends = [one for one, _ in styled]
    sheet.text(0, top + FINE / 2 + 1, sheet.say(unit), size=FINE, alpha=SOFT)
    top += FINE * 1.7 if sheet.say(unit) else 2
    bottom = top + _HIGH
    up = Axis(*axes.span([*_values(trends), base], percent=unit.en == _PERCENT), bottom - 4, top + 4)
    left = axes.numbers_width(up)
    labels = [
        (one.target, wrap(_target_name(sheet, one), FINE, WIDTH * 0.2)) for one in trends if one.target is not None
    ]
    right = WIDTH - max((longest(lines, FINE) + 5 for _, lines in labels), default=2)
    plot = _Plot(Axis(*_times(trends), left + 12, right - 12), up)
    axes.upright(sheet, up, left, right)
    sheet.line([(left, bottom), (right, bottom)], thick=0.7)
    if base is not None:
        sheet.line([(left, up.at(base)), (right, up.at(base))], thick=0.8, alpha=SOFT)
    for one, style in styled:
        _course(sheet, plot, one, style, (left, right))
    for middle, lines in _apart([(up.at(value), lines) for value, lines in labels], top, bottom):
        first = middle - (len(lines) - 1) * FINE * LEADING / 2
        sheet.lines(right + 4, first, lines, size=FINE)
    _times_below(sheet, plot, trends, bottom, (0, WIDTH))
    sheet.height = _reasons(sheet, bottom + FINE * 2.2, trends) + 1
    return sheet.svg()


def _course(sheet: Sheet, plot: _Plot, data: Trend, style: _Style, ends: tuple[float, float]) -> None:
    """Draw what was asked for, the marks of breaks, then the course itself."""
    if data.target is not None:
        y = plot.up.at(data.target)
        sheet.line([(ends[0], y), (ends[1], y)], color=TARGET, thick=1.0, dash=(5, 2.5))
    if data.path:
        sheet.line([plot.at(x, y) for x, y in data.path], color=style.path, thick=1.0, dash=(1.2, 2))
    for place, (time, _) in enumerate(data.breaks, 1):
        x = plot.across.within(time)
        sheet.line([(x, plot.up.start), (x, plot.up.end + FINE * 1.2)], thick=0.8, dash=(1.5, 1.5), alpha=SOFT)
        sheet.text(x, plot.up.end + 2, _circled(place), size=FINE, align="center")
    for pair in itertools.pairwise(_ordered(data)):
        _joined(sheet, plot, data, style, pair)
    for point in _ordered(data):
        if point.value is None:
            continue
        x, y = plot.at(point.at, point.value)
        if point.low is not None and point.high is not None:
            _whisker(sheet, plot, point, x, style)
        sheet.mark(x, y, shape=style.shape, size=2 * style.radius, color=style.color, hollow=point.provisional)


def _joined(sheet: Sheet, plot: _Plot, data: Trend, style: _Style, pair: tuple[Point, Point]) -> None:
    """Join two points, up to their marks; not across what is unknown, nor across a change of method."""
    before, after = pair
    if before.value is None or after.value is None or before.method != after.method:
        return
    if any(before.at <= time <= after.at for time, _ in data.breaks):
        return
    (x, y), (to_x, to_y) = plot.at(before.at, before.value), plot.at(after.at, after.value)
    long = ((to_x - x) ** 2 + (to_y - y) ** 2) ** 0.5
    clear = style.radius + 0.8
    if long <= 2 * clear:
        return
    cut_x, cut_y = (to_x - x) / long * clear, (to_y - y) / long * clear
    sheet.line([(x + cut_x, y + cut_y), (to_x - cut_x, to_y - cut_y)], color=style.color, thick=1.3, dash=style.dash)


def _whisker(sheet: Sheet, plot: _Plot, point: Point, x: float, style: _Style) -> None:
    if point.low is None or point.high is None or point.value is None:
        return
    low, high, middle = plot.up.at(point.low), plot.up.at(point.high), plot.up.at(point.value)
    clear = style.radius + 0.6
    for end, start in ((low, middle + clear), (high, middle - clear)):
        if abs(end - middle) > clear:
            sheet.line([(x, start), (x, end)], color=style.color, thick=0.9)
        sheet.line([(x - 3, end), (x + 3, end)], color=style.color, thick=0.9)


def _times_below(sheet: Sheet, plot: _Plot, trends: Sequence[Trend], bottom: float, ends: tuple[float, float]) -> None:
    """Set the labels of times, as many as stand clear of each other."""
    labels = {point.at: point.label for one in trends for point in one.points}
    for at in sorted(labels):
        x = plot.across.at(at)
        sheet.line([(x, bottom), (x, bottom + 2)], thick=0.5)
    places = []
    for at in sorted(labels):
        half = longest([labels[at]], FINE) / 2
        places.append((min(max(plot.across.at(at), ends[0] + half), ends[1] - half), labels[at]))
    for x, text in axes.sparse(places):
        sheet.text(x, bottom + FINE, text, size=FINE, align="center")


def _reasons(sheet: Sheet, top: float, trends: Sequence[Trend], *, left: float = 0, wide: float = WIDTH) -> float:
    """Set why courses are broken; return where that ends."""
    for one in trends:
        for place, (_, reason) in enumerate(one.breaks, 1):
            text = sheet.word("break", number=_circled(place), reason=reason)
            lines = wrap(text, FINE, wide)
            sheet.lines(left, top + FINE * LEADING / 2, lines, size=FINE, alpha=SOFT)
            top += len(lines) * FINE * LEADING + 1
    return top


def _legend(sheet: Sheet, styled: Sequence[tuple[Trend, _Style]], *, named: bool = True) -> float:
    """Set what marks and lines mean, of those that occur; return where that ends."""
    entries: list[tuple[str, Callable[[float, float], None]]] = []
    if named:
        entries += [(sheet.say(one.name), _line_sample(sheet, style)) for one, style in styled]
    points = [point for one, _ in styled for point in one.points if point.value is not None]
    first = styled[0][1]
    shown = PATH if len({style.path for _, style in styled}) == 1 else INK
    if any(point.low is not None and point.high is not None for point in points):
        entries.append((sheet.word("interval"), lambda x, y: _whisker_sample(sheet, first, x, y)))
    if any(point.provisional for point in points):
        entries.append(
            (
                sheet.word("provisional"),
                lambda x, y: sheet.mark(x + _SAMPLE / 2, y, size=2 * _RADIUS, color=first.color, hollow=True),
            )
        )
    for across in dict.fromkeys(one.line for one, _ in styled if one.target is not None):
        entries.append(
            (
                sheet.word(across),
                lambda x, y: sheet.line([(x, y), (x + _SAMPLE, y)], color=TARGET, thick=1.0, dash=(5, 2.5)),
            )
        )
    if any(one.path for one, _ in styled):
        entries.append(
            (
                sheet.word("path"),
                lambda x, y: sheet.line([(x, y), (x + _SAMPLE, y)], color=shown, thick=1.0, dash=(1.2, 2)),
            )
        )
    return flowing(sheet, 0, entries, sample_width=_SAMPLE) + 2


def _line_sample(sheet: Sheet, style: _Style) -> Callable[[float, float], None]:
    def draw(x: float, y: float) -> None:
        sheet.line([(x, y), (x + _SAMPLE, y)], color=style.color, thick=1.3, dash=style.dash)
        sheet.mark(x + _SAMPLE / 2, y, shape=style.shape, size=2 * _RADIUS, color=style.color)

    return draw


def _whisker_sample(sheet: Sheet, style: _Style, x: float, y: float) -> None:
    middle = x + _SAMPLE / 2
    sheet.line([(middle, y - 4), (middle, y + 4)], color=style.color, thick=0.9)
    for end in (y - 4, y + 4):
        sheet.line([(middle - 3, end), (middle + 3, end)], color=style.color, thick=0.9)


def _apart(
    labels: Sequence[tuple[float, Sequence[str]]], top: float, bottom: float
) -> list[tuple[float, Sequence[str]]]:
    """Move labels that stand beside an axis so far apart that none lies on another."""
    placed: list[tuple[float, Sequence[str]]] = []
    least = top
    for middle, lines in sorted(labels, key=lambda one: one[0]):
        half = len(lines) * FINE * LEADING / 2
        middle = max(middle, least + half)  # noqa: PLW2901 - moved down
        placed.append((middle, lines))
        least = middle + half
    below = bottom
    for place, (middle, lines) in reversed(list(enumerate(placed))):
        half = len(lines) * FINE * LEADING / 2
        placed[place] = (min(middle, below - half), lines)
        below = placed[place][0] - half
    return placed


def _target_name(sheet: Sheet, data: Trend) -> str:
    return sheet.say(data.target_name) or number(data.target or 0)


def _pane_title(sheet: Sheet, data: Trend, wide: float) -> list[str]:
    title = sheet.say(data.name)
    if sheet.say(data.unit):
        title = sheet.say(wording("layout")("with_unit", name=title, unit=sheet.say(data.unit)))
    found = wrap(title, FINE, wide)
    if data.target is not None and sheet.say(data.target_name):
        line = sheet.say(data.target_name)
        whole = line.startswith(sheet.word(data.line))  # it says itself what it is
        found += wrap(line if whole else sheet.word(f"{data.line}_is", target=data.target_name), FINE, wide)
    return found


def _nothing_of(sheet: Sheet, data: Trend) -> str:
    return sheet.word("nothing_of", name=data.name) if sheet.say(data.name) else sheet.word("no_data")


def _known(data: Trend) -> bool:
    return any(point.value is not None for point in data.points)


def _ordered(data: Trend) -> list[Point]:
    return sorted(data.points, key=lambda point: point.at)


def _values(trends: Sequence[Trend]) -> list[float | None]:
    return [
        value
        for one in trends
        for value in (
            *(part for point in one.points for part in (point.value, point.low, point.high)),
            one.target,
            *(value for _, value in one.path),
        )
    ]


def _times(trends: Sequence[Trend]) -> tuple[float, float]:
    times = [point.at for one in trends for point in one.points]
    times += [time for one in trends for time, _ in one.path]
    low, high = min(times), max(times)
    return (low - 0.5, high + 0.5) if low == high else (low, high)


def _circled(number: int) -> str:
    """Return the sign of a break: a circled number."""
    return chr(0x2460 + (number - 1) % 20)
