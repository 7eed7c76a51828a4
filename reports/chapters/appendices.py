"""Appendices: A what the indicators are, B how good their data are, C what was revised, D the data for machines."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import get_args

from qualicity.network import Name
from qualicity.scopes import MEDIA
from reports.chapters.judged import (
    age_cell,
    current,
    form_said,
    joined,
    judged_year,
    marks,
    name_cell,
    plain,
    signed,
    unit_of,
)
from reports.chapters.revisions import about_said, causes_said, period_of, revision_table
from reports.chapters.sheets import is_sheet, key, sheet
from reports.model import Basis, Block, Cell, Chapter, Column, Prose, Row, Section, Table
from reports.period import PaperPeriod
from reports.rollups import RollupKey
from reports.sources import Row as Line
from reports.sources import Sources
from reports.wording import wording
from targets.evaluation import Evaluated
from targets.indicator import Area, Indicator, Judge
from targets.model import Status
from targets.register import AREAS, register
from targets.words import word

say = wording("appendices")
revised = wording("revisions")

_TOLD = frozenset({
    "carried_forward", "trailing_twelve_months", "series_break", "data_too_old", "coverage_below_minimum",
    "nil_reports_incomplete", "units_undecided", "periods_missing", "peers_missing", "borderline",
})  # fmt: skip
"""Reasons of the judge that say something of the data."""


# A


def indicators(sources: Sources, period: PaperPeriod) -> Chapter:  # noqa: ARG001 - the same of every city and period
    """Return appendix A: the register, a sheet an indicator."""
    areas = register().areas
    sections = [
        Section(f"indicators.{area}", word("area", area), tuple(map(sheet, areas[area])))
        for area in AREAS
        if areas[area]
    ]
    blocks: tuple[Block, ...] = (Prose(say("indicators_intro")), _documents(), _register(), _judges(), *sections)
    return Chapter("indicators", say("indicators"), blocks, "A")


def _documents() -> Table:
    columns = (
        Column("id", say("id")),
        Column("title", say("document")),
        Column("authority", say("authority")),
        Column("effective_from", say("effective")),
        Column("certainty", say("known_how")),
        Column("note", say("note")),
    )
    rows = [
        Row(
            (
                Cell(one.id),
                Cell(one.title.zh, one.title),
                Cell(one.authority.zh, one.authority),
                Cell(one.effective_from.isoformat()),
                Cell(one.certainty, word("certainty", one.certainty)),
                Cell(one.note.zh if one.note else None, one.note),
            )
        )
        for one in register().documents.values()
    ]
    return Table("indicators.documents", say("documents"), columns, tuple(rows))


def _register() -> Table:
    columns = (
        Column("id", say("id")),
        Column("name", say("name")),
        Column("unit", say("unit")),
        Column("target", say("target"), "number"),
        Column("judge", say("judge")),
        Column("frequency", say("frequency")),
        Column("certainty", say("certainty")),
    )
    rows = [Row(_listed(one), key(one)) for one in register().rows]
    return Table("indicators.register", say("register"), columns, tuple(rows), say("register_empty"))


def _listed(one: Indicator) -> tuple[Cell, ...]:
    target = one.targets[-1] if one.targets else None
    return (
        Cell(one.id),
        Cell(one.name.zh, one.name),
        Cell(one.unit, unit_of(one)),
        Cell(target.value if target else None, signed(target)),
        Cell(" ".join(one.judge)),
        Cell(one.frequency, word("frequency", one.frequency)),
        Cell(one.certainty, word("certainty", one.certainty)),
    )


def _judges() -> Table:
    columns = (Column("code", say("code")), Column("meaning", say("meaning")))
    codes: tuple[str, ...] = get_args(Judge)
    rows = [Row((Cell(code), Cell(word("judge", code).zh, word("judge", code)))) for code in codes]
    return Table("indicators.judges", say("judges"), columns, tuple(rows))


# B


def data_quality(sources: Sources, period: PaperPeriod) -> Chapter:
    """Return appendix B: what is missing, provisional, synthetic or old, by area and by indicator."""
    year = judged_year(period)
    items = current(sources, year)
    blocks = (
        Prose(say("quality_intro", year=year)),
        _by_area(items, year),
        _issues(items, year),
        Prose(say("stations"), "data_quality"),
    )
    return Chapter("data_quality", say("data_quality"), blocks, "B")


def _by_area(items: Sequence[Evaluated], year: int) -> Table:
    columns = (
        Column("area", say("area")),
        Column("count", say("count"), "number", decimals=0),
        Column("not_assessable", word("status", "not_assessable"), "number", decimals=0),
        Column("without", say("without"), "number", decimals=0),
        Column("provisional", say("provisional"), "number", decimals=0),
        Column("synthetic", say("synthetic"), "number", decimals=0),
        Column("oldest", say("oldest")),
        Column("missing", say("missing")),
    )
    grouped = {area: [one for one in items if one.indicator.area == area] for area in AREAS}
    rows = [Row(_summed(area, own), RollupKey(year, area).text) for area, own in grouped.items() if own]
    return Table("data_quality.areas", say("by_area", year=year), columns, tuple(rows), notes=(say("by_area_note"),))


def _summed(area: Area, own: Sequence[Evaluated]) -> tuple[Cell, ...]:
    missing = dict.fromkeys(name for one in own for name in one.judgement.missing)
    ends = [str(one.row["data_until"]) for one in own if one.row["data_until"] and one.judgement.age_days is not None]
    return (
        Cell(area, word("area", area)),
        Cell(len(own)),
        Cell(sum(one.judgement.status == Status.NOT_ASSESSABLE for one in own)),
        Cell(sum(one.judgement.point is None or one.judgement.point.value is None for one in own)),
        Cell(sum(one.judgement.provisional for one in own)),
        Cell(sum(one.judgement.synthetic for one in own)),
        Cell(min(ends, default=None)),
        Cell(", ".join(missing) or None, joined(map(form_said, missing)) if missing else say("missing_none")),
    )


def _issues(items: Sequence[Evaluated], year: int) -> Table:
    columns = (
        Column("indicator", say("name")),
        Column("data_until", say("data_until")),
        Column("known", say("known")),
    )
    rows = [
        Row(
            (
                name_cell(one),
                age_cell(one),
                Cell(", ".join(codes), joined(told, say("between")), marks=marks(one)),
            ),
            str(one.row["key"]),
        )
        for one in items
        if (codes := list(_codes(one))) and (told := list(_told(one)))
    ]
    return Table("data_quality.indicators", say("issues", year=year), columns, tuple(rows), say("issues_none"))


def _codes(one: Evaluated) -> Iterator[str]:
    """Yield codes of what must be known of an indicator's data."""
    found = one.judgement
    yield from (code for code in found.reasons if code in _TOLD)
    yield from found.point.notes if found.point else ()
    yield from found.missing
    if found.provisional:
        yield "provisional"


