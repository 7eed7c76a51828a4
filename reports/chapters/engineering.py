"""Chapter 5, engineering quality: acceptances, accidents and who says that there was none, national awards."""

from __future__ import annotations

from qualicity.network import Name
from reports.chapters.acceptances import UNITS, by_stage, failing, figure, results
from reports.chapters.accidents import ZERO, accidents, by_year, last_day, listed, since_last, zero_sentence
from reports.chapters.judged import judged_year, plain
from reports.chapters.status import key_figures, of_indicators, paragraph, quality, status_table, trend_figure
from reports.chapters.years import beside, cell, history, key, point_cell, together
from reports.model import Block, Cell, Chapter, Column, KeyFigure, Prose, Row, Section, Table
from reports.period import PaperPeriod
from reports.printing import date, number
from reports.selection import Selection, choice, chosen
from reports.sources import Sources
from reports.wording import wording
from targets.engineering import NATIONAL
from targets.evaluation import Evaluated

FIRST_PASS, AWARDS = "eng.first_pass", "eng.awards"

INDICATORS = (*UNITS, ZERO, AWARDS)

BASES = ("site_in_sz", "builder_sz")
"""Two series that are never added: works that stand here, works that firms of here built."""

say = wording("engineering")


def engineering(sources: Sources, period: PaperPeriod) -> Chapter:
    """Return the chapter."""
    year = judged_year(period)
    items = of_indicators(sources, period, INDICATORS)
    by_id = {one.indicator.id: one for one in items}
    zero = by_id.get(ZERO)
    accidents_figure, days, since = since_last(sources, zero, year)
    units = [by_id[name] for name in UNITS if name in by_id]
    key_days = KeyFigure(say("key_days"), days, beside=say("until", day=date(last_day(sources, year))))
    events = [one for one in accidents(sources, last_day(sources, year)) if one.row["kind"] == "quality"]
    blocks: list[Block] = [
        key_figures("engineering.key", items, key_days),
        *(paragraph(sources, period, one, *_failing_units(one)) for one in units),
        *(() if items else (Prose(say("nothing_judged", year=year)),)),
        Section("engineering.acceptance", say("acceptance_title"), _acceptance(sources, period, by_id, year)),
        Section(
            "engineering.safety",
            say("safety_title"),
            (
                *((Prose(zero_said),) if (zero_said := zero_sentence(sources, zero)) else ()),
                Prose(since),
                accidents_figure,
                by_year(sources, zero, year),
                listed(events, "engineering.events", say("events_caption")),
            ),
        ),
        Section("engineering.prizes", say("awards_title"), _awards(sources, period, by_id.get(AWARDS), year)),
        status_table(sources, period, "engineering.status", say("title"), INDICATORS),
        Prose(say("method"), "method"),
        Prose(together([*quality(items), say("unit_works")]), "data_quality"),
    ]
    return Chapter("engineering", say("title"), tuple(blocks), "5")


def _failing_units(one: Evaluated) -> list[Name]:
    """Return how many units of an indicator fail; where none does nothing need be said."""
    point = one.judgement.point
    return [say("units_failing", number=number(len(point.failing)))] if point and point.failing else []


def _acceptance(sources: Sources, period: PaperPeriod, by_id: dict[str, Evaluated], year: int) -> tuple[Block, ...]:
    units = [by_id[name] for name in UNITS if name in by_id]
    blocks: list[Block] = [figure(sources, year), results(sources, year)]
    first_pass = by_id.get(FIRST_PASS)
    if first_pass is not None:
        trend = trend_figure(sources, period, first_pass, "engineering.first_pass")
        blocks += [trend, by_stage(first_pass, year)]
    return (*blocks, failing(sources, units, year))


def _awards(sources: Sources, period: PaperPeriod, item: Evaluated | None, year: int) -> tuple[Block, ...]:
    said = (paragraph(sources, period, item),) if item else ()
    return (*said, Prose(say("awards_two_series")), _award_years(sources, item, year), _award_list(sources, year))


def _award_years(sources: Sources, item: Evaluated | None, year: int) -> Table:
    """Return T12: projects with a national award, each once, by year and since 2011; the two series apart."""
    rows = []
    for one in history(sources, item, year) if item else ():
        text = str(one.judgement.year)
        rows.append(
            Row(
                (
                    Cell(one.judgement.year, plain(text)),
                    *(point_cell(beside(one, f"{basis}_in_year", text), key(one)) for basis in BASES),
                    cell(one),
                    point_cell(beside(one, "builder_sz", text), key(one)),
                ),
                key(one),
            )
        )
    columns = (
        Column("year", say("year")),
        Column("site_in_year", say("site_in_year"), "number"),
        Column("builder_in_year", say("builder_in_year"), "number"),
        Column("site", say("site_since"), "number"),
        Column("builder", say("builder_since"), "number"),
    )
    notes = (say("awards_note"),)
    return Table("engineering.awards", say("awards_caption"), columns, tuple(rows), say("no_awards"), notes)


def _award_list(sources: Sources, year: int) -> Table:
    """Return each award of the year, with the works and where they stand or who built them."""
    selection = Selection("R_aw", str(year))
    found = chosen(sources, selection, "award", "edition", "project_id", "org_id", "basis", "announced_on")
    rows = sorted(
        (row for row in found.counted.to_pylist() if row["award"] in NATIONAL and row["project_id"]),
        key=lambda row: (NATIONAL.index(row["award"]), row["project_id"], row["record_id"]),
    )
    made = [
        Row(
            (
                Cell(row["award"], choice("R_aw", "award", row["award"])),
                Cell(row["edition"]),
                Cell(row["project_id"]),
                Cell(row["basis"], choice("R_aw", "basis", row["basis"] or "")),
                Cell(row["announced_on"], marks=("synthetic",) if row["synthetic"] else ()),
            ),
            Selection("R_aw", str(year), (("record_id", row["record_id"]),)).key,
        )
        for row in rows
    ]
    columns = (
        Column("award", say("award")),
        Column("edition", say("edition")),
        Column("project", say("project")),
        Column("basis", say("basis")),
        Column("announced_on", say("announced_on"), "date"),
    )
    empty = say("no_awards_in_year", year=year) if found.on_file else say("no_awards")
    return Table("engineering.award_list", say("award_list_caption", year=year), columns, tuple(made), empty)
