"""Bulletins of a city's drinking-water sources: of a month, quarter, half or year."""

from __future__ import annotations

from reports.environment.water import key_figures, sections
from reports.environment.water.words import say
from reports.model import Chapter, KeyFigures
from reports.period import PaperPeriod
from reports.sources import Sources


def water_bulletin(sources: Sources, period: PaperPeriod) -> tuple[Chapter, ...]:
    """Return the chapters of a bulletin of a period."""
    figures = KeyFigures("water.key", key_figures(sources, period))
    return (Chapter("water", say("bulletin"), (figures, *sections(sources, period))),)
