"""Cases of outlets beyond their limits: what was done about them, in how many days, and which are open still."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from statistics import median
from typing import Any

from qualicity.network import Name
from reports.model import Cell, Column, Mark, Row, Table
from reports.printing import number
from reports.selection import Selected, Selection, choice, chosen
from reports.sources import Sources
from reports.wording import wording
from targets.records.known import districts
from targets.records.schema import schema

_FORM = "R_xc"

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
    parts = [(choice(_FORM, "action", code), found.part("action", code)) for code in codes]
    parts.append((say("not_handled"), found.part("action", "")))
    rows = [Row((Cell(name.en, name), *_figures(own)), own.found.selection.key) for name, own in parts if own.rows]
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
    cell = own.found.cell
    size = len(own.rows)
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


def months(found: Cases) -> Sequence[tuple[dt.date, Sequence[dict[str, Any]]]]:
    """Return the cases by the month in which they were detected, each with its middle day."""
    by_month: dict[dt.date, list[dict[str, Any]]] = {}
    for row in found.rows:
        by_month.setdefault(row["detected_on"].replace(day=15), []).append(row)
    return sorted(by_month.items())
