"""Classes of water as cells: blue to orange, which every eye tells apart, and the class as text."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Row = Mapping[str, Any]

_BEST = ("#08519c", "#3f88c5", "#a9cfe8")
_WORST = ("#fdd49e", "#f4a259", "#b3530c")
_LIGHT_ON = {"#08519c", "#3f88c5", "#b3530c"}


@dataclass(frozen=True)
class ClassColor:
    """How a class is drawn."""

    name: str
    color: str
    dark: bool  # needs light text


def class_colors(classes: Sequence[str]) -> dict[str, ClassColor]:
    """Return the look of each class, best first: what is at most the third is blue, the rest orange."""
    ramp = (*_BEST, *_WORST)
    places = {name: min(at, len(ramp) - 1) for at, name in enumerate(classes)}
    return {name: ClassColor(name, ramp[at], ramp[at] in _LIGHT_ON) for name, at in places.items()}


def share(part: float | None, whole: float | None) -> float | None:
    """Return a share; None where nothing is known."""
    return None if part is None or not whole else part / whole


def judged_share(row: Row, kind: str) -> float | None:
    """Return which share of what was judged of an outlet's period complied: of its `days`, or of its volume `m3`."""
    if kind == "days":
        complied, exceeded = row["days"]["complied"], row["days"]["exceeded"]
    else:
        complied, exceeded = row["complied_m3"], row["exceeded_m3"]
    return share(complied, (complied or 0) + (exceeded or 0))


def whole_percent(value: float) -> str:
    """Return a share in percent without digits, but never as 100 when it is less."""
    return f"{value:.0%}".rstrip("%") if value == 1 or round(value, 2) < 1 else f"{int(value * 1000) / 10:.1f}"
