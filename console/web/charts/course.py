"""Courses over time: lines, and bars."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from console.web.charts.drawing import About, Scale, drawing, element, runs, ticks, written

WIDTH, HEIGHT = 380.0, 168.0
"""Of a course, px of the drawing: about its size on a phone, so that its texts keep theirs."""

_LEFT, _RIGHT, _TOP, _BOTTOM = 38.0, 8.0, 20.0, 22.0
_MOST_NAMES = 7
_GAP = 0.22


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


def line(about: About, places: Sequence[str], values: Sequence[float | None]) -> Markup:
    """Return a course as a line; where there is no value, it has a gap.

    Args:
        about: what it tells.
        places: names along the axis, one a value; only some are written.
        values: the course.
    """
    frame = _frame(len(places), values)
    parts = list(_axes(about, frame, places))
    for run in runs(values):
        if len(run) == 1:
            (at, value), *_ = run
            parts.append(element("circle", cx=frame.x(at), cy=frame.y(value), r=2.2, class_="s0 dot"))
        else:
            points = " ".join(f"{frame.x(at):g},{frame.y(value):g}" for at, value in run)
            parts.append(element("polyline", points=points, class_="s0"))
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
    frame = _frame(len(places), values, limit, whole=True)
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
    parts += _line_of(frame, limit) if limit else ()
    return drawing(about, WIDTH, HEIGHT, parts, "bars")


def _frame(count: int, values: Sequence[float | None], limit: Limit | None = None, *, whole: bool = False) -> _Frame:
    """Return the scales, from zero; `whole` = a place is as wide as a bar, not a point."""
    reach = [0.0, *(value for value in values if value is not None), *([limit.value] if limit else [])]
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


def _line_of(frame: _Frame, limit: Limit) -> Iterator[Markup]:
    y = frame.y(limit.value)
    yield element("line", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y, class_="limit")
    yield element("text", limit.name, x=WIDTH - _RIGHT, y=max(y - 4, 11), class_="end limit-name")
