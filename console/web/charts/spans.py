"""A share between its bounds, and its target as people write it."""

from __future__ import annotations

from markupsafe import Markup

from console.web.charts.drawing import About, Scale, drawing, element
from qualicity.target import parse_target

_WIDTH, _HEIGHT = 300.0, 44.0
_TOP, _BOTTOM = 6.0, 26.0
_LEAST = 2.0
_AT_LEAST = "\N{GREATER-THAN OR EQUAL TO}"
_HALF_SCALE = 0.5
"""A share is drawn on half the scale where all of it lies there: 97.9 and 98 % stand apart."""


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
