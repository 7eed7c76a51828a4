"""Tables of water: sources by class, months beyond what was asked for, other places."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any

from qualicity.network import Name, Station
from qualicity.parameters import parameters
from qualicity.units import printed
from reports.environment.air.words import item_name, listed, reason
from reports.environment.rated import TEN_THOUSAND
from reports.environment.water.view import View, doubt, limit_of, place_name
from reports.environment.water.words import class_name, say, verdict_name
from reports.model import Cell, Column, Mark, Row, Table
from reports.period import PaperPeriod
from reports.sources import Row as Judged

_KINDS = ("COMPLIES", "EXCEEDS", "NOT_ASSESSABLE")


def places(view: View, stations: Sequence[Station], id_: str, caption: str, empty: Name) -> Table:
    """Return places by their class in the period, a year before, and what decided it."""
    counted = () if view.span.period.kind == "month" else _KINDS
    columns = (
        Column("place", say("place")),
        *((Column("period", say("period")),) if view.span.several else ()),
        Column("class", say("class")),
        Column("class_before", say("class_before")),
        Column("target", say("class_target")),
        Column("verdict", say("verdict")),
        Column("deciding", say("deciding")),
        Column("failing", say("failing")),
        *(Column(f"months_{kind.lower()}", say(f"months_{kind}"), "number", decimals=0) for kind in counted),
        Column("volume", say("abstraction"), "number", "10⁴ m³", 2),
    )
    rows = tuple(_place(view, one, period) for period in view.span.judged for one in stations)
    name = say(caption, period=view.span.period.name, city=view.span.city)
    return Table(id_, name, columns, rows, empty, (say("places_note"),) if rows else ())


def _place(view: View, station: Station, period: PaperPeriod) -> Row:
    row = view.judged.get((station.id, period.text))
    before = view.former.get((station.id, period.a_year_ago().text))
    marks = view.span.marks(period)
    months = [
        view.months.get((station.id, month.text))
        for month in view.span.months
        if period.first <= month.first <= period.last
    ]
    verdicts = [None if one is None else one["verdict"] for one in months]
    counts = [verdicts.count(kind) for kind in _KINDS]
    counts[-1] += verdicts.count(None)
    cells = [
        Cell(station.id, place_name(station)),
        *view.span.dated(period),
        class_cell(row, marks),
        class_cell(before, marks, key="" if before is None else before["key"]),
        Cell(station.water.target, class_name(station.water.target)),
        verdict_cell(row, marks),
        _items(row, "deciding", marks),
        _failing(row, marks),
        *(() if period.kind == "month" else (Cell(count, marks=marks) for count in counts)),
        _volume(row, marks),
    ]
    return Row(tuple(cells), _key(view, station, period, row))


def _key(view: View, station: Station, period: PaperPeriod, row: Judged | None) -> str:
    return f"water/{view.span.sources.city.id}/{station.id}/{period.text}" if row is None else str(row["key"])


def class_cell(row: Judged | None, marks: tuple[Mark, ...], key: str = "") -> Cell:
    """Return a class; of what was not judged, that."""
    if row is None:
        return Cell(None, say("not_measured"))
    if row["class"] is None:
        return Cell(None, verdict_name("NOT_ASSESSABLE"), key)
    return Cell(row["class"], class_name(row["class"]), key, (*marks, *doubt(row)))


def verdict_cell(row: Judged | None, marks: tuple[Mark, ...]) -> Cell:
    """Return a verdict beside the class that was asked for."""
    if row is None:
        return Cell(None, say("not_measured"))
    return Cell(row["verdict"], verdict_name(row["verdict"]), marks=(*marks, *doubt(row)))


def _items(row: Judged | None, field: str, marks: tuple[Mark, ...]) -> Cell:
    found = () if row is None else tuple(row[field])
    if not found:
        return Cell(None, say("no_items"))
    return Cell(",".join(found), listed(map(item_name, found)), marks=marks)


def _failing(row: Judged | None, marks: tuple[Mark, ...]) -> Cell:
    """Return the items beyond the limit, with how far."""
    found = () if row is None else tuple(row["failing"])
    if row is None or not found:
        return Cell(None, say("no_items"))
    said = [
        say("by", item=item_name(item), times=f"{row['multiples'][item]:.2f}")
        if row["multiples"].get(item) is not None
        else item_name(item)
        for item in found
    ]
    return Cell(",".join(found), listed(said), marks=marks)


def _volume(row: Judged | None, marks: tuple[Mark, ...]) -> Cell:
    if row is None or row["abstraction_m3"] is None:
        return Cell(None)
    return Cell(Decimal(str(row["abstraction_m3"])) / TEN_THOUSAND, marks=marks)


# months


def exceeding(view: View) -> Table:
    """Return each item of each month that was beyond what was asked for, with its limit and how far it was beyond."""
    columns = (
        Column("month", say("month")),
        Column("place", say("place")),
        Column("class", say("class")),
        Column("item", say("item")),
        Column("value", say("value"), "number"),
        Column("limit", say("limit")),
        Column("unit", say("item_unit")),
        Column("beyond", say("beyond"), "number", decimals=2),
    )
    caption = say("exceeding_caption", period=view.span.period.name, city=view.span.city)
    return Table("water.exceeding", caption, columns, tuple(_exceeding(view)), say("exceeding_none"))


def _exceeding(view: View) -> Iterator[Row]:
    for month, station, row in _months(view):
        for item in () if row is None else row["failing"]:
            yield _failed(view, station, month, row, item)


def _months(view: View) -> Iterator[tuple[PaperPeriod, Station, Any]]:
    """Yield each month of each place with its row; None where nothing was measured."""
    for month in view.span.months:
        for station in (*view.sources, *view.others):
            yield month, station, view.months.get((station.id, month.text))


def _failed(view: View, station: Station, month: PaperPeriod, row: Any, item: str) -> Row:
    marks, found = view.span.marks(month), limit_of(row, item)
    bound = Cell(None)
    if found is not None:
        sign = {"at_least": "≥ ", "range": "", "absent": ""}.get(found[1].direction, "≤ ")
        text = f"{sign}{found[0]}"
        bound = Cell(found[0], Name(text, text), f"law:{row['standard']}:{item}")
    value = row["items"][item]["value"]
    times = row["multiples"].get(item)
    cells = (
        Cell(month.text, month.name),
        Cell(station.id, place_name(station)),
        class_cell(row, marks),
        Cell(item, item_name(item)),
        Cell(None if value is None else Decimal(str(value)), marks=marks),
        bound,
        Cell(parameters()[item].unit, Name(printed(parameters()[item].unit), printed(parameters()[item].unit))),
        Cell(None if times is None else Decimal(str(times)), marks=marks),
    )
    return Row(cells, str(row["key"]))


def not_assessable(view: View) -> Table:
    """Return the months of places that could not be judged, and why."""
    columns = (Column("month", say("month")), Column("place", say("place")), Column("reason", say("reason")))
    caption = say("unknown_caption", period=view.span.period.name, city=view.span.city)
    return Table("water.not_assessable", caption, columns, tuple(_unknown(view)), say("unknown_none"))


def _unknown(view: View) -> Iterator[Row]:
    for month, station, row in _months(view):
        if row is not None and row["verdict"] != "NOT_ASSESSABLE":
            continue
        why = Cell(None, say("not_measured")) if row is None else Cell(row["reason"], reason(row["reason"]))
        yield Row(
            (Cell(month.text, month.name), Cell(station.id, place_name(station)), why),
            _key(view, station, month, row),
        )
