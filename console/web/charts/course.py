"""Courses over time: lines, bars, and a small course beside a number."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from console.web.charts.drawing import About, Scale, drawing, element, runs, ticks, written

WIDTH, HEIGHT = 380.0, 168.0
"""Of a course, px of the drawing: about its size on a phone, so that its texts keep theirs."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 38.0, 8.0, 20.0, 22.0
_MOST_NAMES = 7
_DASHES = (None, "6 3", "2 3", "8 3 2 3")
_GAP = 0.22


@dataclass(frozen=True)
class Series:
    """One course: a value a place of the axis; None = there is none."""

    name: str
    values: Sequence[float | None]


@dataclass(frozen=True)
class Limit:
    """A line across the chart."""

    value: float
    name: str


@dataclass(frozen=True)
class _Frame:
    """Where values and places are."""

    x: Scale
    y: Scale
    marks: Sequence[float]


def line(
    about: About, places: Sequence[str], series: Sequence[Series], limits: Sequence[Limit] = (), *, floor: float = 0.0
) -> Markup:
    """Return courses as lines.

    Args:
        about: what it tells.
        places: names along the axis, one a value; only some are written.
        series: the courses; the first is whole, the others dashed and named.
        limits: lines across.
        floor: least value of the axis, where no value is less.
    """
    values = [value for one in series for value in one.values if value is not None]
    frame = _frame(len(places), values, limits, floor)
    parts = [*_axes(about, frame, places), *_limits(frame, limits)]
    for number, one in enumerate(series):
        dash = _DASHES[number % len(_DASHES)]
        for run in runs(one.values):
            if len(run) == 1:
                (at, value), *_ = run
                parts.append(element("circle", cx=frame.x(at), cy=frame.y(value), r=2.2, class_=f"s{number} dot"))
            else:
                points = " ".join(f"{frame.x(at):g},{frame.y(value):g}" for at, value in run)
                parts.append(element("polyline", points=points, class_=f"s{number}", stroke_dasharray=dash))
    if len(series) > 1:
        parts += _names(series)
    return drawing(about, WIDTH, HEIGHT, parts, "line")


def bars(
    about: About,
    places: Sequence[str],
    values: Sequence[float | None],
    limit: Limit | None = None,
    *,
    titles: Sequence[str] = (),
) -> Markup:
    """Return a bar a place; where there is no value, a short sign stands.

    Args:
        about: what it tells.
        places: names along the axis, one a value.
        values: none below zero.
        limit: a line across; bars that rise above it have a colour of their own.
        titles: of each bar, as the pointer finds them.
    """
    limits = [limit] if limit else []
    frame = _frame(len(places), [value for value in values if value is not None], limits, 0.0, whole=True)
    wide = (frame.x(1) - frame.x(0)) * (1 - _GAP)
    parts = list(_axes(about, frame, places))
    for at, value in enumerate(values):
        title = [element("title", titles[at])] if titles else []
        if value is None:
            parts.append(
                element(
                    "text",
                    [Markup("\N{MULTIPLICATION SIGN}"), *title],
                    x=frame.x(at),
                    y=frame.y(0) - 3,
                    class_="none middle",
                )
            )
            continue
        kind = "bar over" if limit and value > limit.value else "bar"
        top = frame.y(value)
        parts.append(
            element(
                "rect", title, x=round(frame.x(at) - wide / 2, 1), y=top, width=round(wide, 1),
                height=round(frame.y(0) - top, 1), class_=kind,
            )
        )  # fmt: skip
    parts += _limits(frame, limits)
    return drawing(about, WIDTH, HEIGHT, parts, "bars")


def spark(about: About, values: Sequence[float | None], width: float = 120.0, height: float = 28.0) -> Markup:
    """Return a course without axes; its last value is a dot."""
    known = [value for value in values if value is not None]
    if not known:
        return Markup("")
    low, high = min(known), max(known)
    x = Scale(0, max(1, len(values) - 1), 3, width - 3)
    y = Scale(low, high if high > low else low + 1, height - 4, 4)
    stretches = runs(values)
    parts = [
        element("polyline", points=" ".join(f"{x(at):g},{y(value):g}" for at, value in run), class_="s0")
        for run in stretches
    ]
    at, value = stretches[-1][-1]
    parts.append(element("circle", cx=x(at), cy=y(value), r=2.4, class_="s0 dot"))
    return drawing(about, width, height, parts, "spark")


def _frame(
    count: int, values: Sequence[float], limits: Sequence[Limit], floor: float, *, whole: bool = False
) -> _Frame:
    """Return the scales; `whole` = a place is as wide as a bar, not a point."""
    reach = [*values, *(limit.value for limit in limits), floor]
    marks = ticks(min(reach), max(reach))
    edge = 0.5 if whole else 0.0
    last = max(count - 1, 1) if not whole else max(count - 1, 0)
    x = Scale(-edge, last + edge, _LEFT, WIDTH - _RIGHT)
    return _Frame(x, Scale(marks[0], marks[-1], HEIGHT - _BOTTOM, _TOP), marks)


def _axes(about: About, frame: _Frame, places: Sequence[str]) -> Iterator[Markup]:
    for mark in frame.marks:
        y = frame.y(mark)
        yield element("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y, class_="grid-line")
        yield element("text", written(mark), x=_LEFT - 5, y=y + 4, class_="end")
    if about.unit:
        yield element("text", about.unit, x=2, y=11)
    step = max(1, -(-len(places) // _MOST_NAMES))
    for at in range(0, len(places), step):
        yield element("text", places[at], x=frame.x(at), y=HEIGHT - 6, class_="middle")


def _limits(frame: _Frame, limits: Sequence[Limit]) -> Iterator[Markup]:
    for limit in limits:
        y = frame.y(limit.value)
        yield element("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y, class_="limit")
        yield element("text", limit.name, x=WIDTH - _RIGHT, y=max(y - 4, 11), class_="end limit-name")


def _names(series: Sequence[Series]) -> Iterator[Markup]:
    """Yield the names of the courses, each behind a piece of its line."""
    x = _LEFT + 60
    for number, one in enumerate(series):
        dash = _DASHES[number % len(_DASHES)]
        yield element("line", x1=x, x2=x + 18, y1=8, y2=8, class_=f"s{number}", stroke_dasharray=dash)
        yield element("text", one.name, x=x + 22, y=12)
        x += 30 + 8 * len(one.name)
