"""Chapter 4, services: satisfaction of users by sector, and how far standards and models of excellence have come."""

from __future__ import annotations

from reports.chapters.judged import judged_year
from reports.chapters.service_survey import Survey
from reports.chapters.service_uptake import shares, stages
from reports.chapters.status import (
    ending,
    key_figures,
    of_indicators,
    paragraph,
    part_figures,
    trend_figure,
)
from reports.chapters.years import together
from reports.model import Block, Chapter, Prose, Section
from reports.period import PaperPeriod
from reports.sources import Sources
from reports.wording import wording

say = wording("service")

SATISFACTION = "svc.satisfaction"

INDICATORS = (
    SATISFACTION,
    "svc.standards",
    "svc.gbt19004",
    "svc.excellence_public",
    "svc.intl_level",
    "svc.mgmt_innovation",
    "svc.modern_share",
)
"""In the order of the chapter."""

_UPTAKE = INDICATORS[1:6]


def service(sources: Sources, period: PaperPeriod) -> Chapter:
    """Return the chapter."""
    items = {one.indicator.id: one for one in of_indicators(sources, period, INDICATORS)}
    asked = items.get(SATISFACTION)
    survey = Survey(sources, period, asked)
    satisfaction: list[Block] = []
    if asked is not None:
        satisfaction = [
            paragraph(sources, period, asked),
            trend_figure(sources, period, asked, "service.satisfaction_trend"),
        ]
    blocks: list[Block] = [
        key_figures("service.key", items.values(), *part_figures(sources, period, items.values())),
        Prose(together(survey.sentences())),
        Section(
            "service.satisfaction",
            say("satisfaction_title"),
            (*satisfaction, survey.scores(), survey.changes(), survey.table()),
        ),
        Section(
            "service.uptake",
            say("uptake_title"),
            (
                *(paragraph(sources, period, items[name]) for name in _UPTAKE if name in items),
                stages(sources, period),
                shares(items, judged_year(period)),
            ),
        ),
        *ending(sources, period, "service", INDICATORS, list(items.values())),
    ]
    return Chapter("service", say("title"), tuple(blocks), "4")
