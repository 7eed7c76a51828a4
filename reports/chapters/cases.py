"""Cases of outlets beyond their limits: what was done about them, in how many days, and which are open still."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from fractions import Fraction
from statistics import median
from typing import Any

from qualicity.network import Name
from reports import figures
from reports.figures.data import Lines, Point, Trend
from reports.model import Cell, Column, Figure, Mark, Row, Table
from reports.printing import number
from reports.selection import Selected, Selection, choice, chosen
from reports.sources import Sources
from reports.wording import wording
from targets.parts import period_of, span
from targets.records.known import districts
from targets.records.schema import schema

_FORM = "R_xc"

_SUSPENDED = "suspension"

_MONTHS = 12

say = wording("incidents")


@dataclass(frozen=True)
class Cases:
    """The cases that were detected in a year.

    Attributes:
        found: the records that count.
        by: day up to which a handling is known.
    """

    found: Selected
    by: dt.date

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return them one by one, the earliest first."""
        rows: list[dict[str, Any]] = self.found.counted.to_pylist()
        return sorted(rows, key=lambda row: (row["detected_on"], row["record_id"]))

    @property
    def days(self) -> list[int]:
        """Return of those that are handled in how many days."""
        return [(row["handled_on"] - row["detected_on"]).days for row in self.rows if self._handled(row)]

    @property
    def handled(self) -> int:
        """Return how many are handled by the day that is known."""
        return len(self.days)

    @property
    def open(self) -> list[dict[str, Any]]:
        """Return those that are not."""
        return [row for row in self.rows if not self._handled(row)]

    @property
    def middle(self) -> Fraction | None:
        """Return the median of the days; None = none is handled."""
        return Fraction(median(self.days)) if self.days else None

    def part(self, column: str, value: str) -> Cases:
        """Return those that have a text in a column."""
        return Cases(self.found.part(column, value), self.by)

    def _handled(self, row: dict[str, Any]) -> bool:
        return row["handled_on"] is not None and row["handled_on"] <= self.by


def cases(sources: Sources, year: int) -> Cases:
    """Return the cases detected in a year, with what is known of their handling by now."""
    columns = ("case_id", "outlet_id", "district", "items", "detected_on", "handled_on", "action")
    return Cases(chosen(sources, Selection(_FORM, str(year)), *columns), sources.as_of)


def by_action(found: Cases, year: int) -> Table:
    """Return the cases by what was done about them, with the days that it took."""
    column = next(one for one in schema(_FORM).columns if one.name == "action")
    codes = [one.code for one in column.choices]
    parts = [(code, choice(_FORM, "action", code), found.part("action", code)) for code in codes]
    parts.append(("open", say("not_handled"), found.part("action", "")))
    rows = [Row((Cell(code, name), *_figures(own)), own.found.selection.key) for code, name, own in parts if own.rows]
    if rows:
        rows.append(Row((Cell("all", say("all")), *_figures(found)), found.found.selection.key, total=True))
    caption = say("actions_caption", year=year)
    return Table(
        "incidents.actions", caption, _columns("action"), tuple(rows), _empty(found, year), (say("days_note"),)
    )


def by_district(found: Cases, year: int) -> Table:
    """Return the cases by district."""
    parts = [(code, name, found.part("district", code)) for code, name in districts().items()]
    rows = [Row((Cell(code, name), *_figures(own)), own.found.selection.key) for code, name, own in parts if own.rows]
    caption = say("districts_caption", year=year)
    return Table("incidents.districts", caption, _columns("district"), tuple(rows), _empty(found, year))


def _columns(first: str) -> tuple[Column, ...]:
    return (
        Column(first, say(first)),
        Column("cases", say("cases"), "number"),
        Column("handled", say("handled"), "number"),
        Column("rate", say("handled_rate"), "number", "%", 1),
        Column("counted", say("handled_of")),
        Column("median_days", say("median_days"), "number", decimals=1),
        Column("most_days", say("most_days"), "number"),
    )


