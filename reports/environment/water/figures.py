"""Figures of water: the rate of sources with its target, classes by source and month (F14), classes of all."""

from __future__ import annotations

from collections import Counter

from qualicity.network import Name
from reports.environment import rated
from reports.environment.air.words import listed, share
from reports.environment.water.view import UNKNOWN, Rows, View, level, place_name
from reports.environment.water.words import class_name, say
from reports.figures import bars, drawn, matrix
from reports.figures import trend as drawn_trend
from reports.figures.data import Bar, Bars, Matrix
from reports.model import Cell, Column, Figure, Row, Table
from reports.period import PaperPeriod, paper_period

CLASSES = ("I", "II", "III", "IV", "V", "worse")


def rates(view: View) -> Figure:
    """Return the rate of the sources as a course, with what it could be and its target."""
    caption = say("course_caption", city=view.span.city)
    data = rated.course_data("water.course_data", caption, view.course)
    said = [
        say("course_point", period=one.period.name, rate=share(one.rate, 2))
        for one in view.course
        if one.rate is not None
    ]
    alt = say("course_alt", points=listed(said)) if said else say("nothing_drawn")
    drawing = drawn(drawn_trend, rated.trend(view.span, "water", view.course), view.span.sources.synthetic_readings)
    return Figure("water.course", caption, alt, drawing, data)


def classes(view: View) -> Figure:
    """Return F14: the class of each source in each month; of a part of a year, those of the twelve up to its end."""
    months = view.span.months if view.span.period.kind == "year" else view.span.year_of_months
    cells = [[_cell(view, station.id, month) for month in months] for station in view.sources]
    caption = say("matrix_caption", city=view.span.city, first=_first(months), last=_last(months))
    data = Matrix(
        "water",
        [place_name(station) for station in view.sources],
        [_short(month) for month in months],
        [[found for found, _ in row] for row in cells],
        say("place"),
        say("month"),
    )
    columns = (
        Column("place", say("place")),
        *(Column(month.text.replace("-", "_"), month.name) for month in months),
    )
    rows = tuple(
        Row((Cell(station.id, place_name(station)), *(cell for _, cell in row)))
        for station, row in zip(view.sources, cells, strict=True)
    )
    table = Table("water.classes_data", caption, columns, rows, say("no_sources_drawn"))
    drawing = drawn(matrix, data, view.span.sources.synthetic_readings)
    return Figure("water.classes", caption, _matrix_alt(view, months), drawing, table)


def _cell(view: View, station: str, month: PaperPeriod) -> tuple[str | None, Cell]:
    row = view.year_of_months.get((station, month.text))
    found = level(row)
    key = f"water/{view.span.sources.city.id}/{station}/{month.text}" if row is None else str(row["key"])
    if found is None:
        return None, Cell(None, say("no_class"), key)
    return found, Cell(found, class_name(found), key, view.span.marks(month))


def _matrix_alt(view: View, months: tuple[PaperPeriod, ...]) -> Name:
    lines = []
    for station in view.sources:
        counts = Counter(level(view.year_of_months.get((station.id, month.text))) or UNKNOWN for month in months)
        said = [
            say("months_of", level=class_name(name), months=counts[name])
            for name in (*CLASSES, UNKNOWN)
            if counts[name]
        ]
        lines.append(say("place_says", place=place_name(station), said=listed(said)))
    then = say("then")
    if not lines:
        return say("nothing_drawn")
    return Name(then.zh.join(one.zh for one in lines), then.en.join(one.en for one in lines))


def _first(months: tuple[PaperPeriod, ...]) -> Name:
    return months[0].name if months else say("no_month")


def _last(months: tuple[PaperPeriod, ...]) -> Name:
    return months[-1].name if months else say("no_month")


def _short(month: PaperPeriod) -> Name:
    """Return a month for a narrow column."""
    return say(f"month_{month.first.month}")


def bars_of_classes(view: View) -> Figure:
    """Return months of sources by class: a bar a year of the course, of shorter periods a bar a month."""
    periods = _periods(view)
    ids = {station.id for station in view.sources}
    counts: dict[str, Counter[str]] = {period.text: Counter() for period in periods}
    for (station, text), row in _rows(view, periods).items():
        where = text[:4] if view.span.period.kind == "year" else text
        if station in ids and where in counts:
            counts[where][level(row) or UNKNOWN] += 1
    shown = [period for period in periods if counts[period.text]]
    caption = say("bars_caption", city=view.span.city)
    data = Bars("water", [Bar(period.name, dict(counts[period.text])) for period in shown], say("source_months"))
    columns = (
        Column("period", say("period")),
        *(Column(f"class_{name.lower()}", class_name(name), "number", decimals=0) for name in CLASSES),
        Column("none", say("no_class"), "number", decimals=0),
    )
    rows = tuple(
        Row(
            (
                Cell(period.text, period.name),
                *(view.span.cell(period, counts[period.text][name]) for name in (*CLASSES, UNKNOWN)),
            ),
            f"water/{view.span.sources.city.id}/{period.text}",
        )
        for period in shown
    )
    table = Table("water.bars_data", caption, columns, rows, say("no_sources_drawn"))
    alt = say("bars_alt", periods=listed(period.name for period in shown)) if shown else say("nothing_drawn")
    return Figure("water.bars", caption, alt, drawn(bars, data, view.span.sources.synthetic_readings), table)


def _periods(view: View) -> list[PaperPeriod]:
    if view.span.period.kind == "year":
        return [one.period for one in view.course]
    return list(view.span.year_of_months)


def _rows(view: View, periods: list[PaperPeriod]) -> Rows:
    if view.span.period.kind != "year":
        return view.year_of_months
    if not periods:
        return {}
    months = [paper_period(f"{period.text}-{month:02d}") for period in periods for month in range(1, 13)]
    return view.rows(months)
