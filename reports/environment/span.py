"""The periods that sections about water and outlets look at: those that are judged, their months, years before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from qualicity.network import Medium, Name, Station
from reports.model import Cell, Mark, Value
from reports.period import PaperPeriod, paper_period
from reports.sources import Row, Sources
from targets.parts import period_of

_FORMER_YEARS = 4


@dataclass(frozen=True)
class Span:
    """A period of a city, as far as it has begun by the day whose knowledge the paper holds."""

    sources: Sources
    period: PaperPeriod

    @property
    def city(self) -> Name:
        """Return the name of the city."""
        return self.sources.city.name

    @property
    def judged(self) -> tuple[PaperPeriod, ...]:
        """Return the periods that are judged: itself; of a half, which is not, its quarters."""
        if self.period.kind != "half":
            return self._begun([self.period])
        quarters = (1, 2) if self.period.text.endswith("1") else (3, 4)
        return self._begun(paper_period(f"{self.period.year:04d}Q{number}") for number in quarters)

    @property
    def several(self) -> bool:
        """Return whether more than one period is judged: then each row says which."""
        return len(self.judged) > 1

    def dated(self, period: PaperPeriod) -> tuple[Cell, ...]:
        """Return the cell that says which period a row is of, where there are several."""
        return (Cell(period.text, period.name),) if self.several else ()

    @property
    def months(self) -> tuple[PaperPeriod, ...]:
        """Return its months."""
        return self._begun(_months(self.period.first, self.period.last))

    @property
    def course(self) -> tuple[PaperPeriod, ...]:
        """Return what a course shows: years up to a year; else months from those of a year before on."""
        if self.period.kind == "year":
            first = self.period.year - _FORMER_YEARS
            return self._begun(paper_period(f"{year:04d}") for year in range(first, self.period.year + 1))
        return self._begun(_months(self.period.a_year_ago().first, self.period.last))

    @property
    def year_of_months(self) -> tuple[PaperPeriod, ...]:
        """Return the twelve months up to its end, or its own where they are more."""
        first = self.period.last.replace(day=1)
        begun = dt.date(first.year - (first.month < 12), first.month % 12 + 1, 1)
        return self._begun(_months(begun, self.period.last))

    def _begun(self, periods: Iterable[PaperPeriod]) -> tuple[PaperPeriod, ...]:
        return tuple(period for period in periods if period.first < self.sources.as_of)

    def marks(self, period: PaperPeriod) -> tuple[Mark, ...]:
        """Return what must be said of every value of a period."""
        marks: list[Mark] = ["provisional"] if period.last >= self.sources.as_of else []
        return (*marks, "synthetic") if self.sources.synthetic_readings else tuple(marks)

    def cell(self, period: PaperPeriod, value: Value, shown: Name | None = None, *, key: str = "") -> Cell:
        """Return a value of a period with what must be said of it; of what there is not, nothing."""
        return Cell(value, shown, key, () if value is None else self.marks(period))

    def stations(self, medium: Medium) -> list[Station]:
        """Return the stations of a medium that stood in the period, by id."""
        return [
            one
            for one in self.sources.stations
            if one.medium == medium
            and (one.valid_from is None or one.valid_from <= self.period.last)
            and (one.valid_to is None or self.period.first <= one.valid_to)
        ]


def _months(first: dt.date, last: dt.date) -> list[PaperPeriod]:
    numbers = range(first.year * 12 + first.month - 1, last.year * 12 + last.month)
    return [paper_period(period_of(dt.date(number // 12, number % 12 + 1, 1), "month")) for number in numbers]


def by_place(rows: Iterable[Row], name: str) -> dict[tuple[str, str], Row]:
    """Return rows by their station, as they name it, and their period."""
    return {(row[name], row["period"]): row for row in rows}
