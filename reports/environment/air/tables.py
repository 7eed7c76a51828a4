"""Tables of air: items against limits, days by class, years against the target, stations, runs that exceed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

from qualicity.network import Name, Station
from qualicity.periods import days_between
from qualicity.standards.load import TABLE_ORDER
from reports import change
from reports.environment.air.days import Run, State, episodes, unsettled, worst
from reports.environment.air.statistics import Item
from reports.environment.air.view import View, day_limit_key, law_key
from reports.environment.air.words import (
    PERCENT,
    class_names,
    days_named,
    item_name,
    item_unit,
    law_name,
    listed,
    reason,
    say,
    share,
    station_name,
    verdict_name,
)
from reports.model import Cell, Column, Mark, Row, Table
from reports.printing import number

_HOURS = 24


def plain(text: str) -> Name:
    """Return a text that is the same in both languages."""
    return Name(text, text)


def column(id: str, *, decimals: int | None = 0, unit: str = "", name: Name | None = None) -> Column:  # noqa: A002 - as the model says
    """Return a column of numbers."""
    return Column(id, name or say(id), "number", unit, decimals)


def value(view: View, found: Decimal | None, digits: int, key: str = "") -> Cell:
    """Return a concentration, printed with the law's digits."""
    if found is None:
        return Cell(None)
    return Cell(found, plain(number(found, digits)), key, view.marks)


def limit(found: Any, digits: int, key: str) -> Cell:
    """Return a limit; none where the law has none."""
    return Cell(None) if found is None else Cell(Decimal(str(found)), plain(number(Decimal(str(found)), digits)), key)


def share_cell(view: View, found: Fraction | None, key: str = "") -> Cell:
    """Return a share in percent."""
    return Cell(None) if found is None else Cell(found * PERCENT, plain(share(found)), key, view.marks)


# items


def items(view: View) -> Table:
    """Return the six items: of a year that is over as the law tests it, else their means and daily values."""
    return _items_of_year(view) if view.year is not None and view.items and not view.provisional else _items(view)


def _items_of_year(view: View) -> Table:
    assert view.year is not None and view.law is not None  # noqa: S101, PT018 - the caller looked
    standard, former, rows = view.year["standard"], _former(view), []
    for item in view.items:
        found = view.year["parameters"][item.id]
        mean, percentile = found["annual_mean"], found["percentile"]
        cells = [
            Cell(item.id, item_name(item.id)),
            Cell(item_unit(item.id)),
            value(view, _decimal(mean), item.digits),
            limit(found["limit_mean"], item.digits, law_key(standard, item.id, "annual")),
            Cell(found["percentile_rank"]),
            value(view, _decimal(percentile), item.digits),
            limit(found["limit_percentile"], item.digits, day_limit_key(standard, item.id)),
            view.cell(found["valid_days"]),
            Cell(found["verdict"], verdict_name(found["verdict"]), marks=(*view.marks, *view.doubt)),
        ]
        rows.append(Row((*cells, *_change_cells(view, item.id, former)), view.key(view.name)))
    columns = (
        Column("item", say("item")),
        Column("unit", say("unit")),
        column("annual_mean", decimals=None),
        column("limit_mean", decimals=None),
        column("rank"),
        column("percentile", decimals=None),
        column("limit_day", decimals=None),
        column("valid_days"),
        Column("verdict", say("verdict")),
        *_change_columns(view, former),
    )
    notes = [say("items_note", law=law_name(standard))]
    if former is not None:
        notes.append(_change_note(view))
    return Table(
        "air.items", _caption("items_year_caption", view), columns, tuple(rows), say("no_law_empty"), tuple(notes)
    )


