"""Figures as the scorecard prints them: rounded once, half to even, with their unit, and never a rate without its n."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from console.scorecard.words import NOTHING, Said, coded, said, texts

Row = Mapping[str, Any]

RATE = "%"
_COUNTED = (RATE, "points")
POINTS = "%-points"
"""Of differences between rates."""
_MORE = 2
"""Digits that a figure gets beyond the published ones where these would hide on which side of its target it lies."""

_SIGNS = {">=": "≥", "<=": "≤", ">": ">", "<": "<", "=": "="}


def exact(value: object) -> Fraction | None:
    """Return a row's number as what it says; None of nothing, and of what is no finite number."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, float):
        return Fraction(Decimal(repr(value))) if abs(value) < float("inf") else None
    try:
        return Fraction(str(value))
    except ValueError:
        return None


def printed(value: object, decimals: int) -> str:
    """Return a number with so many decimals, its thousands apart; a dash where there is none."""
    number = exact(value)
    if number is None:
        return "\N{EN DASH}"
    last = round(number * 10**decimals)
    whole, part = divmod(abs(last), 10**decimals)
    tail = f".{part:0{decimals}d}" if decimals else ""
    sign = "\N{MINUS SIGN}" if last < 0 else ""
    return f"{sign}{whole:,}{tail}"


def short(value: object, most: int = 4) -> str:
    """Return a number with the decimals that it has, so many at most: of targets, bases and counts."""
    number = exact(value)
    if number is None:
        return "\N{EN DASH}"
    decimals = next((digits for digits in range(most) if (number * 10**digits).denominator == 1), most)
    return printed(number, decimals)


def with_unit(number: str, unit: str) -> Said:
    """Return a printed number with its unit."""
    key = f"unit_{unit}"
    if key in texts():
        return said(key, number=number)
    name = coded("unit", unit)
    return Said(f"{number} {name.zh}".strip(), f"{number} {name.en}".strip())


def target_said(target: Row) -> Said:
    """Return what a target asks for: its operator, value and unit; of a text without a number, that."""
    if target.get("op") is None or target.get("value") is None:
        return said("no_number")
    number = with_unit(short(target["value"]), str(target.get("unit", "")))
    if target["op"] == "~":
        return said("about", number=number)
    sign = _SIGNS.get(target["op"], str(target["op"]))
    return Said(f"{sign} {number.zh}", f"{sign} {number.en}")


@dataclass(frozen=True)
class FigureView:
    """A figure with all that must stand beside it.

    Attributes:
        count: of what it is a rate; said also where it is not known.
        span: its interval or bounds, and what they are.
        borderline: its published digits are the target's, its value is not: it is printed with more.
    """

    value: Said
    count: Said
    span: Said
    provisional: bool
    synthetic: bool
    borderline: bool


def figure(row: Row, unit: str, decimals: int) -> FigureView | None:
    """Return a row's or a companion's figure; None where it has no value."""
    if exact(row.get("value")) is None:
        return None
    near = "borderline" in row.get("reasons", ())
    return FigureView(
        value=with_unit(printed(row["value"], decimals + (_MORE if near else 0)), unit),
        count=count_said(row, unit),
        span=_span(row, decimals),
        provisional=bool(row.get("provisional")),
        synthetic=bool(row.get("synthetic")),
        borderline=near,
    )


def count_said(row: Row, unit: str) -> Said:
    """Return how many a rate or a survey was counted from, and what is unknown; nothing of other figures."""
    whole = exact(row.get("denominator")) if unit in _COUNTED else None
    if whole is None:
        return said("n_unknown") if unit == RATE else NOTHING
    part, unknown = row.get("numerator"), exact(row.get("unknown"))
    if part is None or unit != RATE:
        return said("n", n=short(whole))
    if unknown:
        return said("n_part_unknown", part=short(part), n=short(whole), unknown=short(unknown))
    return said("n_part", part=short(part), n=short(whole))


def _span(row: Row, decimals: int) -> Said:
    """Return the interval of a sample, or the bounds of a census with unknown cases."""
    for name in ("interval", "bounds"):
        found = row.get(name)
        if found is None or (name == "bounds" and not exact(row.get("unknown"))):
            continue
        low, high = (printed(end, decimals) for end in found)
        return said(f"span_{name}", low=low, high=high)
    return NOTHING
