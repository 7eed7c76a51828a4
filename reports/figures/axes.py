"""Axes of values: round ticks, how they are printed, and where on the sheet a value stands."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from matplotlib.ticker import MaxNLocator

from reports.figures.canvas import FAINT, FINE, SOFT, WIDTH, Sheet
from reports.figures.letters import longest
from reports.printing import number

_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True)
class Axis:
    """A scale: `low` stands at `start`, `high` at `end`, in points of the sheet."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """Return where a value stands."""
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def within(self, value: float) -> float:
        """Return where a value stands, or the end of the axis that it lies beyond."""
        return self.at(min(max(value, self.low), self.high))

    def ticks(self, count: int = 5) -> list[tuple[float, str]]:
        """Return round values within the axis and how they are printed, about so many."""
        values = [float(one) for one in MaxNLocator(nbins=count, steps=list(_STEPS)).tick_values(self.low, self.high)]
        slack = (self.high - self.low) * 1e-9
        kept = [value for value in values if self.low - slack <= value <= self.high + slack]
        decimals = _decimals(values)
        return [(value, number(value, decimals)) for value in kept]


def span(
    values: Iterable[float | None], *, zero: bool = False, room: float = 0.08, percent: bool = False
) -> tuple[float, float]:
    """Return a range that holds the values with room beside them; of equal ones, one around them.

    Args:
        values: what must be seen; None is left out.
        zero: begin at zero.
        room: of the range, at each end.
        percent: of parts of a hundred: not beyond 0 and 100 where no value is.
    """
    known = [value for value in values if value is not None]
    if zero:
        known.append(0.0)
    low, high = min(known, default=0.0), max(known, default=1.0)
    beside = (high - low) * room if low != high else abs(low) * 0.1 or 1.0
    start, end = low if zero and low == 0 else low - beside, high + beside
    if percent:
        start, end = max(start, 0.0) if low >= 0 else start, min(end, 100.0) if high <= 100 else end
    return start, end


def upright(sheet: Sheet, axis: Axis, left: float, right: float, *, count: int = 5) -> None:
    """Draw the grid of an upright axis, its numbers left of it."""
    for value, text in axis.ticks(count):
        y = axis.at(value)
        sheet.line([(left, y), (right, y)], thick=0.4, alpha=FAINT)
        sheet.text(left - 4, y, text, size=FINE, align="right")


def numbers_width(axis: Axis, count: int = 5) -> float:
    """Return how much room the numbers of an upright axis take."""
    return longest([text for _, text in axis.ticks(count)], FINE) + 5


def level(sheet: Sheet, axis: Axis, top: float, bottom: float, *, count: int = 6, whole: bool = False) -> None:
    """Draw the grid of a level axis, its numbers below it; `whole`: of counts."""
    for value, text in axis.ticks(count):
        if whole and value != int(value):
            continue
        x = axis.at(value)
        sheet.line([(x, top), (x, bottom)], thick=0.4, alpha=FAINT)
        sheet.text(x, bottom + FINE, text, size=FINE, align="center")


def sparse(places: Sequence[tuple[float, str]], gap: float = 5) -> list[tuple[float, str]]:
    """Return those labels of a level axis that stand clear of each other: every one, every second, every third ..."""
    for step in range(1, len(places) + 1):
        kept = places[::step]
        ends = [(x - longest([text], FINE) / 2, x + longest([text], FINE) / 2) for x, text in kept]
        if all(after[0] - before[1] >= gap for before, after in itertools.pairwise(ends)):
            return list(kept)
    return list(places[:1])


def short(value: float, digits: int = 3) -> str:
    """Return a value with so many digits at least, and all of its whole part; its table has it exact."""
    exact = Decimal(str(value))
    return number(exact, max(0, digits - 1 - exact.adjusted()) if exact else 0)


def unit_below(sheet: Sheet, axis: Axis, bottom: float, unit: str) -> float:
    """Set the unit of a level axis at the right of its numbers, or below them; return where they all end."""
    last = max((axis.at(value) + longest([text], FINE) / 2 for value, text in axis.ticks(6)), default=axis.end)
    below = last + 8 + longest([unit], FINE) > WIDTH
    sheet.text(WIDTH, bottom + FINE * (2.3 if below else 1), unit, size=FINE, align="right", alpha=SOFT)
    return bottom + FINE * (3.1 if below else 1.8)


def _decimals(values: Sequence[float]) -> int:
    """Return with how many decimals ticks are told apart."""
    return max(max(0, -int(Decimal(f"{value:.10g}").normalize().as_tuple().exponent)) for value in values)