def _items(view: View) -> Table:
    former = _former(view)
    rows = []
    for item in view.items:
        day, top = item.greatest or (None, None)
        cells = [
            Cell(item.id, item_name(item.id)),
            Cell(item_unit(item.id)),
            value(view, item.mean, item.digits),
            value(view, top, item.digits, view.key(day) if day else ""),
            view.cell(day, key=view.key(day) if day else ""),
            limit(item.limit_day, item.digits, day_limit_key(_standard(view), item.id)),
            view.cell(item.beyond if item.valid_days else None),
            view.cell(item.valid_days),
        ]
        rows.append(Row((*cells, *_change_cells(view, item.id, former)), view.key(view.name)))
    columns = (
        Column("item", say("item")),
        Column("unit", say("unit")),
        column("mean", decimals=None),
        column("greatest", decimals=None),
        Column("greatest_day", say("greatest_day"), "date"),
        column("limit_day", decimals=None),
        column("days_beyond"),
        column("valid_days"),
        *_change_columns(view, former),
    )
    notes = () if view.law is None else (say("items_short_note", law=law_name(view.law)),)
    if former is not None:
        notes = (*notes, _change_note(view))
    return Table("air.items", _caption("items_caption", view), columns, tuple(rows), say("no_law_empty"), notes)


def _former(view: View) -> View | None:
    """Return the same period a year before, where its values may stand beside these."""
    then = view.a_year_ago
    comparable = not view.provisional and then.count.measured and then.count.standards == view.count.standards
    return then if comparable else None


def _former_mean(former: View, item: Item | None) -> Cell:
    return Cell(None) if item is None else value(former, item.mean, item.digits, former.key(former.name))


def _tested(view: View) -> bool:
    """Return whether there are pairs of months enough for a test."""
    return len(view.months) >= change.LEAST_PAIRS


def _change_note(view: View) -> Name:
    return say("items_test_note", months=len(view.months)) if _tested(view) else say("items_former_note")


def _change_columns(view: View, former: View | None) -> tuple[Column, ...]:
    if former is None:
        return ()
    tested = (Column("change", say("change")),) if _tested(view) else ()
    return (column("former_mean", decimals=None), *tested)


def _change_cells(view: View, item: str, former: View | None) -> tuple[Cell, ...]:
    """Return the mean a year before and what may be said of the change: by pairs of the same months."""
    if former is None:
        return ()
    before = _former_mean(former, next((one for one in former.items if one.id == item), None))
    if not _tested(view):
        return (before,)
    word = change.of_pairs(_monthly(view, item), _monthly(former, item))
    return (before, Cell(word, change.said(word), marks=view.marks))


def _monthly(view: View, item: str) -> list[float | None]:
    means = (next((one.mean for one in month.items if one.id == item), None) for month in view.months)
    return [None if mean is None else float(mean) for mean in means]


def _standard(view: View) -> str:
    return "" if view.law is None else view.law.standard


def _decimal(found: float | None) -> Decimal | None:
    return None if found is None else Decimal(str(found))


def _caption(code: str, view: View) -> Name:
    return say(code, period=view.period.name, city=view.sources.city.name)


# days by class


def classes(view: View) -> Table:
    """Return the days by class of the AQI, a month a row; of a month the month itself, and that a year before."""
    rows = [_class_row(month, month.period.name) for month in view.months]
    whole = say("total") if view.months else view.period.name
    rows.append(_class_row(view, whole, total=bool(view.months)))
    if view.period.kind != "year" and view.a_year_ago.count.measured:
        rows.append(_class_row(view.a_year_ago, view.a_year_ago.period.name))
    names = class_names()
    columns = (
        Column("period", say("period")),
        *(Column(f"class_{level}", name, "number", decimals=0) for level, name in names.items()),
        column("no_index"),
        column("good_days", name=say("good_days_column")),
        column("valid_days"),
        column("good_share", decimals=1, unit="%"),
    )
    notes = (say("classes_table_note"), say("api_note"))
    return Table(
        "air.classes",
        _caption("classes_table_caption", view),
        columns,
        tuple(rows) if view.over else (),
        say("days_empty"),
        notes,
    )


def _class_row(view: View, name: Name, *, total: bool = False) -> Row:
    found = view.count
    cells = (
        Cell(view.name, name),
        *class_cells(view),
        view.cell(found.good if found.valid else None),
        view.cell(found.valid),
        share_cell(view, found.rate),
    )
    return Row(cells, view.key(view.name), total)


