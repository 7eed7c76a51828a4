"""Chapter 9, incidents and enforcement: accidents of works, systemic incidents, cases of exceedance and their handling.

Alarms are kept apart from what papers read, and stand in no figure of the chapter.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from qualicity.network import Name
from reports import figures
from reports.chapters.accidents import ZERO, Accident, accidents, last_day, listed, zero_sentence
from reports.chapters.cases import Cases, by_action, by_district, by_month, cases, still_open
from reports.chapters.judged import joined, judged_year, plain
from reports.chapters.status import key_figures, of_indicators, paragraph, quality, status_table, trend_figure
from reports.chapters.years import as_text, beside, key, point_cell, together, value
from reports.figures.data import Event, Timeline
from reports.model import Block, Cell, Chapter, Column, Figure, KeyFigure, Prose, Row, Section, Table
from reports.period import PaperPeriod
from reports.printing import number
from reports.selection import Selection
from reports.sources import Sources
from reports.wording import wording
from targets.companions import companion
from targets.evaluation import Evaluated
from targets.parts import span
from targets.records.known import districts

ENFORCED, SAFETY = "env.strict_std", "gen.safety"

INDICATORS = (ZERO, SAFETY, ENFORCED)

_MOST_OPEN = 24
"""Cases that are drawn one by one; of more the table tells alone."""

say = wording("incidents")


def incidents(sources: Sources, period: PaperPeriod) -> Chapter:
    """Return the chapter."""
    year = judged_year(period)
    items = of_indicators(sources, period, INDICATORS)
    by_id = {one.indicator.id: one for one in items}
    found = cases(sources, year)
    told = _of_year(accidents(sources, last_day(sources, year)), year)
    enforced = by_id.get(ENFORCED)
    zero = zero_sentence(sources, by_id.get(ZERO))
    blocks: list[Block] = [
        key_figures("incidents.key", items, *_key_cases(found, year)),
        *((Prose(zero),) if zero else ()),
        Prose(_systemic(by_id.get(SAFETY), year)),
        Prose(_cases(found, year)),
        _timeline(told, found, year),
        Section("incidents.accidents", say("accidents_title"), (_accidents(told, year),)),
        Section(
            "incidents.enforcement",
            say("enforcement_title"),
            (
                *((paragraph(sources, period, enforced),) if enforced else ()),
                by_month(found, year),
                by_action(found, year),
                by_district(found, year),
                still_open(found, year),
                *(
                    (_beside(enforced, year), trend_figure(sources, period, enforced, "incidents.enforced"))
                    if enforced
                    else ()
                ),
            ),
        ),
        status_table(sources, period, "incidents.status", say("title"), INDICATORS),
        Prose(say("method"), "method"),
        Prose(together([*quality(items), say("alarms")]), "data_quality"),
    ]
    return Chapter("incidents", say("title"), tuple(blocks), "9")


def _of_year(found: Sequence[Accident], year: int) -> Sequence[Accident]:
    """Return the accidents of a year, and those before it whose case was open in it."""
    return [
        one
        for one in found
        if one.day.year == year or (one.day.year < year and (not one.closed or one.closed.year >= year))
    ]


# key figures and sentences


def _key_cases(found: Cases, year: int) -> Sequence[KeyFigure]:
    cell, size = found.found.cell, len(found.rows)
    counted = say("of", part=number(found.handled), whole=number(size)) if size else Name()
    n = say("n", n=number(found.handled)) if size else Name()
    return (
        KeyFigure(say("key_cases", year=year), cell(size)),
        KeyFigure(
            say("key_handled", year=year),
            cell(Fraction(100 * found.handled, size) if size else None),
            decimals=1,
            beside=counted,
        ),
        KeyFigure(say("key_days", year=year), cell(found.middle), decimals=1, beside=n),
    )


def _systemic(item: Evaluated | None, year: int) -> Name:
    """Return whether a systemic incident is on file; that none is proves nothing, for nobody has to say so."""
    failing = item.judgement.point.failing if item and item.judgement.point else ()
    if failing:
        return say("systemic", year=year, number=len(failing), records=joined(map(plain, failing)))
    return say("no_systemic", year=year)


def _cases(found: Cases, year: int) -> Name:
    """Return what was detected and what has been done about it."""
    if not found.rows:
        return say("no_case_said", year=year) if found.found.on_file else say("no_case_form_said", year=year)
    told: dict[str, Name | str | int] = {
        "year": year,
        "number": number(len(found.rows)),
        "handled": number(found.handled),
        "open": number(len(found.open)),
    }
    said = say("cases_said", **told)
    if found.middle is None:
        return said
    days = say("days_said", days=as_text(found.middle, 1), n=number(found.handled), most=number(max(found.days)))
    return together([said, days])


# figure and tables


def _timeline(told: Sequence[Accident], found: Cases, year: int) -> Figure:
    """Return F19: accidents on their days, and each case of exceedance that is open still."""
    own = [one for one in told if one.day.year == year]
    kinds = {kind: [one for one in own if one.row["kind"] == kind] for kind in ("quality", "safety")}
    waiting = [
        (
            row["detected_on"],
            say(
                "open_case", case=row["case_id"], district=districts().get(row["district"], plain(str(row["district"])))
            ),
            row,
        )
        for row in found.open
    ]
    tracks: list[tuple[Name, Sequence[Event]]] = [
        (say(f"track_{kind}"), [Event(one.day, one.name, one.grade + 1) for one in named])
        for kind, named in kinds.items()
    ]
    if len(waiting) <= _MOST_OPEN:
        tracks.append((say("track_open"), [Event(day, name) for day, name, _ in waiting]))
    rows = [Row((Cell(one.day), Cell(one.name.en, one.name)), one.key) for one in own]
    rows += [
        Row(
            (Cell(day), Cell(name.en, name)),
            Selection("R_xc", str(day.year), (("record_id", row["record_id"]),)).key,
        )
        for day, name, row in waiting
    ]
    columns = (Column("day", say("day"), "date"), Column("event", say("event")))
    caption = say("timeline_caption", year=year)
    nothing = not (told or found.found.on_file)
    empty = say("timeline_empty" if nothing else "timeline_quiet", year=year)
    table = Table("incidents.timeline_data", caption, columns, tuple(rows), empty)
    synthetic = "synthetic" in found.found.marks or any("synthetic" in one.marks for one in own)
    alt = say("timeline_alt", year=year, accidents=len(own), open=len(waiting))
    drawing = figures.drawn(figures.timeline, Timeline(*span(str(year)), tracks), synthetic)
    return Figure("incidents.timeline", caption, alt if rows else empty, drawing, table)


def _accidents(told: Sequence[Accident], year: int) -> Table:
    """Return T20: accidents of the year, and earlier ones whose case was open in it, with the days to their closing."""
    return listed(told, "incidents.accident_list", say("accidents_caption", year=year), liability=True)


def _beside(item: Evaluated, year: int) -> Table:
    """Return what stands beside the share of cases handled: handled by now, outlets with several cases."""
    rows = []
    for name in item.series.companions:
        point = beside(item, name, str(year))
        if point is None or value(item) is None:
            continue
        counted = say("of", part=number(point.numerator or 0), whole=number(point.denominator or 0))
        rows.append(
            Row((Cell(name, companion(name)), point_cell(point, decimals=1), Cell(counted.en, counted)), key(item))
        )
    columns = (
        Column("what", say("what")),
        Column("value", say("value"), "number", "%", 1),
        Column("counted", say("counted")),
    )
    return Table("incidents.beside", say("beside_caption", year=year), columns, tuple(rows), say("nothing_beside"))
