"""GDP and the intensities of energy and water as indices, each on a base of its own, with what the targets ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from qualicity.network import Name
from reports import figures
from reports.chapters.judged import plain
from reports.chapters.macro_known import ENERGY, WATER, Known
from reports.chapters.years import cell, history, key, number_of, prices
from reports.figures.data import Lines, Point, Trend
from reports.model import Cell, Column, Figure, Row, Table
from reports.wording import wording
from targets.evaluation import Evaluated

_BASE = 100

say = wording("macro")


@dataclass(frozen=True)
class _At:
    """A year of an index.

    Attributes:
        value: what was measured; None = nothing that may be compared.
        basis: prices and method; figures of two are never joined.
    """

    year: int
    value: Fraction | None
    path: float | None
    basis: str
    key: str
    cell: Cell


@dataclass(frozen=True)
class _Course:
    name: Name
    base: tuple[Fraction, int]
    points: Sequence[_At]


def _courses(known: Known) -> list[_Course]:
    found = []
    if known.gdp:
        dated = {int(year): one for year, one in known.gdp.items()}
        first = min(dated)
        basis = str(known.prices)
        points = [_At(year, number_of(one), None, basis, one.key, one) for year, one in sorted(dated.items())]
        found.append(_Course(say("gdp_name", prices=prices(known.prices)), (number_of(dated[first]), first), points))
    for name in (ENERGY, WATER):
        item = known.items.get(name)
        course = _course(known, item) if item else None
        found += [course] if course else []
    return found


def _course(known: Known, item: Evaluated) -> _Course | None:
    """Return an intensity over the years that are judged, from the base of its target; None without such a base."""
    base, version = item.judgement.base, item.target
    if base is None or version is None or not base[0]:
        return None
    since = version.base.price_base if version.base else version.price_base
    of_base = Cell(base[0], key=f"register/{item.indicator.id}")
    points = [_At(base[1], base[0], float(base[0]), "", of_base.key, of_base)]
    for one in history(known.sources, item, known.year):
        point = one.judgement.point
        comparable = point is not None and point.price_base == since
        points.append(
            _At(
                one.judgement.year,
                point.value if point and comparable else None,
                one.judgement.path,
                f"{point.price_base} {point.method}" if point else "",
                key(one),
                cell(one),
            )
        )
    name = say("intensity_name", name=item.indicator.name, prices=prices(since), version=version.id)
    return _Course(name, (base[0], base[1]), points)


def index_figure(known: Known) -> Figure:
    """Return F2: each course as an index of its own base, and what the target in force asks for."""
    courses = _courses(known)
    measured = any(at.value is not None and at.year != course.base[1] for course in courses for at in course.points)
    data = Lines(say("index"), [_trend(course) for course in courses], base=_BASE)
    return Figure(
        "macro.index",
        say("index_caption"),
        say("index_alt", number=len(courses), year=known.year) if measured else say("no_index"),
        figures.drawn(figures.lines, data, synthetic=known.synthetic),
        _index_table(courses),
    )


def _trend(course: _Course) -> Trend:
    base, first = course.base
    return Trend(
        say("index_name", name=course.name, year=first),
        say("index"),
        [
            Point(
                str(at.year),
                at.year,
                None if at.value is None else float(_BASE * at.value / base),
                method=at.basis if at.year != first else course.points[1].basis if len(course.points) > 1 else "",
                provisional="provisional" in at.cell.marks,
            )
            for at in course.points
        ],
        path=[(at.year, float(_BASE * at.path / float(base))) for at in course.points if at.path is not None],
    )


def _index_table(courses: Sequence[_Course]) -> Table:
    rows = [
        Row(
            (
                Cell(course.name.en, say("index_name", name=course.name, year=course.base[1])),
                Cell(at.year, plain(str(at.year))),
                Cell(None if at.value is None else _BASE * at.value / course.base[0], key=at.key, marks=at.cell.marks),
                Cell(None if at.path is None else _BASE * at.path / float(course.base[0]), key=at.key),
            ),
            at.key,
        )
        for course in courses
        for at in course.points
    ]
    columns = (
        Column("series", say("series")),
        Column("year", say("year")),
        Column("index", say("index"), "number", decimals=1),
        Column("path", say("path_index"), "number", decimals=1),
    )
    return Table("macro.index_data", say("index_caption"), columns, tuple(rows), say("no_index"))