def class_cells(view: View) -> tuple[Cell, ...]:
    """Return the days of each class, and those without; where no day has one, no class has none."""
    found = view.count
    counted = [found.levels.get(level, 0) if found.indexed else None for level in class_names()]
    return (*map(view.cell, counted), view.cell(found.over - found.indexed))


# years


def years(view: View) -> Table:
    """Return the share of good days of the year and of those before, each against the target."""
    found = (*view.former_years, view)
    columns = (
        Column("year", say("year")),
        Column("law", say("law")),
        column("calendar_days"),
        column("valid_days"),
        column("good_days", name=say("good_days_column")),
        column("good_share", decimals=1, unit="%"),
        column("lower", decimals=1, unit="%"),
        column("upper", decimals=1, unit="%"),
        Column("verdict", say("target_column", target=view.sources.city.air_target)),
    )
    caption = say("years_caption", city=view.sources.city.name)
    notes = (say("years_lawless_note"),) if any(_lawless(one) for one in found) else ()
    return Table("air.years", caption, columns, tuple(_year_row(one) for one in found), say("days_empty"), notes)


def _lawless(view: View) -> bool:
    """Return whether no law covers the days of a year that are known."""
    return not view.count.measured and bool(view.count.states.get("lawless"))


def _year_row(view: View) -> Row:
    found, year = view.count, view.year
    if not found.measured:
        state = "kind_lawless" if _lawless(view) else "kind_silent"
        nothing = Cell(None)
        name = Cell(None, say(state))
        return Row((Cell(view.name), name, Cell(found.days), *(nothing,) * 6), view.key(view.name))
    judged = not view.provisional and year is not None
    verdict = year["rate_verdict"] if judged and year is not None else "NOT_ASSESSABLE"
    shown = say(f"target_{verdict}") if judged else say("not_over")
    cells = (
        Cell(view.name),
        Cell("+".join(found.standards)),
        Cell(found.days),
        view.cell(found.valid),
        view.cell(found.good),
        share_cell(view, found.rate),
        share_cell(view, found.lower),
        share_cell(view, found.upper),
        Cell(verdict, shown, marks=(*view.marks, *view.doubt)),
    )
    return Row(cells, view.key(view.name))


# stations


def stations(view: View) -> Table:
    """Return each station's share of valid hours by item, and its good days."""
    districts = any(station.district for station in view.stations)
    columns = (
        Column("station", say("station")),
        *((Column("district", say("district")),) if districts else ()),
        *(column(item, decimals=1, unit="%", name=item_name(item)) for item in TABLE_ORDER),
        column("valid_days"),
        column("good_days", name=say("good_days_column")),
        column("good_share", decimals=1, unit="%"),
    )
    rows = tuple(_station_row(view, station, districts=districts) for station in view.stations)
    notes = (say("stations_note"),) if rows else ()
    return Table("air.stations", _caption("stations_caption", view), columns, rows, say("stations_empty"), notes)


def _station_row(view: View, station: Station, *, districts: bool) -> Row:
    found = view.station_count(station)
    captured = capture(view, station)
    cells = (
        Cell(station.id, station_name(station)),
        *((Cell(station.district),) if districts else ()),
        *(share_cell(view, captured[item]) for item in TABLE_ORDER),
        view.cell(found.valid),
        view.cell(found.good if found.valid else None),
        share_cell(view, found.rate),
    )
    return Row(cells, view.key(view.name, station.id))


def capture(view: View, station: Station) -> dict[str, Fraction | None]:
    """Return the share of the hours due that are valid, by item; None where none was due."""
    return {item: Fraction(valid, due) if due else None for item, (due, _, valid) in hours(view, station).items()}


