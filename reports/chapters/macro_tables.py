"""Tables of chapter 2: amounts of the economy, intensities with their prices, modern services, versions of targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from reports import figures
from reports.chapters.economy import IN_100M, SERIES, amounts, price_bases
from reports.chapters.judged import path_cell, plain, status_cell, target_cell, target_said, unit_of
from reports.chapters.macro_known import ENERGY, INDICATORS, SHARE, WATER, Known
from reports.chapters.years import as_text, beside, cell, history, key, number_of, point_cell, prices, value, years
from reports.figures.data import Lines, Point, Trend
from reports.model import Cell, Column, Figure, Row, Table
from reports.selection import choice
from reports.wording import wording
from targets.companions import companion
from targets.evaluation import Evaluated
from targets.model import Point as Counted
from targets.register import register

_MOST_YEARS = 6
"""Of a table with a column a year: more do not fit across a page."""

say = wording("macro")


def gross(known: Known) -> Table:
    """Return the amounts that are on file, a row a series and a column a year."""
    last = range(known.year - _MOST_YEARS + 1, known.year + 1)
    named: list[tuple[str, int | None]] = [(name, None) for name in SERIES]
    named[1:1] = [("gdp_const", at) for at in price_bases(known.sources)]
    series = [(name, at, amounts(known.sources, name, str(known.year), at)) for name, at in named]
    shown = [year for year in last if any(str(year) in found for *_, found in series)]
    rows = [
        Row(
            (
                Cell(name, choice("R_ec", "series", name)),
                Cell(at, prices(at), list(found.values())[-1].key),
                *(found.get(str(year), Cell()) for year in shown),
            )
        )
        for name, at, found in series
        if found
    ]
    columns = (
        Column("series", say("series")),
        Column("prices", say("prices")),
        *(Column(f"year_{year}", plain(str(year)), "number", decimals=2) for year in shown),
    )
    return Table("macro.gross", say("gross_caption"), columns, tuple(rows), say("no_economy"), (say("gross_note"),))


def intensities(known: Known) -> list[Table]:
    """Return each intensity over the years, and what it is by other prices and methods."""
    found: list[Table] = []
    for name in (ENERGY, WATER):
        item = known.items.get(name)
        if item is not None:
            found.append(_intensity_table(known, item))
    return [*found, _other_bases(known)]


def _intensity_table(known: Known, item: Evaluated) -> Table:
    indicator = item.indicator
    rows = [
        Row(
            (
                Cell(one.judgement.year, plain(str(one.judgement.year))),
                cell(one),
                Cell(point.price_base if point else None, prices(point.price_base) if point else None),
                Cell(point.numerator if point else None),
                Cell(_in_100m(point.denominator) if point else None),
                Cell(version),
                target_cell(one),
                path_cell(one),
                status_cell(one),
            ),
            key(one),
        )
        for year in years(item, known.year)
        for one in known.sources.evaluated(year)
        if one.indicator.id == indicator.id
        for point, version in ((one.judgement.point, one.target.id if one.target else ""),)
    ]
    columns = (
        Column("year", say("year")),
        Column("value", say("with_unit", name=say("value"), unit=unit_of(indicator)), "number"),
        Column("prices", say("prices")),
        Column("numerator", say(f"numerator_{indicator.id}"), "number", decimals=0),
        Column("denominator", say("gdp_in_100m"), "number", decimals=2),
        Column("version", say("version")),
        Column("target", say("target"), "number"),
        Column("path", say("path"), "number"),
        Column("status", say("status")),
    )
    return Table(
        f"macro.{indicator.id.replace('.', '_')}",
        say("intensity_caption", name=indicator.name),
        columns,
        tuple(rows),
        say("not_judged", year=known.year),
    )


def _in_100m(amount: Fraction | None) -> Fraction | None:
    return None if amount is None else amount / IN_100M


def _other_bases(known: Known) -> Table:
    """Return each intensity of the year in other ways than the leading one."""
    rows = []
    for name in (ENERGY, WATER):
        item = known.items.get(name)
        for way in item.series.companions if item else ():
            point = beside(item, way, str(known.year)) if item else None
            if item is not None and point is not None:
                rows.append(
                    Row(
                        (
                            Cell(name, item.indicator.name),
                            Cell(way, companion(way)),
                            point_cell(point, decimals=item.indicator.decimals),
                            Cell(item.indicator.unit, unit_of(item.indicator)),
                        ),
                        key(item),
                    )
                )
    columns = (
        Column("indicator", say("indicator")),
        Column("basis", say("basis")),
        Column("value", say("value"), "number"),
        Column("unit", say("unit")),
    )
    caption = say("bases_caption", year=known.year)
    return Table("macro.bases", caption, columns, tuple(rows), say("no_other_bases"), (say("bases_note"),))


def share_figure(known: Known) -> Figure:
    """Return F3: the share of modern services a year, apart by classification."""
    rows = _share_years(known)
    leading = {point.period: point for one in rows if (point := one.judgement.point) is not None}
    courses = [
        (say("leading"), leading),
        *(
            (companion(way), {point.period: point for one in rows if (point := _beside(one, way)) is not None})
            for way in _classes(rows)
        ),
    ]
    data = Lines(
        plain("%"),
        [
            Trend(name, plain("%"), [_dot(str(one.judgement.year), own) for one in rows])
            for name, own in courses
        ],
    )  # fmt: skip
    columns = (
        Column("year", say("year")),
        Column("value", say("share"), "number", "%", 1),
        Column("class_version", say("class_version")),
        *(Column(_id_of(way), companion(way), "number", "%", 1) for way in _classes(rows)),
    )
    table = Table(
        "macro.share_data",
        say("share_caption"),
        columns,
        tuple(
            Row(
                (
                    Cell(one.judgement.year, plain(str(one.judgement.year))),
                    cell(one),
                    Cell(one.judgement.point.method if one.judgement.point else ""),
                    *(_by_class(one, way) for way in _classes(rows)),
                ),
                key(one),
            )
            for one in rows
        ),
        say("no_economy"),
    )
    number = sum(value(one) is not None for one in rows)
    alt = say("share_alt", number=number) if number else say("no_economy")
    drawing = figures.drawn(figures.lines, data, synthetic=known.synthetic)
    return Figure("macro.share", say("share_caption"), alt, drawing, table)


def _dot(period: str, own: Mapping[str, Counted]) -> Point:
    """Return a year of a course; one without a figure is a gap."""
    found = own.get(period)
    if found is None or found.value is None:
        return Point(period, float(period), None)
    return Point(period, float(period), float(found.value), method=found.method, provisional=found.provisional)


def _share_years(known: Known) -> Sequence[Evaluated]:
    item = known.items.get(SHARE)
    return history(known.sources, item, known.year) if item else ()


def share_table(known: Known) -> Table:
    """Return the share of modern services a year, with what it was made from and by which classification."""
    rows = _share_years(known)
    made = [
        Row(
            (
                Cell(one.judgement.year, plain(str(one.judgement.year))),
                cell(one),
                Cell(_in_100m(point.numerator) if point else None),
                Cell(_in_100m(point.denominator) if point else None),
                Cell(point.method if point else ""),
                status_cell(one),
            ),
            key(one),
        )
        for one in rows
        for point in (one.judgement.point,)
    ]
    columns = (
        Column("year", say("year")),
        Column("value", say("share"), "number", "%", 1),
        Column("modern", say("modern"), "number", decimals=2),
        Column("tertiary", say("tertiary"), "number", decimals=2),
        Column("class_version", say("class_version")),
        Column("status", say("status")),
    )
    return Table("macro.shares", say("shares_caption"), columns, tuple(made), say("not_judged", year=known.year))


def _classes(rows: Sequence[Evaluated]) -> Sequence[str]:
    """Return the classifications by which a share stands beside the leading one in any of the years."""
    return sorted({way for one in rows for way in one.series.companions if _beside(one, way)})


def _beside(one: Evaluated, way: str) -> Counted | None:
    return beside(one, way, str(one.judgement.year))


def _by_class(one: Evaluated, way: str) -> Cell:
    return point_cell(_beside(one, way), key(one), one.indicator.decimals)


def _id_of(way: str) -> str:
    return "".join(letter if letter.isalnum() else "_" for letter in way.lower())


def versions(known: Known) -> Table:
    """Return the versions of the targets of the chapter's indicators that were in force by the end of the year."""
    rows = []
    for one in known.sources.evaluated(known.year):
        version, indicator = one.target, one.indicator
        if indicator.id not in INDICATORS or version is None:
            continue
        base = version.base
        rows.append(
            Row(
                (
                    Cell(indicator.id, indicator.name),
                    Cell(version.id),
                    Cell(version.value, target_said(one)),
                    Cell(version.price_base, prices(version.price_base) if indicator.kind == "intensity" else None),
                    Cell(base.value if base else None, say("base", value=as_text(base.value), year=base.year))
                    if base
                    else Cell(),
                    Cell(version.effective_from),
                    Cell(version.supersedes or "", None if version.supersedes else say("none")),
                ),
                f"register/{indicator.id}",
            )
        )
    columns = (
        Column("indicator", say("indicator")),
        Column("version", say("version")),
        Column("target", say("target"), "number"),
        Column("prices", say("prices")),
        Column("base", say("base_column"), "number"),
        Column("effective_from", say("effective_from"), "date"),
        Column("supersedes", say("supersedes")),
    )
    empty = say("not_judged", year=known.year)
    return Table("macro.versions", say("versions_caption"), columns, tuple(rows), empty, (say("versions_note"),))


