"""Chapter 8, the programme 1-10-100-1000-10000: an award, benchmarks, firms supported, firms and people taught."""

from __future__ import annotations

from collections.abc import Sequence

from qualicity.network import Name
from reports import figures
from reports.chapters.judged import (
    form_said,
    joined,
    judged_year,
    name_cell,
    path_cell,
    plain,
    status_cell,
    target_cell,
)
from reports.chapters.status import key_figures, of_indicators, paragraph, quality, status_table, trend_figure
from reports.chapters.years import cell, history, key, point_cell, together, value, years
from reports.figures.data import Goal
from reports.model import Block, Cell, Chapter, Column, Figure, Prose, Row, Section, Table
from reports.period import PaperPeriod
from reports.printing import number
from reports.selection import Selection, chosen
from reports.sources import Sources
from reports.wording import wording
from targets.companions import companion
from targets.evaluation import Evaluated
from targets.model import Status
from targets.records.schema import schema

AWARD, YEARLY = "qmp.award1", "qmp.support100"

INDICATORS = (AWARD, "qmp.bench10", YEARLY, "qmp.self1000", "qmp.train10000")

LADDER = 5
"""Highest level of a milestone."""

EVIDENCE = {
    AWARD: (("R_ms", (("indicator_id", AWARD),)), ("R_aw", (("award", "mayor_quality"),))),
    "qmp.bench10": (("R_si", (("standard", "benchmark"),)),),
    YEARLY: (("R_su", ()),),
    "qmp.self1000": (("R_si", (("standard", "GBT19580"),)),),
    "qmp.train10000": (("R_tr", ()),),
}
"""Which records of the year are told of each goal."""

say = wording("programme")


def programme(sources: Sources, period: PaperPeriod) -> Chapter:
    """Return the chapter."""
    year = judged_year(period)
    items = of_indicators(sources, period, INDICATORS)
    trained = next((one for one in items if one.indicator.id == "qmp.train10000"), None)
    blocks: list[Block] = [
        key_figures("programme.key", items),
        Prose(_overview(items, year)),
        *(paragraph(sources, period, one, *_yearly(sources, one, year)) for one in items),
        _bars(items, year),
        _goals(items, year),
        *((trend_figure(sources, period, trained, "programme.trained"),) if trained else ()),
        Section("programme.years", say("years_title"), (_by_year(sources, items, year), _beside(items, year))),
        Section(
            "programme.evidence", say("evidence_title"), (_records(sources, items, year), _documents(sources, year))
        ),
        status_table(sources, period, "programme.status", say("title"), INDICATORS),
        Prose(say("method"), "method"),
        Prose(together([*quality(items), say("limits")]), "data_quality"),
    ]
    return Chapter("programme", say("title"), tuple(blocks), "8")


def _overview(items: Sequence[Evaluated], year: int) -> Name:
    """Return how many of the five goals are reached, and which are not."""
    if not items:
        return say("nothing_judged", year=year)
    reached = [one for one in items if one.judgement.status in {Status.ACHIEVED, Status.MAINTAINED}]
    rest = [one for one in items if one not in reached]
    told: dict[str, Name | str | int] = {"year": year, "reached": len(reached), "number": len(items)}
    return say("overview", **told, rest=joined(one.indicator.name for one in rest)) if rest else say("all", **told)


def _yearly(sources: Sources, item: Evaluated, year: int) -> list[Name]:
    """Return in which years what is asked for each year was not reached."""
    if item.indicator.id != YEARLY:
        return []
    met = {one.judgement.year: one.judgement.met for one in history(sources, item, year)}
    below = [str(at) for at, reached in met.items() if reached is False]
    unknown = [str(at) for at in years(item, year) if met.get(at) is None]
    said = [say("years_below", years=joined(map(plain, below)))] if below else []
    return [*said, *([say("years_unknown", years=joined(map(plain, unknown)))] if unknown else [])]


# figure and tables


def _bars(items: Sequence[Evaluated], year: int) -> Figure:
    """Return F18: how far each goal has come, and where its path would have it."""
    data = [
        Goal(
            one.indicator.name,
            None if value(one) is None else float(value(one) or 0),
            _asked(one),
            one.judgement.path,
            say("levels") if one.indicator.unit == "level" else Name(),
        )
        for one in items
    ]
    rows = [
        Row(
            (
                name_cell(one),
                cell(one),
                Cell(_asked(one), plain(number(_asked(one)))),
                path_cell(one),
                Cell(None if value(one) is None else 100 * float(value(one) or 0) / _asked(one)),
            ),
            key(one),
        )
        for one in items
    ]
    columns = (
        Column("goal", say("goal")),
        Column("count", say("count"), "number"),
        Column("target", say("target"), "number"),
        Column("path", say("path"), "number"),
        Column("share", say("share"), "number", "%", 0),
    )
    caption = say("bars_caption", year=year)
    table = Table("programme.bars_data", caption, columns, tuple(rows), say("nothing_judged", year=year))
    synthetic = any(one.judgement.synthetic for one in items)
    alt = say("bars_alt", year=year, number=len(items)) if items else say("nothing_judged", year=year)
    return Figure("programme.bars", caption, alt, figures.drawn(figures.goals, data, synthetic), table)


