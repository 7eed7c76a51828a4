"""Bulletins of a city's air: of a day on one page, of a month, quarter, half or year with all that chapter 6 says."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from qualicity.network import Name, Station
from qualicity.standards.load import TABLE_ORDER, air_law
from reports.environment.air import notes
from reports.environment.air.key_figures import key_figures
from reports.environment.air.sections import parts
from reports.environment.air.sentences import together
from reports.environment.air.tables import column, limit, plain, value
from reports.environment.air.view import View, day_limit_key
from reports.environment.air.words import (
    class_names,
    item_name,
    law_name,
    listed,
    reason,
    say,
    station_name,
    verdict_name,
)
from reports.model import NO_TEXT, Cell, Chapter, Column, KeyFigure, KeyFigures, Prose, Row, Table
from reports.period import PaperPeriod
from reports.printing import date
from reports.sources import Row as Judged
from reports.sources import Sources


def air_bulletin(sources: Sources, period: PaperPeriod) -> tuple[Chapter, ...]:
    """Return the chapters of a bulletin of a period."""
    if period.kind == "day":
        return (_Day(View(sources, period)).chapter(),)
    view = View(sources, period)
    figures = KeyFigures("air.key", key_figures(view))
    return (Chapter("air", say("bulletin"), (figures, *parts(view))),)


class _Day:
    """The bulletin of one day: the city, yesterday and a year ago beside it, items against limits, stations."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._day = view.period.first
        self._row = view.days.get(self._day)
        self._law = None if self._row is None or self._row["standard"] is None else air_law(self._row["standard"])

    def chapter(self) -> Chapter:
        """Return it."""
        return Chapter(
            "air",
            say("bulletin"),
            (
                KeyFigures("air.key", self._figures()),
                Prose(self._said()),
                self._compared(),
                self._stations(),
                *notes.method(self._view, short=True),
                *notes.data_quality(self._view),
            ),
        )

    def _figures(self) -> tuple[KeyFigure, ...]:
        row, key = self._row, self._view.key(self._day)
        if row is None:
            return (KeyFigure(plain("AQI"), Cell(None, say("kind_silent"), key)),)
        verdict, index = verdict_name(row["verdict"]), say("no_index") if row["aqi"] is None else None
        found = Cell(row["verdict"], verdict, key, self._view.marks)
        exceeding = listed(item_name(item) for item in self._exceeding(row)) if row["verdict"] == "EXCEEDS" else NO_TEXT
        return (
            KeyFigure(
                plain("AQI"),
                Cell(row["aqi"], index, key, self._view.marks),
            ),
            KeyFigure(say("level"), Cell(row["level"], _class(row), key, self._view.marks)),
            KeyFigure(say("worst_items"), Cell(",".join(row["primary"]), _primary(row), key, self._view.marks)),
            KeyFigure(say("day_verdict"), found, beside=exceeding),
        )

    def _said(self) -> Name:
        sentences = [self._judged()]
        if self._view.provisional:
            sentences.append(say("day_provisional", as_of=date(self._view.sources.as_of)))
        return together(sentences)

    def _judged(self) -> Name:
        view, row = self._view, self._row
        about = {"day": view.period.name, "city": view.sources.city.name}
        if self._day > view.sources.as_of:
            return say("day_to_come", as_of=date(view.sources.as_of), **about)
        if row is None or not view.count.known:
            code = "day_silent" if view.stations else "day_no_stations"
            return say(code, stations=len(view.stations), **about)
        if self._law is None:
            return say("day_lawless", **about)
        if row["aqi"] is None:
            return say("day_no_index", reason=reason(row["reason"]), **about)
        primary = say("day_primary", items=_primary(row)) if row["primary"] else say("day_no_primary")
        return say(
            "day_index",
            aqi=row["aqi"],
            level=_class(row),
            primary=primary,
            verdict=say(f"day_{row['verdict']}", reason=reason(row["reason"])),
            **about,
        )

    def _exceeding(self, row: Judged) -> list[str]:
        if self._law is None:
            return []
        limits = dict(zip(self._law.parameters, self._law.day_limit, strict=True))
        return [
            item for item, found in row["values"].items() if found is not None and Decimal(str(found)) > limits[item]
        ]

    def _compared(self) -> Table:
        """Return the day above its limits and sub-indices, and beside yesterday and the same day a year before."""
        view, ago = self._view, self._view.period.a_year_ago()
        others = [View(view.sources, period) for period in (view.period.before(), ago)]
        rows = [_day_row(view, "day"), *self._limit_rows()]
        rows += [_day_row(one, code) for one, code in zip(others, ("day_before", "year_before"), strict=True)]
        found = [say("day_beside_note"), say("day_units")]
        if (ago.first.month, ago.first.day) != (self._day.month, self._day.day):
            found.append(say("day_leap_note", day=date(ago.first)))
        judged = [row for one in (view, *others) if (row := one.days.get(one.period.first)) is not None]
        laws = {row["standard"] for row in judged if row["standard"] is not None}
        if len(laws) > 1:
            found.append(say("day_laws_note", laws=listed(law_name(name) for name in sorted(laws))))
        caption = say("day_compared_caption", day=view.period.name, city=view.sources.city.name)
        notes_ = (together(found),)
        return Table(
            "air.day_compared", caption, (Column("row", say("row")), *_value_columns()), tuple(rows), notes=notes_
        )

    def _limit_rows(self) -> tuple[Row, ...]:
        """Return the limits and the sub-indices of the day; none where there is no law or no row."""
        if self._law is None or self._row is None:
            return ()
        none = (Cell(None), Cell(None, plain("")), Cell(None, plain("")))
        limits = zip(self._law.parameters, self._law.day_limit, self._law.digits, strict=True)
        bounds = [limit(one, digits, day_limit_key(self._law.standard, item)) for item, one, digits in limits]
        indices = [self._view.cell(self._row["iaqi"][item]) for item in self._law.parameters]
        aqi = (self._view.cell(self._row["aqi"]), *none[1:])
        return (
            Row((Cell("limit", say("row_limit")), *none, *bounds), self._view.key(self._day)),
            Row((Cell("iaqi", say("row_iaqi")), *aqi, *indices), self._view.key(self._day)),
        )

    def _stations(self) -> Table:
        rows = tuple(self._station_row(station) for station in self._view.stations)
        columns = (Column("station", say("station")), *_value_columns())
        caption = say("day_stations_caption", day=self._view.period.name, city=self._view.sources.city.name)
        return Table("air.day_stations", caption, columns, rows, say("stations_empty"))

    def _station_row(self, station: Station) -> Row:
        row = self._view.station_days[station.id].get(self._day)
        name = Cell(station.id, station_name(station))
        return Row((name, *_values(self._view, row)), self._view.key(self._day, station.id))


