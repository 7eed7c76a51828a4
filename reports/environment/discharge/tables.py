"""Tables of outlets: their days and what came nearest to the limits, runs of days beyond, loads, cases on file."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from decimal import Decimal

from qualicity.network import Name, Station
from qualicity.standards.load import standard
from qualicity.units import printed
from reports.environment.air.words import days_named, item_name, listed, station_name
from reports.environment.discharge.view import CASES, Beyond, View, doubt, runs
from reports.environment.discharge.words import say, verdict_name
from reports.environment.rated import TEN_THOUSAND
from reports.model import Cell, Column, Row, Table
from reports.period import PaperPeriod
from reports.printing import number
from reports.selection import choice
from reports.sources import Row as Judged

_DAYS = ("complied", "exceeded", "unknown", "no_discharge")
_KILOGRAMS = 1000


def outlets(view: View) -> Table:
    """Return each outlet's days by verdict, its verdict, and what came nearest to its limit."""
    columns = (
        Column("outlet", say("outlet")),
        Column("kind", say("kind")),
        *_period(view),
        *(Column(f"days_{kind}", say(f"days_{kind}"), "number", decimals=0) for kind in _DAYS),
        Column("verdict", say("verdict")),
        Column("worst_item", say("worst_item")),
        Column("worst_ratio", say("worst_ratio"), "number", decimals=2),
        Column("volume", say("volume"), "number", "10⁴ m³", 2),
    )
    rows = tuple(_outlet(view, one, period) for period in view.span.judged for one in view.outlets)
    caption = say("outlets_caption", period=view.span.period.name, city=view.span.city)
    notes = (say("outlets_note"), _standards(view)) if view.judged else ()
    return Table("discharge.outlets", caption, columns, rows, say("no_outlets_table"), notes)


def _outlet(view: View, outlet: Station, period: PaperPeriod) -> Row:
    row, marks = view.judged.get((outlet.id, period.text)), view.span.marks(period)
    worst = view.worst(outlet, period)
    days = None if row is None else row["days"]
    flow = None if row is None or row["flow_m3"] is None else Decimal(str(row["flow_m3"])) / TEN_THOUSAND
    cells = (
        Cell(outlet.id, station_name(outlet)),
        Cell(outlet.outlet.kind, say(outlet.outlet.kind)),
        *view.span.dated(period),
        *(Cell(None if days is None else days[kind], marks=marks if days else ()) for kind in _DAYS),
        Cell(None, say("not_measured"))
        if row is None
        else Cell(row["verdict"], verdict_name(row["verdict"]), marks=(*marks, *doubt(row))),
        Cell(None) if worst is None else Cell(worst[1], item_name(worst[1]), str(worst[0]["key"]), marks),
        Cell(None) if worst is None else Cell(worst[2], None, str(worst[0]["key"]), marks),
        Cell(flow, marks=() if flow is None else marks),
    )
    return Row(cells, _key(view, outlet, period, row))


def _period(view: View) -> tuple[Column, ...]:
    return (Column("period", say("period")),) if view.span.several else ()


def _standards(view: View) -> Name:
    """Say by which standard and grade each outlet was judged."""
    found = {
        outlet.id: say("graded", outlet=station_name(outlet), standard=row["standard"], grade=row["grade"])
        for period in view.span.judged
        for outlet in view.outlets
        if (row := view.judged.get((outlet.id, period.text))) is not None
    }
    return say("standards", said=listed(found.values()))


def _key(view: View, outlet: Station, period: PaperPeriod, row: Judged | None) -> str:
    return f"discharge/{view.span.sources.city.id}/{outlet.id}/{period.text}" if row is None else str(row["key"])


def beyond(view: View) -> Table:
    """Return the runs of days on which an item of an outlet was beyond its limit."""
    columns = (
        Column("outlet", say("outlet")),
        Column("item", say("item")),
        Column("first", say("first"), "date"),
        Column("last", say("last"), "date"),
        Column("days", say("days"), "number", decimals=0),
        Column("worst_day", say("worst_day"), "date"),
        Column("value", say("value"), "number"),
        Column("limit", say("limit")),
        Column("times", say("times"), "number", decimals=2),
    )
    rows = tuple(_beyond(view, one) for one in view.beyond)
    caption = say("beyond_caption", period=view.span.period.name, city=view.span.city)
    return Table("discharge.beyond", caption, columns, rows, say("beyond_none"), (say("beyond_note"),) if rows else ())


