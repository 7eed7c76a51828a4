"""F20: the years of indicators with a number, the line of the target and the path that leads there, by area."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from qualicity.network import Name
from reports import figures
from reports.chapters.judged import has_number, joined, plain, target_said, unit_of
from reports.chapters.years import history, point_marks
from reports.figures.data import Multiples, Trend
from reports.figures.data import Point as Drawn
from reports.model import Cell, Column, Figure, Row, Table
from reports.sources import Sources
from reports.wording import wording
from targets.evaluation import Evaluated
from targets.indicator import Area, Indicator
from targets.model import Judgement, Point
from targets.words import word

say = wording("progress")


def paths(id_: str, area: Area, items: Sequence[Evaluated], sources: Sources, year: int) -> Figure | None:
    """Return a pane for each indicator of an area with a number; None where there is none."""
    shown = [one for one in items if has_number(one)]
    if not shown:
        return None
    judged = {id(one): {past.judgement.year: past for past in history(sources, one, year)} for one in shown}
    name, names = word("area", area), joined(one.indicator.name for one in shown)
    caption = say("paths", area=name)
    made_up = any(point.synthetic for one in shown for point in one.series.years)
    data = Multiples([_trend(one, judged[id(one)], year) for one in shown])
    rows = [row for one in shown for row in _rows(one, judged[id(one)], year)]
    return Figure(
        id_,
        caption,
        say("paths_alt", area=name, names=names),
        figures.drawn(figures.multiples, data, made_up),
        Table(f"{id_}_data", caption, _columns(), tuple(rows), say("empty")),
    )


def ends(judgement: Judgement) -> tuple[float, float] | None:
    """Return the interval of a sample or the mean's, or the bounds of a census with unknown cases."""
    if judgement.interval is not None:
        return judgement.interval
    return judgement.bounds if judgement.point is not None and judgement.point.unknown else None


def _known(one: Evaluated, year: int) -> list[Point]:
    """Return the points of years, also of those between them of which nothing is known: no line leads across these."""
    points = {point.year: point for point in one.series.years if point.year <= year}
    return [points.get(of, Point(str(of), None)) for of in range(min(points, default=year + 1), year + 1)]


def _trend(one: Evaluated, judged: dict[int, Evaluated], year: int) -> Trend:
    points = _known(one, year)
    target = one.target
    goal = None if target is None or target.value is None else float(target.value)
    return Trend(
        name=one.indicator.name,
        unit=unit_of(one.indicator),
        points=[_point(point, judged.get(point.year)) for point in points],
        target=goal,
        target_name=target_said(one),
        path=list(_path(one, judged, goal)),
        breaks=list(_breaks(one.indicator, points)),
    )


def _point(point: Point, judged: Evaluated | None) -> Drawn:
    span = ends(judged.judgement) if judged else None
    return Drawn(
        label=point.period,
        at=float(point.year),
        value=None if point.value is None else float(point.value),
        low=span[0] if span else None,
        high=span[1] if span else None,
        method=method(point),
        provisional=point.provisional or (judged is not None and judged.judgement.provisional),
    )


def method(point: Point) -> str:
    """Return by what a figure was made; another one is never joined with it."""
    return f"{point.method} {point.price_base or ''}".strip()


def _path(one: Evaluated, judged: dict[int, Evaluated], goal: float | None) -> Iterator[tuple[float, float]]:
    """Yield what the judge asks for at the end of each year, from the base on to the target."""
    base = one.judgement.base
    asked = {year: past.judgement.path for year, past in judged.items() if past.judgement.path is not None}
    if base is None or not asked:
        return
    yield float(base[1]), float(base[0])
    yield from ((float(year), path) for year, path in sorted(asked.items()) if year > base[1])
    if one.target is not None and goal is not None and one.target.year > max(asked):
        yield float(one.target.year), goal


def _breaks(indicator: Indicator, points: Sequence[Point]) -> Iterator[tuple[float, Name]]:
    known = [point for point in points if point.value is not None]
    for before, after in itertools.pairwise(known):
        if method(before) != method(after):
            middle = (before.year + after.year) / 2
            yield middle, say("break", before=_method(indicator, before), after=_method(indicator, after))


def _method(indicator: Indicator, point: Point) -> Name:
    """Return a method with the year of its prices, by its name where the register has one."""
    named = next((one.name for one in indicator.methods if one.id == point.method), plain(point.method))
    if point.price_base is None:
        return named if named.zh else say("unnamed")
    return say("prices", method=named, year=point.price_base) if named.zh else say("prices_only", year=point.price_base)


def _columns() -> tuple[Column, ...]:
    return (
        Column("indicator", say("indicator")),
        Column("year", say("year")),
        Column("unit", say("unit")),
        Column("value", say("value"), "number"),
        Column("low", say("low"), "number"),
        Column("high", say("high"), "number"),
        Column("path", say("path"), "number"),
        Column("method", say("method_of")),
    )


def _rows(one: Evaluated, judged: dict[int, Evaluated], year: int) -> Iterator[Row]:
    """Yield a year a row; a year that was not judged is explained by the judgement whose path begins with it."""
    for point in _known(one, year):
        past = judged.get(point.year)
        span = ends(past.judgement) if past else None
        path = past.judgement.path if past else None
        yield Row(
            (
                Cell(one.indicator.id, one.indicator.name),
                Cell(point.period),
                Cell(one.indicator.unit, unit_of(one.indicator)),
                Cell(point.value, marks=point_marks(point)),
                Cell(span[0] if span else None),
                Cell(span[1] if span else None),
                Cell(path),
                Cell(point.method or None, None if point.value is None else _method(one.indicator, point)),
            ),
            str((past or one).row["key"]),
        )
