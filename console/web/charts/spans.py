"""Places on a line: a share between its bounds, and a row of cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from console.web.charts.drawing import About, Scale, drawing, element, ink_on
from qualicity.target import parse_target

_WIDTH, _HEIGHT = 300.0, 44.0
_TOP, _BOTTOM = 6.0, 26.0
_LEAST = 2.0
_AT_LEAST = "\N{GREATER-THAN OR EQUAL TO}"
_HALF_SCALE = 0.5
"""A share is drawn on half the scale where all of it lies there: 97.9 and 98 % stand apart."""


@dataclass(frozen=True)
class Cell:
    """A cell of a row.

    Attributes:
        title: what it says to the pointer.
        text: in the cell: a number or a sign.
        color: of its ground, such as #00e400; empty = there is nothing to colour.
    """

    title: str
    text: str
    color: str = ""


def span(about: About, lower: float, upper: float, value: float | None, target: float) -> Markup:
    """Return a share between its bounds, with its target: all from 0 to 1."""
    low = _HALF_SCALE if min(lower, target, 1.0 if value is None else value) > _HALF_SCALE else 0.0
    x = Scale(low, 1.0, 4, _WIDTH - 4)
    parts = [
        element("rect", x=4, y=_TOP, width=_WIDTH - 8, height=_BOTTOM - _TOP, rx=4, class_="track"),
        element(
            "rect", x=x(lower), y=_TOP, width=max(_LEAST, round(x(upper) - x(lower), 1)), height=_BOTTOM - _TOP,
            rx=4, class_="band",
        ),
    ]  # fmt: skip
    if value is not None:
        parts.append(element("line", x1=x(value), x2=x(value), y1=_TOP, y2=_BOTTOM, class_="value"))
    parts.append(element("line", x1=x(target), x2=x(target), y1=_TOP - 4, y2=_BOTTOM + 4, class_="limit"))
    for share, kind in ((low, ""), ((low + 1) / 2, "middle"), (1.0, "end")):
        parts.append(element("text", f"{share * 100:g} %", x=x(share), y=_HEIGHT - 3, class_=kind or None))
    return drawing(about, _WIDTH, _HEIGHT, parts, "span")


def aimed(target: str) -> str:
    """Return a target such as ">=98" as people write it."""
    aim = parse_target(target)
    return f"{'>' if aim.strict else _AT_LEAST} {aim.text.lstrip('>=')} %"


def strip(about: About, cells: Sequence[Cell], *, width: float = 22.0, height: float = 26.0) -> Markup:
    """Return a row of cells, each with its text; what has no colour is hatched by a dashed edge."""
    parts = []
    for at, cell in enumerate(cells):
        x = at * width
        ink = ink_on(cell.color) if cell.color else None
        box = element(
            "rect", x=x + 0.5, y=0.5, width=width - 1.5, height=height - 1, rx=3,
            fill=cell.color or "none", class_=None if cell.color else "open",
        )  # fmt: skip
        text = element(
            "text", cell.text, x=x + width / 2, y=height / 2 + 4, class_="middle", style=f"fill:{ink}" if ink else None
        )
        parts.append(element("g", [element("title", cell.title), box, text]))
    return drawing(about, max(1, len(cells)) * width, height, parts, "strip")
