"""Acceptances of works by kind: at the first attempt, by now, and which units fail; as the indicators count them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from qualicity.network import Name
from reports import figures
from reports.chapters.accidents import NoVerdicts
from reports.chapters.judged import joined, plain
from reports.chapters.years import beside, key, point_cell
from reports.figures.data import Dot, Dots
from reports.model import Cell, Column, Figure, Row, Table
from reports.printing import number
from reports.selection import Selected, Selection, choice, chosen, scope_of
from reports.sources import Sources
from reports.wording import wording
from targets.computation import Computed
from targets.engineering import accepted
from targets.evaluation import Evaluated
from targets.model import Point
from targets.records.schema import schema
from targets.tally import among

COMPLETED = "eng.completed_ok"

UNITS = (COMPLETED, "eng.affordable_ok", "eng.renewal_ok", "eng.first_pass")
"""Indicators of which a unit may fail."""

RESULTS = ("pass", "conditional", "fail")

_FORM = "R_pa"

say = wording("engineering")


@dataclass(frozen=True)
class Kind:
    """Completed works of one kind.

    Attributes:
        code: of the kind; empty = all.
        first: share passed at the first attempt of the year; None = there was no first attempt.
        final: what has become of those by now.
        attempts: all attempts of the year.
    """

    code: str
    name: Name
    first: Point | None
    final: Point | None
    attempts: Selected


def kinds(sources: Sources, year: int) -> Sequence[Kind]:
    """Return the kinds of which works were completed in a year, in the order of the form, and all of them together."""
    completions = chosen(
        sources, Selection(_FORM, str(year), (("stage", "completion"),)), "project_type", "attempt_no", "result"
    )
    if not completions.number:
        return ()
    parts = completions.by("project_type")
    found = [
        Kind(code, choice(_FORM, "project_type", code), *_points(sources, year, code), parts[code])
        for code in _codes()
        if code in parts
    ]
    return [*found, Kind("", say("all_kinds"), *_points(sources, year, ""), completions)]


def _codes() -> Sequence[str]:
    column = next(one for one in schema(_FORM).columns if one.name == "project_type")
    return [one.code for one in column.choices]


def _points(sources: Sources, year: int, code: str) -> tuple[Point | None, Point | None]:
    """Return first and final acceptance of a kind, as `eng.completed_ok` counts them."""

    def of_kind(table: pa.Table) -> Any:
        return among(table["project_type"], code)

    computation = accepted(COMPLETED, of_kind if code else None)
    found: Computed = computation(sources.records, NoVerdicts(), scope_of(sources, str(year)))
    first, final = (
        next((point for point in found.series.companions.get(name, ()) if point.period == str(year)), None)
        for name in ("first_pass", "final")
    )
    return first, final


def figure(sources: Sources, year: int) -> Figure:
    """Return F9: what passed at the first attempt and what has passed by now, by kind of works."""
    found = [one for one in kinds(sources, year) if one.code]
    data = Dots(
        plain("%"),
        [
            Dot(
                one.name,
                _float(one.final),
                n=int(one.final.denominator) if one.final and one.final.denominator else None,
                before=_float(one.first),
            )
            for one in found
        ],
        target=100.0,
        target_name=say("all_pass"),
        value_name=say("final_name"),
        before_name=say("first_name"),
    )
    columns = (
        Column("kind", say("kind")),
        Column("first_n", say("first_n"), "number"),
        Column("first", say("first_rate"), "number", "%", 1),
        Column("final_n", say("final_n"), "number"),
        Column("final", say("final_rate"), "number", "%", 1),
    )
    rows = [
        Row(
            (
                Cell(one.code, one.name),
                Cell(one.first.denominator if one.first else None),
                point_cell(one.first, one.attempts.selection.key),
                Cell(one.final.denominator if one.final else None),
                point_cell(one.final, one.attempts.selection.key),
            ),
            one.attempts.selection.key,
        )
        for one in found
    ]
    caption = say("kinds_caption", year=year)
    alt = say("kinds_alt", year=year, number=len(found)) if found else say("no_acceptances", year=year)
    table = Table("engineering.kinds_data", caption, columns, tuple(rows), say("no_acceptances", year=year))
    synthetic = any("synthetic" in one.attempts.marks for one in found)
    return Figure("engineering.kinds", caption, alt, figures.drawn(figures.dots, data, synthetic), table)


def results(sources: Sources, year: int) -> Table:
    """Return T10: attempts at completion by kind and result, with the share passed at the first attempt and by now."""
    rows = [
        Row(
            (
                Cell(one.code, one.name),
                *(one.attempts.part("result", code).count() for code in RESULTS),
                one.attempts.count(),
                _counted(one.first),
                point_cell(one.first, one.attempts.selection.key),
                _counted(one.final),
                point_cell(one.final, one.attempts.selection.key),
            ),
            one.attempts.selection.key,
            total=not one.code,
        )
        for one in kinds(sources, year)
    ]
    columns = (
        Column("kind", say("kind")),
        *(Column(code, say("attempts_of", result=choice(_FORM, "result", code)), "number") for code in RESULTS),
        Column("attempts", say("attempts"), "number"),
        Column("first_count", say("first_count")),
        Column("first", say("first_rate"), "number", "%", 1),
        Column("final_count", say("final_count")),
        Column("final", say("final_rate"), "number", "%", 1),
    )
    notes = (say("results_note"),)
    caption, empty = say("results_caption", year=year), say("no_acceptances", year=year)
    return Table("engineering.results", caption, columns, tuple(rows), empty, notes)


def failing(sources: Sources, items: Sequence[Evaluated], year: int) -> Table:
    """Return each unit that fails, by name: a work or stage is never lost in a rate."""
    named: dict[str, list[Evaluated]] = {}
    for one in items:
        for record in one.judgement.point.failing if one.judgement.point else ():
            named.setdefault(record, []).append(one)
    columns = ("record_id", "name", "project_id", "project_type", "class", "stage", "attempt_no", "held_on", "result")
    found = {row["record_id"]: row for row in sources.records.table(_FORM, columns).to_pylist()} if named else {}
    rows = [_failing_row(named[record], found[record]) for record in sorted(named) if record in found]
    heads = (
        Column("name", say("project")),
        Column("kind", say("kind")),
        Column("class", say("class")),
        Column("stage", say("stage")),
        Column("attempt", say("attempt"), "number"),
        Column("held_on", say("held_on"), "date"),
        Column("result", say("result")),
        Column("indicators", say("fails_in")),
    )
    nothing = all(one.judgement.point is None for one in items)
    empty = say("no_acceptances", year=year) if nothing else say("none_failing", year=year)
    return Table("engineering.failing", say("failing_caption", year=year), heads, tuple(rows), empty)


def _failing_row(items: Sequence[Evaluated], record: Mapping[str, Any]) -> Row:
    year = str(record["held_on"].year)
    texts = {name: choice(_FORM, name, str(record[name])) for name in ("project_type", "class", "stage", "result")}
    return Row(
        (
            Cell(f"{record['project_id']} {record['name']}"),
            Cell(record["project_type"], texts["project_type"]),
            Cell(record["class"], texts["class"]),
            Cell(record["stage"], texts["stage"]),
            Cell(record["attempt_no"]),
            Cell(record["held_on"]),
            Cell(record["result"], texts["result"]),
            Cell(" ".join(one.indicator.id for one in items), joined(one.indicator.name for one in items)),
        ),
        Selection(_FORM, year, (("record_id", record["record_id"]),)).key,
    )


def by_stage(item: Evaluated, year: int) -> Table:
    """Return what passed at the first attempt of major, large and medium works, stage by stage."""
    stages = ("trial_run", "commissioning", "completion")
    points = [(name, beside(item, name, str(year))) for name in stages]
    rows = [
        Row((Cell(name, choice(_FORM, "stage", name)), _counted(point), point_cell(point)), key(item))
        for name, point in points
        if point is not None
    ]
    columns = (
        Column("stage", say("stage")),
        Column("counted", say("first_count")),
        Column("first", say("first_rate"), "number", "%", 1),
    )
    caption = say("stages_caption", year=year)
    return Table("engineering.stages", caption, columns, tuple(rows), say("no_acceptances", year=year))


def _counted(point: Point | None) -> Cell:
    if point is None or point.numerator is None or point.denominator is None:
        return Cell()
    said = say("of", part=number(point.numerator), whole=number(point.denominator))
    return Cell(said.en, said)


def _float(point: Point | None) -> float | None:
    return None if point is None or point.value is None else float(point.value)
