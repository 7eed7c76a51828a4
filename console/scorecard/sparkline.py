"""An indicator's years against its path, drawn small: a line ends where the method changes or a year is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from console.scorecard.figures import exact

Row = Mapping[str, Any]

WIDTH, HEIGHT = 240, 64
_LEFT, _RIGHT, _TOP, _BOTTOM = 8, 12, 8, 16
_FLAT = 0.5
"""Share of the height at which a line stands that neither rises nor falls."""


@dataclass(frozen=True)
class Dot:
    """A year's figure."""

    x: float
    y: float
    year: int
    provisional: bool
    synthetic: bool
    low: float | None  # ends of its interval, places like y
    high: float | None


@dataclass(frozen=True)
class Spark:
    """The drawing, in px of `WIDTH` and `HEIGHT`.

    Attributes:
        lines: of consecutive years of one method.
        path: what is asked for.
        goal: the target, in its year.
        breaks: places between two years that must not be compared.
        years: the first and the last, with their places.
    """

    lines: Sequence[str]
    dots: Sequence[Dot]
    path: str
    goal: tuple[float, float] | None
    breaks: Sequence[float]
    years: Sequence[tuple[float, int]]


@dataclass(frozen=True)
class _Year:
    year: int
    value: float
    method: tuple[object, object]
    row: Row


def spark(rows: Sequence[Row], target: Row) -> Spark | None:
    """Return the drawing of an indicator's rows, a year each; None where fewer than two years have a value.

    Args:
        rows: of one version of the target.
        target: that version, as a row states it.
    """
    years = sorted(_years(rows), key=lambda one: one.year)
    if len(years) < 2:  # a single year has no course
        return None
    wanted = dict(_wanted(rows, target))
    ends = [number for one in years for number in _ends(one.row)]
    scale = _Scale([one.year for one in years] + list(wanted), [*(one.value for one in years), *wanted.values(), *ends])
    goal = (int(target["year"]), exact(target.get("value"))) if exact(target.get("value")) is not None else None
    return Spark(
        lines=[scale.line([(one.year, one.value) for one in run]) for run in _runs(years) if len(run) > 1],
        dots=[_dot(one, scale) for one in years],
        path=scale.line(sorted(wanted.items())) if len(wanted) > 1 else "",
        goal=None if goal is None else (scale.x(goal[0]), scale.y(float(goal[1] or 0))),
        breaks=[round((scale.x(a.year) + scale.x(b.year)) / 2, 1) for a, b in pairwise(years) if a.method != b.method],
        years=[(scale.x(year), year) for year in scale.years],
    )


def _years(rows: Sequence[Row]) -> Iterator[_Year]:
    for row in rows:
        value = exact(row.get("value"))
        if value is not None:
            yield _Year(int(row["year"]), float(value), (row.get("method"), row.get("price_base")), row)


def _ends(row: Row) -> list[float]:
    return [float(found) for end in row.get("interval") or () if (found := exact(end)) is not None]


def _wanted(rows: Sequence[Row], target: Row) -> Iterator[tuple[int, float]]:
    """Yield the points of the path: its base, what each year asks for, and the target."""
    for row in rows:
        base = row.get("base")
        for year, value in ((row["year"], row.get("path")), (base["year"], base["value"]) if base else (0, None)):
            number = exact(value)
            if number is not None:
                yield int(year), float(number)
    number = exact(target.get("value"))
    if number is not None:
        yield int(target["year"]), float(number)


def _runs(years: Sequence[_Year]) -> list[list[_Year]]:
    """Return consecutive years of one method."""
    runs: list[list[_Year]] = []
    for one in years:
        last = runs[-1][-1] if runs else None
        if last is not None and last.year + 1 == one.year and last.method == one.method:
            runs[-1].append(one)
        else:
            runs.append([one])
    return runs


class _Scale:
    """Places of years and values."""

    def __init__(self, years: Sequence[int], values: Sequence[float]) -> None:
        self.years = (min(years), max(years))
        self._low, self._high = min(values), max(values)

    def x(self, year: int) -> float:
        """Return the place of a year."""
        first, last = self.years
        return round(_LEFT + (WIDTH - _LEFT - _RIGHT) * (year - first) / max(1, last - first), 1)

    def y(self, value: float) -> float:
        """Return the place of a value; greater ones stand higher."""
        extent = self._high - self._low
        share = (value - self._low) / extent if extent else _FLAT
        return round(HEIGHT - _BOTTOM - (HEIGHT - _TOP - _BOTTOM) * share, 1)

    def line(self, points: Sequence[tuple[int, float]]) -> str:
        """Return the points of a line."""
        return " ".join(f"{self.x(year)},{self.y(value)}" for year, value in points)


def _dot(one: _Year, scale: _Scale) -> Dot:
    low, high = ([scale.y(end) for end in _ends(one.row)] + [None, None])[:2]
    return Dot(
        x=scale.x(one.year),
        y=scale.y(one.value),
        year=one.year,
        provisional=bool(one.row.get("provisional")),
        synthetic=bool(one.row.get("synthetic")),
        low=low,
        high=high,
    )
