"""Water in papers: drinking-water sources and other places of water, for chapter 6 and the bulletins."""

from __future__ import annotations

from reports.environment import rated
from reports.environment.span import Span
from reports.environment.water import figures, sentences, tables
from reports.environment.water.view import View, level
from reports.environment.water.words import say
from reports.model import Block, Cell, KeyFigure, Prose, Section
from reports.period import PaperPeriod
from reports.sources import Sources


def key_figures(sources: Sources, period: PaperPeriod) -> tuple[KeyFigure, ...]:
    """Return the key figures of drinking-water sources in a period."""
    view = View(Span(sources, period))
    if not view.sources:
        return (KeyFigure(say("key_sources"), Cell(None, say("key_no_sources"))),)
    return (*(rated.key_figure(view.span, one) for one in view.rates), *_classes(view))


def _classes(view: View) -> list[KeyFigure]:
    """Return how many sources have the class that is asked of them, a figure a judged period."""
    found = []
    for one in view.rates:
        rows = [view.judged.get((station.id, one.period.text)) for station in view.sources]
        known = [row for row in rows if level(row) is not None]
        good = sum(row is not None and row["verdict"] == "COMPLIES" for row in rows)
        key = f"water/{view.span.sources.city.id}/{one.period.text}"
        value = view.span.cell(one.period, good if known else None, key=key)
        found.append(
            KeyFigure(
                say("key_complying", period=one.period.name),
                value if known else Cell(None, say("not_measured"), key),
                decimals=0,
                beside=say("key_of", sources=len(rows), unknown=len(rows) - len(known)),
            )
        )
    return found


def sections(sources: Sources, period: PaperPeriod) -> tuple[Section, ...]:
    """Return all that is said of water in a period, as sections that stand by themselves."""
    view = View(Span(sources, period))
    return (
        Section("water-overview", say("section_overview"), _overview(view)),
        Section("water-classes", say("section_classes"), _by_class(view)),
        Section("water-exceeding", say("section_exceeding"), _exceeding(view)),
        Section("water-notes", say("section_notes"), (sentences.method(view), sentences.data_quality(view))),
    )


def section(sources: Sources, period: PaperPeriod) -> Section:
    """Return the same under one heading."""
    return Section("water", say("water"), sections(sources, period))


def _overview(view: View) -> tuple[Block, ...]:
    said = sentences.overview(view)
    if not view.sources:
        return (*said, rated.table("water.rates", view.span, "water", ()))
    return (*said, figures.rates(view), rated.table("water.rates", view.span, "water", view.course))


def _by_class(view: View) -> tuple[Block, ...]:
    own = tables.places(view, view.sources, "water.sources", "sources_caption", say("no_sources_table"))
    drawn = (figures.classes(view), figures.bars_of_classes(view)) if view.sources else ()
    if not view.others:
        return (own, *drawn)
    return (own, *drawn, tables.places(view, view.others, "water.others", "others_caption", say("no_sources_table")))


def _exceeding(view: View) -> tuple[Block, ...]:
    said = (Prose(sentences.exceeding(view)),) if view.months else ()
    return (*said, tables.exceeding(view), tables.not_assessable(view))
