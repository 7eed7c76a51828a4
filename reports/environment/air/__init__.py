"""Air in papers: key figures and sections of a period, for chapter 6 and the bulletins."""

from __future__ import annotations

from reports.environment.air.key_figures import key_figures as _key_figures
from reports.environment.air.sections import parts
from reports.environment.air.view import View
from reports.environment.air.words import say
from reports.model import KeyFigure, Section
from reports.period import PaperPeriod
from reports.sources import Sources


def key_figures(sources: Sources, period: PaperPeriod) -> tuple[KeyFigure, ...]:
    """Return the key figures of air in a period."""
    return _key_figures(View(sources, period))


def section(sources: Sources, period: PaperPeriod) -> Section:
    """Return all that a chapter says of air in a period longer than a day, under one heading."""
    return Section("air", say("air"), parts(View(sources, period)))


def sections(sources: Sources, period: PaperPeriod) -> tuple[Section, ...]:
    """Return the same as sections that stand by themselves."""
    return parts(View(sources, period))
