"""Figures of air: calendar, days by class, share of good days by year, courses of the items, loads, stations."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from qualicity.network import Name
from qualicity.standards.load import TABLE_ORDER
from qualicity.target import parse_target
from reports.environment.air.sentences import classes as classes_said
from reports.environment.air.sentences import loads as loads_said
from reports.environment.air.sentences import nothing, summary
from reports.environment.air.statistics import Item, shares
from reports.environment.air.tables import class_cells, column, daily, limit, plain, share_cell, value, years
from reports.environment.air.tables import classes as classes_table
from reports.environment.air.view import View, load_limit_key
from reports.environment.air.words import (
    PERCENT,
    class_names,
    item_name,
    item_unit,
    law_name,
    listed,
    say,
    share,
    station_name,
    verdict_name,
    years_named,
)
from reports.figures import bars, drawn, multiples, place_map, trend
from reports.figures import calendar as calendar_drawn
from reports.figures import shares as shares_drawn
from reports.figures.data import Bar, Bars, Calendar, Multiples, Place, PlaceMap, Point, Shares, Trend
from reports.model import Cell, Column, Figure, Row, Table
from reports.printing import number

_MONTHS = 12
_NO_CLASS = "none"
_LEAST_YEARS = 2


def calendar(view: View) -> Figure:
    """Return F11: the class of each day."""
    data = Calendar(view.period.first, view.period.last, {day: row["level"] for day, row in view.days.items()})
    columns = (
        Column("date", say("date"), "date"),
        column("aqi", name=plain("AQI")),
        column("level", name=say("level")),
        Column("primary", say("worst_items")),
        Column("verdict", say("verdict")),
    )
    caption = _caption("calendar_caption", view)
    table = Table("air.calendar_data", caption, columns, daily(view), say("quality_none"))
    alt = say("calendar_alt", summary=_summary(view))
    return Figure("air.calendar", caption, alt, drawn(calendar_drawn, data, view.synthetic), table)


def classes(view: View) -> Figure:
    """Return F12: days by class, a bar a month; of a month, the month and that a year before."""
    views = view.months or (view,)
    if not view.months and view.a_year_ago.count.measured:
        views = (view.a_year_ago, view)
    table = classes_table(view)
    caption = _caption("classes_caption" if view.months else "classes_month_caption", view)
    data = Table("air.classes_data", caption, table.columns, table.rows, table.empty)
    alt = say("classes_alt", summary=classes_said(view.count) if view.count.indexed else _summary(view))
    return Figure("air.classes_bars", caption, alt, drawn(bars, _bars(views), view.synthetic), data)


def classes_by_year(view: View) -> tuple[Figure, ...]:
    """Return F12 by years, where more than one was measured."""
    views = (*view.former_years, view)
    if len(views) < _LEAST_YEARS:
        return ()
    caption = say("classes_years_caption", city=view.sources.city.name, years=_years(views))
    names = class_names()
    columns = (
        Column("year", say("year")),
        *(Column(f"class_{level}", name, "number", decimals=0) for level, name in names.items()),
        column("no_index"),
    )
    rows = tuple(Row((Cell(one.name), *class_cells(one)), one.key(one.name)) for one in views)
    alt = say("classes_alt", summary=listed(rate_said(one) for one in views))
    data = Table("air.classes_by_year_data", caption, columns, rows, say("quality_none"))
    several = len({one.count.standards for one in views if one.count.valid}) > 1
    drawn_bars = _bars(views, [_by_law(one) if several else one.period.name for one in views])
    return (Figure("air.classes_by_year", caption, alt, drawn(bars, drawn_bars, view.synthetic), data),)


def _by_law(view: View) -> Name:
    """Return a year with its law: where years are judged by several, each bar says by which."""
    laws = "+".join(view.count.standards)
    return say("year_by_law", year=view.period.name, law=laws) if laws else view.period.name


def _bars(views: Sequence[View], names: Sequence[Name] = ()) -> Bars:
    found = []
    for one, name in zip(views, names or [one.period.name for one in views], strict=True):
        counts = {str(level): days for level, days in sorted(one.count.levels.items())}
        if missing := one.count.over - one.count.indexed:
            counts[_NO_CLASS] = missing
        found.append(Bar(name, counts))
    return Bars("air", found, say("days_unit"))


def rates(view: View) -> Figure:
    """Return the share of good days by year with its bounds, and the target."""
    views, target = (*view.former_years, view), parse_target(view.sources.city.air_target)
    caption = say("rates_caption", city=view.sources.city.name, years=_years(views))
    points = [
        Point(
            label=one.name,
            at=float(one.period.year),
            value=_percent(one.count.rate),
            low=None if one.count.rate is None else _percent(one.count.lower),
            high=None if one.count.rate is None else _percent(one.count.upper),
            method="+".join(one.count.standards),
            provisional=one.provisional,
        )
        for one in views
    ]
    percent = plain("%")
    breaks = [
        ((before.period.year + one.period.year) / 2, say("law_changes"))
        for before, one in itertools.pairwise([one for one in views if one.count.valid])
        if before.count.standards != one.count.standards
    ]
    data = Trend(
        say("good_share"), percent, points, float(target.share * PERCENT), plain(f"{target.text} %"), breaks=breaks
    )
    alt = say("rates_alt", target=target.text, values=listed(rate_said(one) for one in views))
    table = years(view)
    held = Table("air.rates_data", caption, table.columns, table.rows, table.empty)
    return Figure("air.rates", caption, alt, drawn(trend, data, view.synthetic), held)


def _years(views: Sequence[View]) -> Name:
    return years_named(views[0].period.year, views[-1].period.year)


def rate_said(view: View) -> Name:
    """Say a year's share of good days with its n."""
    found = view.count
    if found.rate is None:
        return say("rate_of_year_none", year=view.name)
    return say("rate_of_year", year=view.name, rate=share(found.rate), valid=found.valid)