def _figures(own: Cases) -> tuple[Cell, ...]:
    size = len(own.rows)

    def cell(value: Fraction | int | None) -> Cell:
        return Cell(key=own.found.selection.key) if value is None else own.found.cell(value)

    counted = say("of", part=number(own.handled), whole=number(size))
    return (
        cell(size),
        cell(own.handled),
        cell(Fraction(100 * own.handled, size) if size else None),
        Cell(counted.en, counted),
        cell(own.middle),
        cell(max(own.days, default=None)),
    )


def still_open(found: Cases, year: int) -> Table:
    """Return each case of the year that is not handled by now, with the days since it was detected."""
    rows = [
        Row(
            (
                Cell(row["case_id"]),
                Cell(row["detected_on"], marks=_marks(row)),
                Cell(row["district"], districts().get(row["district"])),
                Cell(row["outlet_id"]),
                Cell(row["items"] or ""),
                Cell((found.by - row["detected_on"]).days),
            ),
            Selection(_FORM, str(row["detected_on"].year), (("record_id", row["record_id"]),)).key,
        )
        for row in found.open
    ]
    columns = (
        Column("case", say("case")),
        Column("detected_on", say("detected_on"), "date"),
        Column("district", say("district")),
        Column("outlet", say("outlet")),
        Column("items", say("items")),
        Column("days_open", say("days_open"), "number"),
    )
    empty = say("none_open", year=year) if found.rows else _empty(found, year)
    return Table("incidents.open", say("open_caption", year=year), columns, tuple(rows), empty)


def _marks(row: dict[str, Any]) -> tuple[Mark, ...]:
    flags: tuple[tuple[Mark, bool], ...] = (("provisional", row["provisional"]), ("synthetic", row["synthetic"]))
    return tuple(mark for mark, is_so in flags if is_so)


def _empty(found: Cases, year: int) -> Name:
    """Return that there is no case, or that nobody has filed any: no record is not zero."""
    return say("no_case", year=year) if found.found.on_file else say("no_case_form", year=year)


def by_month(found: Cases, year: int) -> Figure:
    """Return how many cases were detected month by month, how many of them stopped a production, how many are open."""
    waiting = {row["record_id"] for row in found.open}
    courses = (
        ("detected", lambda _: True),
        ("suspended", lambda row: row["action"] == _SUSPENDED),
        ("open", lambda row: row["record_id"] in waiting),
    )
    ends = [span(f"{year}-{month:02d}") for month in range(1, 13)]
    shown = [f"{year}-{first.month:02d}" for first, last in ends if last <= found.by and found.found.on_file]
    counts = {
        name: [
            sum(is_so(row) for row in found.rows if period_of(row["detected_on"], "month") == text) for text in shown
        ]
        for name, is_so in courses
    }
    data = Lines(
        say("cases"),
        [
            Trend(
                say(f"course_{name}"),
                say("cases"),
                [Point(text[5:], year + (at + 0.5) / _MONTHS, float(own[at])) for at, text in enumerate(shown)],
            )
            for name, own in counts.items()
        ],
    )
    rows = [
        Row((Cell(text), *(found.found.cell(own[at]) for own in counts.values())), Selection(_FORM, text).key)
        for at, text in enumerate(shown)
    ]
    keyed = tuple(Row(tuple(replace(cell, key=row.key) for cell in row.cells), row.key) for row in rows)
    columns = (
        Column("month", say("month")),
        *(Column(name, say(f"course_{name}"), "number") for name in counts),
    )
    caption, empty = say("months_caption", year=year), _empty(found, year)
    table = Table("incidents.months_data", caption, columns, keyed, empty)
    alt = say("months_alt", year=year, number=len(found.rows)) if shown else empty
    drawing = figures.drawn(figures.lines, data, "synthetic" in found.found.marks)
    return Figure("incidents.months", caption, alt, drawing, table)