def documents(known: Known) -> Table:
    """Return the texts that set these versions, each once, with the authority."""
    named: dict[str, str] = {}
    for one in known.sources.evaluated(known.year):
        if one.indicator.id in INDICATORS and one.target is not None:
            named.setdefault(one.target.id, one.indicator.id)
    found = register().documents
    rows = [
        Row(
            (
                Cell(version),
                Cell(found[version].title.en, found[version].title),
                Cell(found[version].authority.en, found[version].authority),
                Cell(found[version].number, None if found[version].number else say("no_document_number")),
            ),
            f"register/{indicator}",
        )
        for version, indicator in named.items()
    ]
    columns = (
        Column("version", say("version")),
        Column("document", say("document")),
        Column("authority", say("authority")),
        Column("number", say("document_number")),
    )
    empty = say("not_judged", year=known.year)
    return Table("macro.documents", say("documents_caption"), columns, tuple(rows), empty)


def parts(known: Known) -> Table:
    """Return what is known of the part of a year that the paper is about; all of it is provisional."""
    rows = []
    for name in INDICATORS:
        found = next((one for one in known.sources.evaluated(known.period.year) if one.indicator.id == name), None)
        point = found.series.at(known.period.text) if found else None
        if found is not None and point is not None and point.value is not None:
            counted = say("of", part=as_text(point.numerator), whole=as_text(point.denominator))
            shown = as_text(point.value, found.indicator.decimals)
            rows.append(
                Row(
                    (
                        Cell(name, found.indicator.name),
                        Cell(point.value, shown, marks=("provisional", *(("synthetic",) if point.synthetic else ()))),
                        Cell(found.indicator.unit, unit_of(found.indicator)),
                        Cell(counted.en, counted),
                    ),
                    key(found),
                )
            )
    for series in ("gdp_current", "gdp_const"):
        at = None if series == "gdp_current" else known.prices
        amount = amounts(known.sources, series, known.period.text, at).get(known.period.text)
        if amount is not None and (at is not None or series == "gdp_current"):
            shown = as_text(number_of(amount), 2)
            rows.append(
                Row(
                    (
                        Cell(series, say("of_prices", name=choice("R_ec", "series", series), prices=prices(at))),
                        replace(amount, shown=shown, marks=("provisional", *amount.marks)),
                        Cell("100m_yuan", choice("R_ec", "unit", "100m_yuan")),
                        Cell(),
                    ),
                    amount.key,
                )
            )
    columns = (
        Column("indicator", say("indicator")),
        Column("value", say("value"), "number"),
        Column("unit", say("unit")),
        Column("counted", say("counted")),
    )
    caption = say("part_caption", period=known.period.name)
    return Table("macro.part", caption, columns, tuple(rows), say("no_part", period=known.period.name))