def _value_columns() -> tuple[Column, ...]:
    return (
        column("aqi", name=plain("AQI")),
        Column("level", say("level")),
        Column("primary", say("worst_items")),
        *(column(item, decimals=None, name=item_name(item)) for item in TABLE_ORDER),
    )


def _day_row(view: View, code: str) -> Row:
    day = view.period.first
    name = Cell(code, say(f"row_{code}", day=date(day)))
    return Row((name, *_values(view, view.days.get(day))), view.key(day))


def _values(view: View, row: Judged | None) -> tuple[Cell, ...]:
    """Return index, class, primary pollutants and the six values of a day."""
    if row is None:
        return (Cell(None), Cell(None, say("kind_silent")), *(Cell(None) for _ in range(1 + len(TABLE_ORDER))))
    law = None if row["standard"] is None else air_law(row["standard"])
    digits: Mapping[str, int] = {} if law is None else dict(zip(law.parameters, law.digits, strict=True))
    return (
        view.cell(row["aqi"]),
        Cell(row["level"], _class(row), marks=view.marks),
        Cell(",".join(row["primary"]), _primary(row), marks=view.marks),
        *(_value(view, row["values"][item], digits.get(item, 0)) for item in TABLE_ORDER),
    )


def _value(view: View, found: float | None, digits: int) -> Cell:
    return value(view, None if found is None else Decimal(str(found)), digits)


def _class(row: Judged) -> Name:
    if row["level"] is not None:
        return class_names()[row["level"]]
    return say("kind_lawless") if row["standard"] is None else say("NOT_ASSESSABLE")


def _primary(row: Judged) -> Name:
    if row["aqi"] is None:
        return plain("\N{EN DASH}")
    return listed(item_name(item) for item in row["primary"]) if row["primary"] else say("none")