def _asked(one: Evaluated) -> float:
    """Return the number that a goal is drawn against: of a ladder its highest level."""
    return float(one.target.value) if one.target and one.target.value is not None else float(LADDER)


def _goals(items: Sequence[Evaluated], year: int) -> Table:
    """Return T19: goal, count, what is asked for by now, status, and the evidence on file of the year."""
    rows = [
        Row(
            (
                name_cell(one),
                target_cell(one),
                cell(one),
                path_cell(one),
                status_cell(one),
                _forms(one),
                Cell(one.judgement.point.latest if one.judgement.point else None),
            ),
            key(one),
        )
        for one in items
    ]
    columns = (
        Column("goal", say("goal")),
        Column("target", say("target"), "number"),
        Column("count", say("count"), "number"),
        Column("path", say("path"), "number"),
        Column("status", say("status")),
        Column("evidence", say("evidence")),
        Column("data_until", say("data_until"), "date"),
    )
    caption = say("goals_caption", year=year)
    return Table("programme.goals", caption, columns, tuple(rows), say("nothing_judged", year=year))


def _forms(item: Evaluated) -> Cell:
    """Return the forms that a goal rests on."""
    forms = [form for form, _ in EVIDENCE[item.indicator.id]]
    return Cell(" ".join(forms), joined(map(form_said, forms)))


def _records(sources: Sources, items: Sequence[Evaluated], year: int) -> Table:
    """Return how many records of the year there are of each form that a goal rests on."""
    rows = [
        Row((name_cell(one), Cell(form, form_said(form)), chosen(sources, selection).count()), selection.key)
        for one in items
        for form, where in EVIDENCE[one.indicator.id]
        for selection in (Selection(form, str(year), where),)
    ]
    columns = (
        Column("goal", say("goal")),
        Column("form", say("form")),
        Column("records", say("records"), "number"),
    )
    caption, empty = say("records_caption", year=year), say("nothing_judged", year=year)
    return Table("programme.records", caption, columns, tuple(rows), empty, (say("records_note"),))


def _by_year(sources: Sources, items: Sequence[Evaluated], year: int) -> Table:
    """Return each goal's count in each year."""
    past = {one.indicator.id: {own.judgement.year: own for own in history(sources, one, year)} for one in items}
    shown = sorted({at for own in past.values() for at in own})
    rows = [
        Row(
            (
                name_cell(one),
                *(cell(past[one.indicator.id][at]) if at in past[one.indicator.id] else Cell() for at in shown),
            ),
            key(one),
        )
        for one in items
    ]
    columns = (
        Column("goal", say("goal")),
        *(Column(f"year_{at}", plain(str(at)), "number") for at in shown),
    )
    notes = (say("years_note"),)
    return Table(
        "programme.by_year", say("years_caption"), columns, tuple(rows), say("nothing_judged", year=year), notes
    )


def _beside(items: Sequence[Evaluated], year: int) -> Table:
    """Return what is counted beside the goals: editions and winners, attendances, persons in the year."""
    rows = [
        Row((name_cell(one), Cell(name, companion(name)), point_cell(point)), key(one))
        for one in items
        for name, points in one.series.companions.items()
        for point in points
        if point.period == str(year)
    ]
    columns = (
        Column("goal", say("goal")),
        Column("what", say("beside")),
        Column("count", say("count"), "number"),
    )
    caption = say("beside_caption", year=year)
    return Table("programme.beside", caption, columns, tuple(rows), say("nothing_beside", year=year))


def _documents(sources: Sources, year: int) -> Table:
    """Return the documents that prove the levels of the award, up to the year."""
    columns = ("record_id", "indicator_id", "level", "claim", "document_no", "issued_on", "approver", "synthetic")
    table = sources.records.table("R_ms", columns).to_pylist()
    rows = sorted(
        (row for row in table if row["indicator_id"] == AWARD and row["issued_on"] and row["issued_on"].year <= year),
        key=lambda row: (row["issued_on"], row["record_id"]),
    )
    made = [
        Row(
            (
                Cell(row["issued_on"], marks=("synthetic",) if row["synthetic"] else ()),
                Cell(row["level"]),
                Cell(row["document_no"] or ""),
                Cell(row["claim"] or ""),
                Cell("yes" if row["approver"] else "no", say("yes") if row["approver"] else say("no")),
            ),
            Selection("R_ms", str(row["issued_on"].year), (("record_id", row["record_id"]),)).key,
        )
        for row in rows
    ]
    heads = (
        Column("issued_on", say("issued_on"), "date"),
        Column("level", say("level"), "number"),
        Column("document", say("document")),
        Column("claim", say("claim")),
        Column("approved", say("approved")),
    )
    empty = say("no_documents", form=say("form_named", title=schema("R_ms").title))
    return Table("programme.documents", say("documents_caption"), heads, tuple(made), empty)
