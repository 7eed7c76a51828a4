"""What every chart is made of: an element, a scale, ticks, the drawing with its title and description."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_STEPS = (1, 2, 2.5, 5, 10)
_LIGHT_FROM = 0.179
"""Relative luminance of a ground from which black text has more contrast than white (WCAG 2)."""


@dataclass(frozen=True)
class About:
    """What a chart tells whoever does not see it.

    Attributes:
        title: in a few words.
        description: what there is to see, in a sentence; empty = the title says it.
        unit: of the values, as people write it.
    """

    title: str
    description: str = ""
    unit: str = ""


@dataclass(frozen=True)
class Scale:
    """From values to places on a line, px."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Return the place of a value."""
        return round(self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start), 1)


def element(name: str, content: Iterable[str] | str | None = None, /, **attributes: object) -> Markup:
    """Return an element; attributes that are None are left out, `_` in their names is `-`, a last `_` is cut."""
    said = "".join(
        f' {key if key == "viewBox" else key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if content is None:
        return Markup(f"<{name}{said}/>")  # noqa: S704 - names of this package only; values are escaped above
    inner = escape(content) if isinstance(content, str) else "".join(map(escape, content))
    return Markup(f"<{name}{said}>{inner}</{name}>")  # noqa: S704 - as above


def drawing(about: About, width: float, height: float, parts: Iterable[Markup], kind: str) -> Markup:
    """Return a drawing as large as its place is wide; it is one picture to whoever does not see it."""
    said = ". ".join(part for part in (about.title, about.description) if part)
    head = [element("title", about.title)] + ([element("desc", about.description)] if about.description else [])
    return element(
        "svg", [*head, *parts],
        class_=f"chart {kind}", viewBox=f"0 0 {width:g} {height:g}", role="img", aria_label=said,
    )  # fmt: skip


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Return round values from the last below `low` to the first above `high`, about `most` of them."""
    raw = (high - low) / max(1, most - 1) if high > low else 1.0
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * one for one in _STEPS if power * one >= raw * (1 - 1e-9))
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(at * step, 10) for at in range(first, max(last, first + 1) + 1)]


def runs(values: Sequence[float | None]) -> list[list[tuple[int, float]]]:
    """Return the stretches of a course without gaps, as (place, value)."""
    known = itertools.groupby(enumerate(values), key=lambda one: one[1] is not None)
    return [[(at, value) for at, value in own if value is not None] for there, own in known if there]


def ink_on(color: str) -> str:
    """Return the colour of text on a ground such as #ff7e00: black or white, whichever can be read better."""
    parts = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return "#000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > _LIGHT_FROM else "#fff"


def written(value: float) -> str:
    """Return a value as an axis writes it."""
    return f"{value:,.6g}"
