"""The sections about air, as chapter 6 and the bulletins have them."""

from __future__ import annotations

from reports.environment.air import figures, laws_tables, notes, sentences, tables
from reports.environment.air.view import View
from reports.environment.air.words import say
from reports.model import Block, Prose, Section


def parts(view: View) -> tuple[Section, ...]:
    """Return the sections of a period longer than a day."""
    return (
        Section("air-overview", say("section_overview"), _overview(view)),
        Section("air-classes", say("section_classes"), _classes(view)),
        Section("air-items", say("section_items"), _items(view)),
        Section("air-stations", say("section_stations"), _stations(view)),
        Section("air-exceeding", say("section_exceeding"), _exceeding(view)),
        *((laws_tables.section(view),) if view.period.kind == "year" else ()),
        Section("air-notes", say("section_notes"), (*notes.method(view), *notes.data_quality(view))),
    )


def _overview(view: View) -> tuple[Block, ...]:
    by_year: tuple[Block, ...] = (figures.rates(view), tables.years(view)) if view.period.kind == "year" else ()
    return (*sentences.overview(view), *by_year, figures.calendar(view))


def _classes(view: View) -> tuple[Block, ...]:
    by_year = figures.classes_by_year(view) if view.period.kind == "year" else ()
    return (*by_year, figures.classes(view), tables.classes(view))


def _items(view: View) -> tuple[Block, ...]:
    return (
        tables.items(view),
        figures.courses(view),
        Prose(sentences.loads(view)),
        figures.loads(view),
    )


def _stations(view: View) -> tuple[Block, ...]:
    if view.period.kind != "year":
        return (tables.stations(view),)
    lost = figures.not_on_map(view)
    return (tables.stations(view), figures.station_map(view), *(() if lost is None else (Prose(lost),)))


def _exceeding(view: View) -> tuple[Block, ...]:
    said = (Prose(sentences.exceeding(view)),) if view.count.measured else ()
    return (*said, tables.runs(view), tables.days_not_valid(view))
