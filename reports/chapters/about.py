"""Chapter 1: what the paper is for and what is in it, how data become numbers, who filed what, what was revised."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from qualicity.network import Medium, Name, Station, WaterBody
from qualicity.parameters import parameters
from qualicity.standards.dispatch import dispatch_air, dispatch_water
from qualicity.standards.load import standard, weakest
from qualicity.standards.schema import LimitTable
from qualicity.standards.schema_water import ClassTable, DischargeTable
from reports import figures
from reports.chapters.filing import by_department, coverage, missing, nothing_filed, owed, states
from reports.chapters.judged import joined, plain
from reports.chapters.revisions import revision_table, whole_years
from reports.figures.data import Flow, Step
from reports.model import Block, Cell, Chapter, Column, Figure, KeyFigure, KeyFigures, Prose, Row, Section, Table
from reports.period import PaperPeriod
from reports.printing import date
from reports.sources import Sources
from reports.wording import wording
from targets.filing_calendar import Filing, punctuality
from targets.owing import PREFIX as FILING
from targets.register import register

say = wording("about")

_STEPS = ("collected", "checked", "judged", "kept", "printed", "annexed")
_PROMISE = "SZ-2010"
_MEDIA: Sequence[Medium] = ("air", "water", "wastewater")


def about(sources: Sources, period: PaperPeriod) -> Chapter:
    """Return the chapter."""
    found, today = owed(sources, period), sources.as_of
    changed = whole_years(sources.changes(period.first), period.first)
    since = plain(period.first.isoformat())
    revised = (
        Prose(say("revisions_said" if changed else "revisions_none", since=since, count=len(changed))),
        revision_table("about.revisions", say("revisions_table", since=since), changed, period.first, sources),
    )
    blocks: tuple[Block, ...] = (
        _key_figures(found, period, today),
        Section("about.purpose", say("purpose"), tuple(_purpose(sources, period))),
        _flow(),
        Section("about.filings", say("filings"), tuple(_filings(found, period, today))),
        Section("about.revised", say("revisions"), revised),
        Section("about.law", say("law"), (_law(sources, period),)),
        Section("about.readings", say("readings"), (_stations(sources, period),)),
        Prose(say("method"), "method"),
        Prose(_quality(sources, found), "data_quality"),
    )
    return Chapter("about", say("title"), blocks, "1")


def _key_figures(found: Sequence[Filing], period: PaperPeriod, today: dt.date) -> KeyFigures:
    done, key = punctuality(found, today), f"{FILING}{period.text}"
    overdue = states(found, today)["overdue"] if found else None
    return KeyFigures(
        "about.key_figures",
        (
            KeyFigure(
                say("filed_on_time"), Cell(done.on_time if found else None, key=key), beside=say("of_due", due=done.due)
            ),
            KeyFigure(say("missing_forms"), Cell(overdue, key=key), beside=say("of_due", due=done.due)),
        ),
    )


def _purpose(sources: Sources, period: PaperPeriod) -> Iterator[Prose]:
    document = register().documents[_PROMISE]
    named = say("year_of", year=period.year) if period.kind == "year" else period.name
    yield Prose(
        say(
            "purpose_text",
            document=document.title,
            authority=document.authority,
            count=len(register().rows),
            city=sources.city.name,
            period=named,
            as_of=date(sources.as_of),
        )
    )
    yield Prose(say("inside"))
    yield Prose(say("outside"))
    yield Prose(say("document_sought"), "caution")


def _flow() -> Figure:
    """Return F1: from what is read and filed to what is printed."""
    steps = [Step(say(code), say(f"{code}_detail")) for code in _STEPS]
    told = joined((say("step_said", name=one.name, detail=one.detail) for one in steps), say("arrow"))
    columns = (Column("step", say("step")), Column("detail", say("detail")))
    rows = [
        Row((Cell(code, one.name), Cell(one.detail.en, one.detail))) for code, one in zip(_STEPS, steps, strict=True)
    ]
    return Figure(
        "about.flow",
        say("flow"),
        say("flow_alt", steps=told),
        figures.drawn(figures.flow, Flow(steps), synthetic=False),
        Table("about.flow_data", say("flow"), columns, tuple(rows)),
    )


def _filings(found: Sequence[Filing], period: PaperPeriod, today: dt.date) -> Iterator[Block]:
    """Yield what is said of the filings: sums, what is missing, T1 and the months."""
    if not found:
        yield Prose(nothing_filed())
        yield by_department("about.filings_by_department", found, period, today)
        return
    counts, done = states(found, today), punctuality(found, today)
    said = say(
        "filings_said",
        period=period.name,
        due=done.due,
        on_time=done.on_time,
        late=counts["late"],
        overdue=counts["overdue"],
    )
    yield Prose(said)
    if counts["overdue"]:
        yield Prose(say("filings_missing", forms=missing(found, today)))
    yield by_department("about.filings_by_department", found, period, today)
    yield coverage("about.coverage", found, period, today, said)


# law and stations


def _law(sources: Sources, period: PaperPeriod) -> Table:
    """Return the standards of limits that were in force on a day of the period, with what is least certain of them."""
    columns = (
        Column("standard", say("standard")),
        Column("applies_to", say("applies_to")),
        Column("in_force", say("in_force")),
        Column("until", say("until")),
        Column("certainty", say("certainty")),
    )
    rows = [_standard(name, of, sources) for name, of in dict.fromkeys(_in_force(sources, period))]
    caption = say("law_table", period=period.name)
    return Table("about.standards", caption, columns, tuple(rows), say("law_empty"))


def _in_force(sources: Sources, period: PaperPeriod) -> Iterator[tuple[str, str]]:
    """Yield standards with what they apply to, in the order in which they came into force."""
    days = [period.first + dt.timedelta(number) for number in range(period.days)]
    for day in days:
        if found := dispatch_air(day, sources.city.law_adoption):
            yield found, "air"
    water = [one for one in sources.stations if one.medium == "water"]
    bodies: list[WaterBody] = sorted({one.water.body for one in water if not one.water.standard})
    for body in bodies:
        for day in (period.first, period.last):
            if found := dispatch_water(day, body):
                yield found, "water"
    for name in sorted({one.water.standard for one in water if one.water.standard}):
        yield name, "water"
    for name in sorted({one.outlet.standard for one in sources.stations if one.purpose == "outlet"}):
        yield name, "discharge"


def _standard(name: str, of: str, sources: Sources) -> Row:
    table = standard(name)
    if not isinstance(table, LimitTable | ClassTable | DischargeTable):
        raise TypeError(f"{name} is no table of limits")
    certainty = weakest(row.certainty for row in table.limit)
    adopted = sources.city.law_adoption.get(name)
    begun = adopted or table.in_force
    shown = say("adopted", day=begun.isoformat()) if adopted else plain(begun.isoformat())
    title = Name(table.title.zh, table.title.en)
    return Row(
        (
            Cell(name, say("standard_name", id=name, title=title)),
            Cell(of, say(f"of_{of}")),
            Cell(begun.isoformat(), shown),
            Cell(table.until.isoformat() if table.until else None),
            Cell(certainty, say(f"certainty_{certainty}")),
        )
    )


def _stations(sources: Sources, period: PaperPeriod) -> Table:
    """Return the stations by medium, those alike together: what they measure, and whether they stood all the time."""
    columns = (
        Column("stations", say("station")),
        Column("medium", say("medium")),
        Column("purpose", say("purpose_of")),
        Column("items", say("items")),
        Column("served", say("served")),
    )
    alike: dict[tuple[str, str, tuple[str, ...], str], list[Station]] = {}
    for one in sorted(sources.stations, key=lambda one: (_MEDIA.index(one.medium), one.id)):
        items = tuple(dict.fromkeys(channel.parameter for channel in one.channels))
        alike.setdefault((one.medium, one.purpose, items, _served(one, period)), []).append(one)
    rows = [_alike(*place, own, made_up=sources.synthetic_readings) for place, own in alike.items()]
    return Table("about.stations", say("stations_table"), columns, tuple(rows), say("stations_empty"))


def _alike(
    medium: str, purpose: str, items: Sequence[str], served: str, own: Sequence[Station], *, made_up: bool
) -> Row:
    known = parameters()
    names = joined(Name(known[code].zh, known[code].en) if code in known else plain(code) for code in items)
    return Row(
        (
            Cell(", ".join(one.id for one in own), joined(one.name if one.name.zh else plain(one.id) for one in own)),
            Cell(medium, say(f"medium_{medium}")),
            Cell(purpose, say(f"purpose_{purpose}")),
            Cell(", ".join(items) or None, names if items else None, marks=("synthetic",) if made_up else ()),
            Cell(served, say(f"served_{served}")),
        )
    )


def _served(one: Station, period: PaperPeriod) -> str:
    begun, ended = one.valid_from or period.first, one.valid_to or period.last
    if begun <= period.first and period.last <= ended:
        return "all"
    return "part" if begun <= period.last and period.first <= ended else "none"


def _quality(sources: Sources, found: Sequence[Filing]) -> Name:
    readings = "synthetic" if sources.synthetic_readings else "real" if sources.stations else "none"
    records = "none" if not found else "synthetic" if any(one.synthetic for one in found) else "real"
    return say("quality", readings=say(f"readings_{readings}"), records=say(f"records_{records}"))
