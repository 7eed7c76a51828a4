"""The papers: which chapters each has, its title, and the labels that stand on every page of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from qualicity.errors import UsageError
from qualicity.network import Medium, Name
from reports.annex import resources
from reports.bulletins.air import air_bulletin
from reports.bulletins.discharge import discharge_bulletin
from reports.bulletins.water import water_bulletin
from reports.chapters.about import about
from reports.chapters.appendices import data_quality, indicators, machine, revisions
from reports.chapters.brand import brand
from reports.chapters.engineering import engineering
from reports.chapters.environment import environment
from reports.chapters.incidents import incidents
from reports.chapters.macro import macro
from reports.chapters.problems import problems
from reports.chapters.product import product
from reports.chapters.programme import programme
from reports.chapters.progress import progress
from reports.chapters.service import service
from reports.chapters.summary import summary
from reports.model import Chapter, Paper, PaperKind
from reports.period import PaperPeriod, PeriodKind
from reports.sources import Sources
from reports.wording import wording

Writes = Callable[[Sources, PaperPeriod], Chapter]
_Chapters = Callable[[Sources, PaperPeriod], Sequence[Chapter]]

WHITE_PAPER: tuple[Writes, ...] = (
    summary, about, macro, product, service, engineering, environment, brand, programme, incidents, progress, problems,
    indicators, data_quality, revisions,
)  # fmt: skip
"""Chapters 0 to 11 and appendices A to C; D is a list of all that they hold."""

MACRO: tuple[Writes, ...] = (summary, macro, product, environment, progress)

BULLETINS: dict[Medium, Callable[[Sources, PaperPeriod], tuple[Chapter, ...]]] = {
    "air": air_bulletin,
    "water": water_bulletin,
    "wastewater": discharge_bulletin,
}

PERIODS: dict[PaperKind, tuple[PeriodKind, ...]] = {
    "white_paper": ("year",),
    "macro": ("year", "half", "quarter"),
    "bulletin": ("year", "half", "quarter", "month", "day"),
}
"""Of which periods each kind of paper is made."""

_TITLES: dict[Medium, str] = {"air": "bulletin_air", "water": "bulletin_water", "wastewater": "bulletin_discharge"}
_IDS: dict[Medium, str] = {"air": "air", "water": "water", "wastewater": "discharge"}

_FIRST_YEAR = 1949
"""Of papers: periods before theirs are looked at too, and the calendar begins with the year 1."""

say = wording("papers")


def white_paper(sources: Sources, period: PaperPeriod) -> Paper:
    """Return the yearly white paper.

    Raises:
        UsageError: the period is no year.
    """
    title = say("white_paper", city=sources.city.name)
    return _made("white_paper", "white-paper", title, _whole(WHITE_PAPER), (sources, period))


def macro_analysis(sources: Sources, period: PaperPeriod) -> Paper:
    """Return the macro-quality analysis of a year, a half or a quarter.

    Raises:
        UsageError: the period is shorter.
    """
    return _made("macro", "macro", say("macro", city=sources.city.name), _whole(MACRO), (sources, period))


def bulletin(sources: Sources, period: PaperPeriod, media: Sequence[Medium] = ()) -> Paper:
    """Return the bulletin of one or more media.

    Args:
        sources: of the city.
        period: of any length; only that of the air is made of a single day.
        media: none = those that the city has stations of.

    Raises:
        UsageError: there is nothing of it in a paper of a day, or the city has no station at all.
    """
    known = {station.medium for station in sources.stations}
    wanted = [medium for medium in BULLETINS if (medium in media if media else medium in known)]
    if not media and period.kind == "day":
        wanted = [medium for medium in wanted if medium == "air"]
    if not wanted:
        raise UsageError(f"{sources.city.id} has no station that a bulletin could be about", "see network.toml")
    if period.kind == "day" and wanted != ["air"]:
        raise UsageError("water and outlets have no bulletin of a single day", "give a month, a quarter or a year")
    title = _TITLES[wanted[0]] if len(wanted) == 1 else "bulletin_environment"
    name = "-".join(("bulletin", *(_IDS[medium] for medium in wanted)))

    def chapters(sources: Sources, period: PaperPeriod) -> list[Chapter]:
        found = [chapter for medium in wanted for chapter in BULLETINS[medium](sources, period)]
        if len(found) == 1:
            return found
        return [replace(chapter, number=str(at)) for at, chapter in enumerate(found, 1)]  # of figures and tables too

    return _made("bulletin", name, say(title, city=sources.city.name), chapters, (sources, period))


def _whole(writes: Sequence[Writes]) -> _Chapters:
    return lambda sources, period: [write(sources, period) for write in writes]


def _made(kind: PaperKind, name: str, title: Name, chapters: _Chapters, of: tuple[Sources, PaperPeriod]) -> Paper:
    sources, period = of
    if period.kind not in PERIODS[kind]:
        allowed = ", ".join(PERIODS[kind])
        raise UsageError(f"no {name} is made of a {period.kind}", f"give a period of one of these kinds: {allowed}")
    if period.year < _FIRST_YEAR:
        raise UsageError(f"{period.text} is long before anything was measured", f"give a period from {_FIRST_YEAR} on")
    if period.first > sources.as_of:
        raise UsageError(
            f"{period.text} begins after the last day of which anything is known, {sources.as_of}",
            "give an earlier period, or import what is missing",
        )
    written = tuple(chapters(sources, period))
    made = Paper(
        id=f"{name}-{sources.city.id}-{period.text}",
        kind=kind,
        title=title,
        subtitle=period.name,
        city=sources.city,
        period=period,
        as_of=sources.as_of,
        chapters=written,
        basis=sources.basis(),
    )
    tables = resources(made)
    synthetic = sources.synthetic_readings or any(
        "synthetic" in cell.marks for table in tables for row in table.rows for cell in row.cells
    )
    if kind != "bulletin":
        written = (*written, machine(tables, made.basis))
    labels = ((say("synthetic"),) if synthetic else ()) + (say("unpublished"),)
    return replace(made, chapters=written, labels=labels, synthetic=synthetic)
