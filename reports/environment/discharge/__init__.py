"""Wastewater in papers: outlets and sewage, for chapter 6 and the bulletins."""

from __future__ import annotations

from reports.environment import rated
from reports.environment.discharge import figures, sentences, tables
from reports.environment.discharge.view import View
from reports.environment.discharge.words import say
from reports.environment.span import Span
from reports.model import Block, Cell, KeyFigure, Prose, Section
from reports.period import PaperPeriod
from reports.sources import Sources


def key_figures(sources: Sources, period: PaperPeriod) -> tuple[KeyFigure, ...]:
    """Return the key figures of wastewater in a period."""
    view = View(Span(sources, period))
    if not view.rate_names:
        return (KeyFigure(say("key_outlets"), Cell(None, say("key_no_outlets"))),)
    return tuple(rated.key_figure(view.span, one) for name in view.rate_names for one in view.rates(name))


def sections(sources: Sources, period: PaperPeriod) -> tuple[Section, ...]:
    """Return all that is said of wastewater in a period, as sections that stand by themselves."""
    view = View(Span(sources, period))
    return (
        Section("discharge-overview", say("section_overview"), _overview(view)),
        Section("discharge-outlets", say("section_outlets"), _outlets(view)),
        Section("discharge-loads", say("section_loads"), _loads(view)),
        Section("discharge-cases", say("section_cases"), (Prose(sentences.cases(view)), tables.cases(view))),
        Section("discharge-notes", say("section_notes"), (sentences.method(view), sentences.data_quality(view))),
    )


def section(sources: Sources, period: PaperPeriod) -> Section:
    """Return the same under one heading."""
    return Section("discharge", say("discharge"), sections(sources, period))


def _overview(view: View) -> tuple[Block, ...]:
    said = sentences.overview(view)
    if not view.rate_names:
        return (*said, rated.table("discharge.rates", view.span, "discharge", ()))
    ids = {"discharge": "discharge.rates", "sewage": "discharge.sewage", "water": ""}
    own = [rated.table(ids[name], view.span, name, rated.course(view.span, name)) for name in view.rate_names]
    return (*said, figures.rates(view), *own)


def _outlets(view: View) -> tuple[Block, ...]:
    if not view.outlets:
        return (tables.outlets(view),)
    return (tables.outlets(view), figures.days(view), tables.beyond(view), tables.unknown(view))


def _loads(view: View) -> tuple[Block, ...]:
    return (figures.loads(view), tables.loads(view)) if view.outlets else (tables.loads(view),)