def _beyond(view: View, one: Beyond) -> Row:
    worst, marks = one.worst, view.span.marks(view.span.period)
    told = worst["items"][one.item]
    value, limit = Decimal(str(told["value"])), told["limit"]
    times = None if isinstance(limit, list) else value / Decimal(str(limit)) - 1
    days = [dt.date.fromisoformat(row["period"]) for row in one.rows]
    cells = (
        Cell(one.outlet.id, station_name(one.outlet)),
        Cell(one.item, item_name(one.item)),
        Cell(days[0], _iso(days[0]), str(one.rows[0]["key"]), marks),
        Cell(days[-1], _iso(days[-1]), str(one.rows[-1]["key"]), marks),
        Cell(len(days), marks=marks),
        Cell(dt.date.fromisoformat(worst["period"]), _iso(worst["period"]), marks=marks),
        Cell(value, _shown(value), marks=marks),
        _limit(limit, told["unit"]),
        Cell(times, marks=() if times is None else marks),
    )
    return Row(cells, str(worst["key"]))


def _iso(day: dt.date | str) -> Name:
    """Return a day as it fits in a narrow column."""
    return Name(f"{day}", f"{day}")


def _limit(limit: object, unit: str) -> Cell:
    """Return a limit with its unit, as the day's row has it: a permit may have set it."""
    text = f"{_text(limit)} {printed(unit)}".removesuffix(" 1")
    return Cell(_text(limit), Name(text, text))


def _shown(value: Decimal) -> Name:
    text = number(value.quantize(Decimal(1).scaleb(value.adjusted() - 2)) if value else value)
    return Name(text, text)


def _text(limit: object) -> str:
    if isinstance(limit, list):
        low, high = (number(Decimal(str(end))) for end in limit)
        return f"{low} \N{EN DASH} {high}"
    return number(Decimal(str(limit)))


def unknown(view: View) -> Table:
    """Return how many days of each outlet could not be judged, from when to when."""
    columns = (
        Column("outlet", say("outlet")),
        Column("days", say("days_unknown"), "number", decimals=0),
        Column("spans", say("spans")),
    )
    rows = []
    for outlet, period in itertools.product(view.outlets, view.span.judged):
        lost = [row for row in view.days_of(outlet, period) if row["verdict"] == "NOT_ASSESSABLE"]
        if lost:
            marks = view.span.marks(period)
            cells = (Cell(outlet.id, station_name(outlet)), Cell(len(lost), marks=marks), _spans(lost))
            rows.append(Row(cells, _key(view, outlet, period, view.judged.get((outlet.id, period.text)))))
    caption = say("unknown_caption", period=view.span.period.name, city=view.span.city)
    return Table("discharge.unknown", caption, columns, tuple(rows), say("unknown_none"))


def _spans(rows: Sequence[Judged]) -> Cell:
    """Return days as runs, each from its first to its last."""
    ends = [[dt.date.fromisoformat(run[at]["period"]) for at in (0, -1)] for run in runs(rows)]
    return Cell(
        ", ".join(f"{first}" if first == last else f"{first}/{last}" for first, last in ends),
        listed(days_named(first, last) for first, last in ends),
    )


def loads(view: View) -> Table:
    """Return what each outlet sent of each item, in tonnes."""
    columns = (
        Column("outlet", say("outlet")),
        *_period(view),
        Column("item", say("item")),
        Column("load", say("load"), "number", "t", 3),
        Column("substituted", say("substituted"), "number", decimals=0),
    )
    caption = say("loads_caption", period=view.span.period.name, city=view.span.city)
    rows = tuple(_loads(view))
    return Table("discharge.loads", caption, columns, rows, say("loads_none"), (say("loads_note"),) if rows else ())


def _loads(view: View) -> Iterator[Row]:
    for period in view.span.judged:
        for outlet in view.outlets:
            row = view.judged.get((outlet.id, period.text))
            for item, kilograms in ({} if row is None else row["load"]).items():
                marks = view.span.marks(period)
                load = None if kilograms is None else Decimal(str(kilograms)) / _KILOGRAMS
                cells = (
                    Cell(outlet.id, station_name(outlet)),
                    *view.span.dated(period),
                    Cell(item, item_name(item)),
                    Cell(load, marks=() if load is None else marks),
                    Cell(len(row["substituted"].get(item, ())) if row else None, marks=marks),
                )
                yield Row(cells, _key(view, outlet, period, row))


def cases(view: View) -> Table:
    """Return the cases that were detected, by what was done about them, as filed."""
    columns = (Column("action", say("action")), Column("cases", say("cases"), "number", decimals=0))
    found = view.cases
    rows = []
    if found.on_file:
        for action, own in found.by("action").items():
            name = choice(CASES, "action", action) if action else say("not_handled")
            rows.append(Row((Cell(action, name), own.count()), own.selection.key))
        rows.append(Row((Cell(None, say("all_cases")), found.count()), found.selection.key, total=True))
    caption = say("cases_caption", period=view.span.period.name, city=view.span.city)
    return Table(
        "discharge.cases",
        caption,
        columns,
        tuple(rows),
        say("cases_none", period=view.span.period.name),
        (say("cases_note"),) if rows else (),
    )


def standards(view: View) -> list[str]:
    """Return the ids of the standards that outlets were judged by, in order."""
    names = sorted({row["standard"] for row in view.judged.values() if row.get("standard")})
    return [name for name in names if standard(name)]
