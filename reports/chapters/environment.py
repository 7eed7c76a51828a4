"""Chapter 6, environment: air, drinking-water sources, wastewater, what departments filed of them, indicators.

What stations measured and what departments filed stand beside each other and are never joined.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from qualicity.network import Name
from reports.chapters.judged import current, form_said, joined, judged_year, score_table
from reports.environment import air, discharge, water
from reports.environment.rated import say
from reports.model import Cell, Chapter, Column, KeyFigures, Prose, Row, Section, Table
from reports.period import PaperPeriod
from reports.selection import Selected, Selection, choice, chosen
from reports.sources import Sources
from targets.evaluation import Evaluated

AREA = "environment"
_SW, _WW = "R_sw", "R_ww"
_AMOUNTS = ("generated_10kt", "discharged_10kt", "compliant_10kt", "treated_10kt", "central_treated_10kt")
_SHARES = {"industrial": ("compliant_10kt", "discharged_10kt"), "domestic": ("treated_10kt", "generated_10kt")}
"""Of each kind of wastewater which amount is a share of which."""


def environment(sources: Sources, period: PaperPeriod) -> Chapter:
    """Return the chapter."""
    year = judged_year(period)
    items = [one for one in current(sources, year) if one.indicator.area == AREA]
    figures = (
        *air.key_figures(sources, period),
        *water.key_figures(sources, period),
        *discharge.key_figures(sources, period),
    )
    return Chapter(
        "environment",
        say("title"),
        (
            KeyFigures("environment.key", figures),
            _indicators(sources, year, items),
            air.section(sources, period),
            water.section(sources, period),
            discharge.section(sources, period),
            _records(sources, period),
            Prose(say("method"), "method"),
            Prose(_quality(sources, items), "data_quality"),
        ),
        "6",
    )


def _indicators(sources: Sources, year: int, items: list[Evaluated]) -> Section:
    caption = say("indicators_caption", city=sources.city.name, year=year)
    return Section(
        "environment-indicators",
        say("indicators"),
        (Prose(say("indicators_intro", year=year)), score_table("environment.indicators", caption, items)),
    )


def _quality(sources: Sources, items: list[Evaluated]) -> Name:
    """Say whether readings are made up, and what indicators lack."""
    missing = dict.fromkeys(name for one in items for name in one.judgement.missing)
    lacks = say("missing_forms", missing=joined(map(form_said, missing))) if missing else say("nothing_missing")
    return say("data_quality", synthetic=say("synthetic") if sources.synthetic_readings else Name(), missing=lacks)


# what departments filed


def _records(sources: Sources, period: PaperPeriod) -> Section:
    filed = chosen(sources, Selection(_SW, period.text), "source_id", "verdict", "abstraction_10km3")
    wastewater = chosen(sources, Selection(_WW, period.text), "type", *_AMOUNTS)
    nothing = not filed.on_file and not wastewater.on_file
    intro = say("no_records", period=period.name) if nothing else say("records_intro")
    tables = (_sources(sources, period, filed), _wastewater(sources, period, wastewater))
    return Section("environment-records", say("records"), (Prose(intro), *tables))


def _sources(sources: Sources, period: PaperPeriod, filed: Selected) -> Table:
    """Return the drinking-water sources as filed: months that complied of those on file, and what was abstracted."""
    columns = (
        Column("source", say("source")),
        Column("n", say("n_months"), "number", decimals=0),
        Column("passed", say("passed"), "number", decimals=0),
        Column("failed", say("failed"), "number", decimals=0),
        Column("share", say("share_passed"), "number", "%", 1),
        Column("abstraction", say("abstraction"), "number", "10⁴ m³", 1),
    )
    rows = []
    if filed.on_file:
        rows = [_source(Cell(name), own) for name, own in filed.by("source_id").items()]
        rows.append(_source(Cell(None, say("total")), filed, total=True))
    caption = say("sw_caption", period=period.name, city=sources.city.name)
    return Table(
        "environment.filed_sources",
        caption,
        columns,
        tuple(rows),
        say("sw_none", period=period.name),
        (say("sw_note"),) if rows else (),
    )


def _source(name: Cell, own: Selected, *, total: bool = False) -> Row:
    passed, failed = own.part("verdict", "pass"), own.part("verdict", "fail")
    share = Fraction(100 * passed.number, own.number) if own.number else None
    counted = [Cell(part.number, key=part.selection.key, marks=own.marks) for part in (passed, failed)]
    cells = (name, own.count(), *counted, own.cell(share), _amount(own, "abstraction_10km3"))
    return Row(cells, own.selection.key, total)


def _amount(own: Selected, column: str) -> Cell:
    """Return the sum of a column; of what no record says, nothing that could be marked."""
    found = own.sum(column)
    return Cell(None, key=own.selection.key) if found is None else own.cell(found)


def _wastewater(sources: Sources, period: PaperPeriod, filed: Selected) -> Table:
    """Return wastewater as filed: amounts of each kind, and what complied or was treated."""
    columns = (
        Column("kind", say("kind")),
        *(Column(name, say(name.removesuffix("_10kt")), "number", "10⁴ t", 1) for name in _AMOUNTS),
        Column("share", say("share_of"), "number", "%", 1),
    )
    rows = tuple(_kinds(filed)) if filed.on_file else ()
    caption = say("ww_caption", period=period.name, city=sources.city.name)
    return Table(
        "environment.filed_wastewater",
        caption,
        columns,
        rows,
        say("ww_none", period=period.name),
        (say("ww_note"),) if rows else (),
    )


def _kinds(filed: Selected) -> Iterator[Row]:
    for kind, (part, whole) in _SHARES.items():
        own = filed.part("type", kind)
        if not own.number:
            continue
        amounts = own.sum(part), own.sum(whole)
        share = None if amounts[0] is None or not amounts[1] else 100 * amounts[0] / amounts[1]
        yield Row(
            (Cell(kind, choice(_WW, "type", kind)), *(_amount(own, name) for name in _AMOUNTS), own.cell(share)),
            own.selection.key,
        )
