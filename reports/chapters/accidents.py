"""Accidents of works: which count as accidents of quality, since when there was none, and who says so."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from qualicity.network import Name
from reports import figures
from reports.chapters.judged import plain, status_cell
from reports.chapters.years import cell, history, key, point_marks, value
from reports.figures.data import Event, Timeline
from reports.model import Cell, Column, Figure, Mark, Row, Table
from reports.printing import date, number
from reports.selection import Selection, choice, scope_of
from reports.sources import Sources
from reports.wording import wording
from targets.accidents import zero_accident
from targets.evaluation import Evaluated
from targets.parts import span
from targets.records.known import city_districts, districts
from targets.records.schema import schema
from targets.words import word

ZERO = "eng.zero_accident"

GRADES = ("general", "larger", "major", "extra_major")
"""From the least to the gravest."""

_FORM = "R_ac"

say = wording("engineering")


class NoVerdicts:
    """What is counted from records alone asks for no verdicts."""

    def air_days(self, year: int) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002 - nothing is known of any year
        """Return nothing."""
        return ()

    def air_days_under(self, law: str, year: int) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002 - likewise
        """Return nothing."""
        return ()

    def rates(self, name: str, year: int) -> Sequence[Mapping[str, Any]]:  # noqa: ARG002 - likewise
        """Return nothing."""
        return ()


@dataclass(frozen=True)
class Accident:
    """An accident of works.

    Attributes:
        record: id of the record that counts of it.
        excluded: why it is no accident of quality, as a code of words.toml; empty = it is one.
        closed: day on which its case was closed by the day that is asked for; None = it is open.
    """

    record: str
    day: dt.date
    row: Mapping[str, Any]
    excluded: str
    closed: dt.date | None

    @property
    def key(self) -> str:
        """Return what explains it."""
        return Selection(_FORM, str(self.day.year), (("record_id", self.record),)).key

    @property
    def marks(self) -> tuple[Mark, ...]:
        """Return what must be said of it."""
        marks: list[Mark] = ["provisional"] if self.row["status"] == "provisional" else []
        return (*marks, *(("synthetic",) if self.row["synthetic"] else ()))

    @property
    def grade(self) -> int:
        """Return how grave it is, 0 = least."""
        return GRADES.index(self.row["grade"])

    @property
    def name(self) -> Name:
        """Return kind, grade and district."""
        return say(
            "accident",
            kind=choice(_FORM, "kind", self.row["kind"]),
            grade=choice(_FORM, "grade", self.row["grade"]),
            district=districts().get(self.row["district"], plain(str(self.row["district"]))),
        )


def accidents(sources: Sources, last: dt.date) -> Sequence[Accident]:
    """Return all accidents of works by a day, the earliest first."""
    columns = (
        "record_id", "district", "event_date", "status", "synthetic", "event_id", "project_id", "kind", "deaths",
        "serious_injuries", "direct_loss_10k", "grade", "confirmed", "liability", "closed_on",
    )  # fmt: skip
    rows = {row["record_id"]: row for row in sources.records.table(_FORM, columns).to_pylist()}
    if not rows:
        return ()
    first = min((row["event_date"].year for row in rows.values() if row["event_date"]), default=last.year)
    scope = replace(scope_of(sources, str(last.year)), first=first)
    tally = zero_accident(sources.records, NoVerdicts(), scope).tallies[0].rows
    found = [
        Accident(record, rows[record]["event_date"], rows[record], excluded or "", _by(rows[record]["closed_on"], last))
        for record, excluded in zip(tally["record_id"].to_pylist(), tally["excluded"].to_pylist(), strict=True)
        if rows[record]["event_date"] <= last
    ]
    return sorted(found, key=lambda one: (one.day, one.record))


def _by(day: dt.date | None, last: dt.date) -> dt.date | None:
    return day if day is not None and day <= last else None


def of_quality(found: Sequence[Accident]) -> Sequence[Accident]:
    """Return the confirmed accidents of quality."""
    return [one for one in found if not one.excluded]


def last_day(sources: Sources, year: int) -> dt.date:
    """Return the day up to which a year is told: its last, or the last that is known."""
    return min(span(str(year))[1], sources.as_of)


# figures and tables


def since_last(sources: Sources, item: Evaluated | None, year: int) -> tuple[Figure, Cell, Name]:
    """Return F10: accidents on their days; the days since the last of quality; and what is said of that."""
    until = last_day(sources, year)
    found = [one for one in accidents(sources, until) if one.row["kind"] == "quality"]
    quality = of_quality(found)
    said = _since(sources, item, quality, until)
    days = Cell(None, say("no_accident_on_file"))
    if quality:
        days = Cell((until - quality[-1].day).days, key=quality[-1].key, marks=quality[-1].marks)
    first = dt.date(min([one.day.year for one in found] or [year]), 1, 1)
    tracks = [
        (say("track_quality"), [_event(one) for one in quality]),
        (say("track_not_counted"), [_event(one) for one in found if one.excluded]),
    ]
    data = Timeline(first, until, tracks)
    rows = tuple(Row((Cell(one.day), Cell(one.name.en, one.name), _why(one)), one.key) for one in found)
    columns = (Column("day", say("day"), "date"), Column("event", say("event")), Column("counts", say("counts")))
    caption = say("since_caption", day=date(until))
    table = Table("engineering.accidents_data", caption, columns, rows, say("no_accident_form"))
    synthetic = any("synthetic" in one.marks for one in found)
    drawing = figures.drawn(figures.timeline, data, synthetic)
    return Figure("engineering.accidents", caption, said, drawing, table), days, said


def _event(one: Accident) -> Event:
    return Event(one.day, one.name, 0 if one.excluded else one.grade + 1)


def _why(one: Accident) -> Cell:
    if not one.excluded:
        return Cell("counts", say("counted_as_quality"))
    return Cell(one.excluded, word("excluded", one.excluded))


def _since(sources: Sources, item: Evaluated | None, quality: Sequence[Accident], until: dt.date) -> Name:
    """Return how long there has been no accident of quality, or that none is on file, and what that proves."""
    if quality:
        last = quality[-1]
        days = (until - last.day).days
        return say("since", day=date(last.day), what=last.name, days=number(days), until=date(until))
    if item is None or value(item) is None or not item.judgement.point or not item.judgement.point.coverage:
        return say("none_and_nothing_said", until=date(until))
    reports = _reports(sources, item)
    if item.judgement.point.coverage == 1:
        return say("none_and_proven", until=date(until), reports=reports)
    return say("none_and_unproven", until=date(until), reports=reports)


def _reports(sources: Sources, item: Evaluated) -> Name:
    """Return how many of the nil reports that were due are on file."""
    on_file, due = reports_due(sources, item)
    return say("of", part=number(on_file), whole=number(due))


def reports_due(sources: Sources, item: Evaluated) -> tuple[Fraction, int]:
    """Return of how many months of districts something is said, and of how many it was due."""
    year, point = item.judgement.year, item.judgement.point
    months = sum(span(f"{year}-{month:02d}")[1] < sources.as_of for month in range(1, 13))
    due = len(city_districts()) * months
    return (point.coverage or Fraction(0)) * due if point else Fraction(0), due


def zero_sentence(sources: Sources, item: Evaluated | None) -> Name | None:
    """Return what zero events mean of a year; a zero without all nil reports is never called zero accidents."""
    if item is None:
        return None
    point, year = item.judgement.point, item.judgement.year
    if point is None or point.value is None:
        return say("zero_unknown", year=year)
    if point.value:
        return say("accidents", year=year, number=number(point.value), reports=_reports(sources, item))
    risk = item.row["risk"]
    told: dict[str, Name | str | int] = {"year": year, "reports": _reports(sources, item)}
    said = say("zero_proven" if point.coverage == 1 else "zero_unproven", **told)
    if not point.exposure or risk is None:
        return said
    return say("with_risk", said=said, exposure=number(point.exposure), risk=number(100 * risk, 1))


def by_year(sources: Sources, item: Evaluated | None, year: int) -> Table:
    """Return T11: accidents by year, with the nil reports they rest on, the exposure, and the risk that is left."""
    rows = [_year_row(sources, one) for one in (history(sources, item, year) if item else ())]
    columns = (
        Column("year", say("year")),
        Column("accidents", say("accidents_column"), "number"),
        Column("coverage", say("coverage"), "number", "%", 1),
        Column("reports", say("reports")),
        Column("exposure", say("exposure"), "number"),
        Column("risk", say("risk"), "number", "%", 1),
        Column("status", say("status")),
    )
    caption = say("zero_caption")
    return Table("engineering.zero", caption, columns, tuple(rows), say("zero_empty"), (say("zero_note"),))


def _year_row(sources: Sources, one: Evaluated) -> Row:
    point = one.judgement.point
    on_file, due = reports_due(sources, one)
    said = say("of", part=number(on_file), whole=number(due))
    marks = point_marks(point) if point else ()
    risk = one.row["risk"]
    return Row(
        (
            Cell(one.judgement.year, plain(str(one.judgement.year))),
            cell(one),
            Cell(None if point is None or point.coverage is None else 100 * point.coverage, marks=marks),
            Cell(said.en, said) if point and due else Cell(),
            Cell(point.exposure if point else None),
            Cell(None if risk is None else 100 * risk),
            status_cell(one),
        ),
        key(one),
    )


def listed(found: Sequence[Accident], id_: str, caption: Name, *, liability: bool = False) -> Table:
    """Return accidents one by one: what happened, its grade, who is liable, in how many days its case was closed."""
    rows = [
        Row(
            (
                Cell(one.day, marks=one.marks),
                Cell(str(one.row["event_id"])),
                Cell(one.row["district"], districts().get(one.row["district"])),
                Cell(one.row["grade"], choice(_FORM, "grade", one.row["grade"])),
                Cell(one.row["deaths"]),
                Cell(one.row["serious_injuries"]),
                Cell(_decimal(one.row["direct_loss_10k"])),
                _why(one),
                Cell(one.closed, None if one.closed else say("open")),
                Cell((one.closed - one.day).days if one.closed else None),
                *((Cell(one.row["liability"] or ""),) if liability else ()),
            ),
            one.key,
        )
        for one in found
    ]
    columns = (
        Column("day", say("day"), "date"),
        Column("event", say("event_id")),
        Column("district", say("district")),
        Column("grade", say("grade")),
        Column("deaths", say("deaths"), "number"),
        Column("injuries", say("injuries"), "number"),
        Column("loss", say("loss"), "number"),
        Column("counts", say("counts")),
        Column("closed", say("closed"), "date"),
        Column("days", say("closing_days"), "number"),
        *((Column("liability", say("liability")),) if liability else ()),
    )
    return Table(id_, caption, columns, tuple(rows), say("no_accident_form"), (grades_note(),))


def grades_note() -> Name:
    """Return by what accidents are graded, as the form says it."""
    rule = next(one for one in schema(_FORM).rules if one.id == "grade_is_worst")
    return say("grades_note", text=rule.text)


def _decimal(loss: Decimal | None) -> Decimal | None:
    return None if loss is None else loss.normalize()