def hours(view: View, station: Station) -> dict[str, tuple[int, int, int]]:
    """Return hours due, observed and valid of a station by item; days without a row were due all the same."""
    rows = view.station_days[station.id]
    stood = [day for day in view.over if station.serves(day)]
    found = {}
    for item in TABLE_ORDER:
        if item in station.not_monitored:
            found[item] = (0, 0, 0)
            continue
        covered = [rows[day]["coverage"][item] for day in stood if day in rows and rows[day]["standard"] is not None]
        silent = len(stood) - sum(day in rows for day in stood)
        found[item] = (
            sum(one["expected"] for one in covered) + silent * _HOURS,
            sum(one["observed"] for one in covered),
            sum(one["valid"] for one in covered),
        )
    return found


# days that exceed, and days that are not valid


def runs(view: View) -> Table:
    """Return the runs of consecutive days that exceed."""
    columns = (
        Column("first", say("first"), "date"),
        Column("last", say("last"), "date"),
        column("days"),
        column("worst_aqi"),
        Column("worst_day", say("worst_day"), "date"),
        Column("worst_items", say("worst_items")),
    )
    rows = tuple(_run_row(view, run) for run in episodes(view.days, view.over))
    notes = (say("episodes_note"),) if rows else ()
    empty = say("episodes_none") if view.count.measured else say("quality_none")
    return Table("air.episodes", _caption("episodes_caption", view), columns, rows, empty, notes)


def _run_row(view: View, run: Run) -> Row:
    top = worst(run)
    day = dt.date.fromisoformat(top["date"])
    cells = (
        view.cell(run.first, key=view.key(run.first)),
        view.cell(run.last, key=view.key(run.last)),
        view.cell(run.days, key=view.key(_holder(view, run))),
        view.cell(top["aqi"]),
        view.cell(day),
        Cell(",".join(top["primary"]), listed(item_name(item) for item in top["primary"]), marks=view.marks),
    )
    return Row(cells, view.key(day))


def _holder(view: View, run: Run) -> str:
    """Return the month that holds a run, or the period where none does."""
    return f"{run.first:%Y-%m}" if (run.first.year, run.first.month) == (run.last.year, run.last.month) else view.name


def days_not_valid(view: View) -> Table:
    """Return the days that are not valid, with why."""
    columns = (
        Column("dates", say("date")),
        column("days"),
        Column("state", say("state")),
        Column("reason", say("why")),
    )
    rows = tuple(_unsettled_row(view, kind, run) for kind, run in unsettled(view.days, view.over))
    empty = say("unsettled_none") if view.over else say("days_empty")
    return Table("air.not_valid", _caption("unsettled_caption", view), columns, rows, empty)


def _unsettled_row(view: View, kind: State, run: Run) -> Row:
    why = say("why_silent") if kind == "silent" else _why(run.rows)
    key = view.key(run.first) if run.days == 1 and run.rows else view.key(_holder(view, run))
    cells = (
        Cell("/".join(dict.fromkeys((run.first.isoformat(), run.last.isoformat()))), days_named(run.first, run.last)),
        Cell(run.days),
        Cell(kind, say(f"kind_{kind}")),
        Cell("; ".join(dict.fromkeys(row["reason"] for row in run.rows)), why),
    )
    return Row(tuple(_marked(view.marks, cell) for cell in cells), key)


def _why(rows: Sequence[Any]) -> Name:
    return reason(rows[0]["reason"])


def _marked(marks: tuple[Mark, ...], cell: Cell) -> Cell:
    return Cell(cell.value, cell.shown, cell.key, marks)


def daily(view: View) -> tuple[Row, ...]:
    """Return each day of a period: class, index, primary pollutants, verdict."""
    found = []
    for day in days_between(view.period.first, view.period.last):
        row = view.days.get(day)
        if row is not None:
            verdict = row["verdict"]
            cells = (
                Cell(day),
                view.cell(row["aqi"]),
                view.cell(row["level"]),
                Cell(",".join(row["primary"]), listed(item_name(item) for item in row["primary"])),
                Cell(verdict, verdict_name(verdict), marks=view.marks),
            )
            found.append(Row(cells, view.key(day)))
    return tuple(found)