def _percent(found: Fraction | None) -> float | None:
    return None if found is None else float(found * PERCENT)


def courses(view: View) -> Figure:
    """Return the course of each item: by months, of a month by days; a pane an item with its limit."""
    by_month = bool(view.months)
    names = view.law.parameters if view.law is not None else TABLE_ORDER
    limits = {item.id: item.limit_year if by_month else item.limit_day for item in view.items}
    trends = []
    for item in names:
        found = limits.get(item)
        points = _months(view, item) if by_month else _days(view, item)
        trends.append(
            Trend(
                item_name(item),
                plain(item_unit(item)),
                points,
                None if found is None else float(found),
                Name()
                if found is None
                else say("limit_line_year" if by_month else "limit_line_day", limit=number(found)),
                line="limit",
            )
        )
    caption = _caption("trend_caption" if by_month else "trend_days_caption", view)
    said = listed(
        say("limit_of_item", item=item_name(item), limit=number(found), unit=item_unit(item))
        for item, found in limits.items()
        if found is not None
    )
    alt = say("trend_alt" if by_month else "trend_days_alt", limits=said)
    return Figure(
        "air.courses", caption, alt, drawn(multiples, Multiples(trends), view.synthetic), _course_data(view, caption)
    )


def _months(view: View, item: str) -> list[Point]:
    return [
        Point(
            label=month.name,
            at=month.period.year + (month.period.first.month - 0.5) / _MONTHS,
            value=_float(next((one for one in month.items if one.id == item), None)),
            method="+".join(month.count.standards),
            provisional=month.provisional,
        )
        for month in view.months
    ]


def _float(found: Item | None) -> float | None:
    return None if found is None or found.mean is None else float(found.mean)


def _days(view: View, item: str) -> list[Point]:
    points = []
    for day in view.over:
        row = view.days.get(day)
        found = None if row is None else row["values"][item]
        law = "" if row is None else row["standard"] or ""
        points.append(Point(day.isoformat(), _at(day), None if found is None else float(found), method=law))
    return points


def _at(day: dt.date) -> float:
    first = dt.date(day.year, 1, 1)
    return day.year + (day - first).days / ((dt.date(day.year + 1, 1, 1) - first).days)


def _course_data(view: View, caption: Name) -> Table:
    names = view.law.parameters if view.law is not None else TABLE_ORDER
    columns = (
        Column("period", say("period")),
        *(column(item, decimals=None, unit=item_unit(item), name=item_name(item)) for item in names),
    )
    rows = []
    for month in view.months:
        means = {one.id: one for one in month.items}
        cells = [value(month, means[item].mean, means[item].digits) if item in means else Cell(None) for item in names]
        rows.append(Row((Cell(month.name), *cells), month.key(month.name)))
    if not view.months:
        digits = {one.id: one.digits for one in view.items}
        for day, row in view.days.items():
            cells = [_daily_cell(view, row["values"][item], digits.get(item, 0)) for item in names]
            rows.append(Row((Cell(day.isoformat()), *cells), view.key(day)))
    return Table("air.courses_data", caption, columns, tuple(rows), say("quality_none"))


