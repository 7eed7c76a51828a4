"""Bulletins of a city's outlets of wastewater and its sewage: of a month, quarter, half or year."""

from __future__ import annotations

from reports.environment.discharge import key_figures, sections
from reports.environment.discharge.words import say
from reports.model import Chapter, KeyFigures
from reports.period import PaperPeriod
from reports.sources import Sources


def discharge_bulletin(sources: Sources, period: PaperPeriod) -> tuple[Chapter, ...]:
    """Return the chapters of a bulletin of a period."""
    figures = KeyFigures("discharge.key", key_figures(sources, period))
    return (Chapter("discharge", say("bulletin"), (figures, *sections(sources, period))),)
