"""Figures of outlets: rates of wastewater and sewage with their targets (F15), days by verdict, load."""

from __future__ import annotations

from decimal import Decimal

from qualicity.network import Name
from reports.environment import rated
from reports.environment.air.words import days_said, item_name, listed, share, station_name
from reports.environment.discharge.view import View
from reports.environment.discharge.words import say, verdict_name
from reports.figures import bars, drawn, multiples
from reports.figures import shares as drawn_shares
from reports.figures.data import Bar, Bars, Multiples, Shares
from reports.model import Cell, Column, Figure, Row, Table

_SHOWN = "cod"
"""Item of which the load is drawn: every outlet has it."""

_KILOGRAMS = 1000
_VERDICTS = {"complied": "COMPLIES", "exceeded": "EXCEEDS", "unknown": "NOT_ASSESSABLE"}


def rates(view: View) -> Figure:
    """Return F15: the rates as courses, a pane a rate with its target."""
    caption = say("course_caption", city=view.span.city)
    courses = {name: rated.course(view.span, name) for name in view.rate_names}
    found = [one for course in courses.values() for one in course]
    data = rated.course_data("discharge.course_data", caption, found)
    said = [
        say("course_point", name=rated.say(f"{one.name}_short"), period=one.period.name, rate=share(one.rate, 2))
        for one in found
        if one.rate is not None
    ]
    alt = say("course_alt", points=listed(said)) if said else say("nothing_drawn")
    trends = [rated.trend(view.span, name, course) for name, course in courses.items()]
    drawing = drawn(multiples, Multiples(trends), view.span.sources.synthetic_readings)
    return Figure("discharge.course", caption, alt, drawing, data)


def days(view: View) -> Figure:
    """Return the outlets' days by verdict."""
    caption = say("bars_caption", period=view.span.period.name, city=view.span.city)
    found, rows, said = [], [], []
    for period in view.span.judged:
        for outlet in view.outlets:
            row = view.judged.get((outlet.id, period.text))
            if row is None:
                continue
            name = station_name(outlet)
            if len(view.span.judged) > 1:
                name = say("in_period", what=name, period=period.name)
            counts = {verdict: row["days"][kind] for kind, verdict in _VERDICTS.items()}
            found.append(Bar(name, counts))
            told = listed(_counted(code, many) for code, many in counts.items() if many)
            said.append(say("place_says", place=name, said=told))
            marks = view.span.marks(period)
            cells = (Cell(outlet.id, station_name(outlet)), Cell(period.text, period.name))
            rows.append(Row((*cells, *(Cell(many, marks=marks) for many in counts.values())), str(row["key"])))
    columns = (
        Column("outlet", say("outlet")),
        Column("period", say("period")),
        *(Column(verdict.lower(), verdict_name(verdict), "number", decimals=0) for verdict in _VERDICTS.values()),
    )
    data = Table("discharge.days_data", caption, columns, tuple(rows), say("nothing_drawn"))
    alt = _then(said) if said else say("nothing_drawn")
    drawing = drawn(bars, Bars("verdict", found, say("days_unit")), view.span.sources.synthetic_readings)
    return Figure("discharge.days", caption, alt, drawing, data)


def _counted(verdict: str, many: int) -> Name:
    return say("counted", what=verdict_name(verdict), days=days_said(many))


def _then(said: list[Name]) -> Name:
    then = say("then")
    return Name(then.zh.join(one.zh for one in said), then.en.join(one.en for one in said))


def loads(view: View) -> Figure:
    """Return the load of one item by outlet, greatest first."""
    period = view.span.judged[-1] if view.span.judged else view.span.period
    found: list[tuple[Name, Decimal | None, Row]] = []
    for outlet in view.outlets:
        row = view.judged.get((outlet.id, period.text))
        if row is None or _SHOWN not in row["load"]:
            continue
        kilograms = row["load"][_SHOWN]
        load = None if kilograms is None else Decimal(str(kilograms)) / _KILOGRAMS
        cells = (
            Cell(outlet.id, station_name(outlet)),
            Cell(load, marks=() if load is None else view.span.marks(period)),
        )
        found.append((station_name(outlet), load, Row(cells, str(row["key"]))))
    found.sort(key=lambda one: (one[1] is None, -(one[1] or 0)))
    caption = say("loads_drawn_caption", item=item_name(_SHOWN), period=period.name, city=view.span.city)
    columns = (Column("outlet", say("outlet")), Column("load", say("load"), "number", "t", 3))
    data = Table("discharge.load_data", caption, columns, tuple(row for _, _, row in found), say("loads_none"))
    said = [say("load_says", place=name, load=f"{load:.1f}") for name, load, _ in found if load is not None]
    alt = say("loads_alt", loads=listed(said)) if said else say("nothing_drawn")
    drawing = drawn(
        drawn_shares,
        Shares(Name("t", "t"), [(name, None if load is None else float(load)) for name, load, _ in found]),
        view.span.sources.synthetic_readings,
    )
    return Figure("discharge.load", caption, alt, drawing, data)
