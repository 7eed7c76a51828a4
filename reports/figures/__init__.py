"""Figures as SVG: the same bytes from the same data, on every machine; data and language in, a picture out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from reports.figures.canvas import INK
from reports.figures.chain import flow
from reports.figures.courses import lines, multiples, trend
from reports.figures.days import calendar
from reports.figures.events import timeline
from reports.figures.geography import place_map
from reports.figures.grid import matrix
from reports.figures.points import dots, goals
from reports.figures.ratings import ratings
from reports.figures.stacks import bars, shares
from reports.model import Language

__all__ = [
    "INK",
    "bars",
    "calendar",
    "dots",
    "drawn",
    "flow",
    "goals",
    "lines",
    "matrix",
    "multiples",
    "place_map",
    "ratings",
    "shares",
    "timeline",
    "trend",
]

Data_contra = TypeVar("Data_contra", contravariant=True)


class Draw(Protocol[Data_contra]):
    """What all functions that draw are."""

    def __call__(self, data: Data_contra, language: Language, *, synthetic: bool = False) -> bytes:
        """Return the figure as SVG."""
        ...


def drawn(function: Draw[Any], data: Any, synthetic: bool) -> Callable[[Language], bytes]:  # noqa: FBT001 - contract
    """Return what draws one figure in the language asked for; the `draw` of a paper's figure."""

    def draw(language: Language) -> bytes:
        return function(data, language, synthetic=synthetic)

    return draw