def _told(one: Evaluated) -> Iterator[Name]:
    found = one.judgement
    yield from (word("reason", code) for code in found.reasons if code in _TOLD)
    yield from (word("note", code) for code in (found.point.notes if found.point else ()))
    if found.missing:
        yield say("lacks", missing=joined(map(form_said, found.missing)))
    if found.provisional:
        yield say("only_provisional")


# C


def revisions(sources: Sources, period: PaperPeriod) -> Chapter:
    """Return appendix C: what was revised since the first day of the period."""
    lines, since = sources.changes(period.first), period.first
    parts = [line for line in lines if _is_part(line)]
    whole = [line for line in lines if not _is_part(line)]
    blocks = (
        Prose(say("revisions_intro", since=since.isoformat())),
        revision_table("revisions.years", say("revisions_years"), whole, since, sources),
        _parts(parts, since, sources),
    )
    return Chapter("revisions", say("revisions"), blocks, "C")


def _is_part(line: Line) -> bool:
    return str(line["key"]).split("/")[0] in MEDIA and not period_of(line).isdecimal()


def _parts(lines: Sequence[Line], since: dt.date, sources: Sources) -> Table:
    """Return revisions of what is shorter than a year, by place, law and year."""
    grouped: dict[tuple[str, str, str], list[Line]] = {}
    for line in lines:
        scope = str(line["key"]).rpartition("/")[0]
        grouped.setdefault((scope, period_of(line)[:4], str(line["standard"])), []).append(line)
    columns = (
        Column("what", revised("what")),
        Column("count", say("grouped"), "number", decimals=0),
        Column("first", say("first")),
        Column("last", say("last")),
        Column("causes", revised("causes")),
    )
    rows = [_part(f"{scope}/{year}", own, sources) for (scope, year, _), own in sorted(grouped.items())]
    return Table(
        "revisions.parts", say("revisions_parts"), columns, tuple(rows), say("parts_empty", since=since.isoformat())
    )


def _part(place: str, own: Sequence[Line], sources: Sources) -> Row:
    periods = sorted({period_of(line) for line in own})
    causes = [cause for line in own for cause in line["causes"]]
    cells = (
        Cell(place, about_said({**own[0], "key": place}, sources)),
        Cell(len(periods)),
        Cell(periods[0]),
        Cell(periods[-1]),
        Cell(
            ", ".join(dict.fromkeys(str(cause["kind"]) for cause in causes)), causes_said({"causes": causes}, sources)
        ),
    )
    return Row(cells, place)


# D


def machine(tables: Sequence[Table], basis: Basis) -> Chapter:
    """Return appendix D: the resources of the annex with their columns, and how to check them."""
    none = say("none")
    head = say(
        "machine_head",
        digest=plain(basis.archive) if basis.archive else none,
        records=plain(basis.records) if basis.records else none,
        code=plain(basis.code) if basis.code else none,
    )
    columns = (
        Column("resource", say("resource")),
        Column("caption", say("caption")),
        Column("columns", say("columns")),
    )
    sheets = [table for table in tables if is_sheet(table)]
    rows = [
        Row((Cell(table.id), Cell(table.caption.zh, table.caption), Cell(", ".join(one.id for one in table.columns))))
        for table in tables
        if table not in sheets
    ]
    if sheets:  # each names its resource where it stands
        told, fields = say("sheets_listed", count=len(sheets)), ", ".join(one.id for one in sheets[0].columns)
        rows.append(Row((Cell("indicators.*"), Cell(told.zh, told), Cell(fields))))
    listed = Table("machine.resources", say("resources"), columns, tuple(rows), say("resources_empty"))
    blocks = (
        Prose(say("machine_intro")), Prose(say("machine_verify")), Prose(head), listed, Prose(say("machine_terms")),
    )  # fmt: skip
    return Chapter("machine", say("machine"), blocks, "D")