def _daily_cell(view: View, found: float | None, digits: int) -> Cell:
    return Cell(None) if found is None else value(view, Decimal(str(found)), digits)


def loads(view: View) -> Figure:
    """Return F13: each item's part of the sum of the six indices."""
    parts = shares(view.items)
    ranked = sorted(view.items, key=lambda one: (one.load is None, -(one.load or 0), one.id))
    drawn_parts = [(item_name(one.id), None if parts is None else _percent(parts[one.id])) for one in ranked]
    caption = _caption("loads_caption", view)
    columns = (
        Column("item", say("item")),
        Column("unit", say("unit")),
        Column("statistic", say("statistic")),
        column("value", decimals=None, name=say("load_value")),
        column("limit", decimals=None, name=say("load_limit")),
        column("index", decimals=3, name=say("load_index")),
        column("load", decimals=1, unit="%", name=say("load_share")),
    )
    rows = tuple(_load_row(view, one, None if parts is None else parts[one.id]) for one in ranked)
    notes = () if view.law is None else (say("items_short_law", law=law_name(view.law)),)
    data = Table("air.loads_data", caption, columns, rows, say("no_law_empty"), notes)
    alt = say("loads_alt", summary=loads_said(view))
    drawing = drawn(shares_drawn, Shares(plain("%"), drawn_parts), view.synthetic)
    return Figure("air.loads", caption, alt, drawing, data)


def _load_row(view: View, item: Item, part: Fraction | None) -> Row:
    by_mean = item.load_by == "mean"
    statistic = say("mean") if by_mean else say("percentile_rank", rank=item.rank)
    cells = (
        Cell(item.id, item_name(item.id)),
        Cell(item_unit(item.id)),
        Cell(item.load_by, statistic),
        value(view, item.load_value, item.digits),
        limit(item.load_limit, item.digits, load_limit_key(view, item)),
        view.cell(item.load),
        share_cell(view, part),
    )
    return Row(cells, view.key(view.name))


# stations


def station_map(view: View) -> Figure:
    """Return the stations of a year on their places: the yearly test of each, and its share of good days."""
    caption = _caption("map_caption", view)
    columns = (
        Column("station", say("station")),
        column("longitude", decimals=4, unit="°"),
        column("latitude", decimals=4, unit="°"),
        Column("verdict", say("verdict")),
        column("good_share", decimals=1, unit="%"),
    )
    places, rows = [], []
    for station in view.stations:
        if station.position is None:
            continue
        row, found = view.station_years.get(station.id), view.station_count(station)
        verdict, (longitude, latitude) = "NOT_ASSESSABLE" if row is None else row["attainment"], station.position
        beside = "" if found.rate is None else f"{share(found.rate)} %"
        places.append(Place(station_name(station), longitude, latitude, verdict, beside))
        cells = (
            Cell(station.id, station_name(station)),
            Cell(longitude),
            Cell(latitude),
            Cell(verdict, verdict_name(verdict), marks=(*view.marks, *view.doubt)),
            share_cell(view, found.rate),
        )
        rows.append(Row(cells, view.key(view.name, station.id)))
    data = Table("air.map_data", caption, columns, tuple(rows), say("map_none"))
    alt = say("map_alt", places=listed(_placed(one) for one in places) if places else say("map_none"))
    return Figure("air.map", caption, alt, drawn(place_map, PlaceMap("verdict", places), view.synthetic), data)


def _placed(place: Place) -> Name:
    return say(
        "map_place", station=place.name, verdict=verdict_name(place.level or ""), share=place.value or "\N{EN DASH}"
    )


def not_on_map(view: View) -> Name | None:
    """Say which stations have no coordinates; None where all have."""
    lost = [station_name(station) for station in view.stations if station.position is None]
    return say("map_missing", stations=listed(lost)) if lost else None


def _summary(view: View) -> Name:
    return summary(view) if view.count.measured else nothing(view)


def _caption(code: str, view: View) -> Name:
    return say(code, period=view.period.name, city=view.sources.city.name)
