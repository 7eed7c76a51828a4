"""The water of a city in a period, gathered once: places, what they were judged to be, the rate of its sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from qualicity.network import Name, Station
from qualicity.standards.load import standard
from qualicity.standards.schema_water import ClassLimit, ClassTable
from reports.environment import rated
from reports.environment.rated import Rated
from reports.environment.span import Span, by_place
from reports.model import Mark
from reports.period import PaperPeriod
from reports.sources import Row

SOURCE = "source"
UNKNOWN = "none"
_WORSE = "worse"
_NUMERALS = ("I", "II", "III", "IV", "V")

Rows = Mapping[tuple[str, str], Row]


@dataclass(frozen=True)
class View:
    """Water in a period of a city."""

    span: Span

    @cached_property
    def sources(self) -> list[Station]:
        """Return its drinking-water sources, by id."""
        return [one for one in self.span.stations("water") if one.purpose == SOURCE]

    @cached_property
    def others(self) -> list[Station]:
        """Return its other places of water, by id."""
        return [one for one in self.span.stations("water") if one.purpose != SOURCE]

    def rows(self, periods: Sequence[PaperPeriod]) -> Rows:
        """Return what places were judged to be in periods of one kind, by place and period."""
        if not periods or not self.span.stations("water"):
            return {}
        return by_place(
            self.span.sources.water(periods[0].first, periods[-1].last, periods[0].kind),
            "station",
        )

    @cached_property
    def judged(self) -> Rows:
        """Return the rows of the periods that are judged."""
        return self.rows(self.span.judged)

    @cached_property
    def former(self) -> Rows:
        """Return those of the same periods a year before."""
        return self.rows([period.a_year_ago() for period in self.span.judged])

    @cached_property
    def months(self) -> Rows:
        """Return the rows of its months."""
        return self.judged if self.span.period.kind == "month" else self.rows(self.span.months)

    @cached_property
    def year_of_months(self) -> Rows:
        """Return the rows of the twelve months up to its end, or of its own."""
        return self.months if self.span.period.kind == "year" else self.rows(self.span.year_of_months)

    @cached_property
    def rates(self) -> tuple[Rated, ...]:
        """Return the rate of the sources in the periods that are judged."""
        return rated.rated(self.span, "water", self.span.judged) if self.sources else ()

    @cached_property
    def former_rates(self) -> tuple[Rated, ...]:
        """Return those of the same periods a year before."""
        periods = [period.a_year_ago() for period in self.span.judged]
        return rated.rated(self.span, "water", periods) if self.sources else ()

    @cached_property
    def course(self) -> tuple[Rated, ...]:
        """Return the rate up to the end of the period."""
        return rated.course(self.span, "water") if self.sources else ()

    @cached_property
    def standards(self) -> tuple[ClassTable, ...]:
        """Return the tables of classes that were applied, by id."""
        names = sorted({row["standard"] for row in (*self.judged.values(), *self.months.values()) if row["standard"]})
        return tuple(table for name in names if isinstance(table := standard(name), ClassTable))


def place_name(station: Station) -> Name:
    """Return the name of a place; its id where it has none."""
    zh, en = station.name.zh or station.name.en, station.name.en or station.name.zh
    return Name(zh or station.id, en or station.id)


def level(row: Row | None) -> str | None:
    """Return a class as figures know it; None = it could not be said."""
    if row is None or row["class"] is None:
        return None
    return row["class"] if row["class"] in _NUMERALS else _WORSE


def doubt(row: Row | None) -> tuple[Mark, ...]:
    """Return the mark of a verdict whose law is partly recalled."""
    return ("recalled",) if row is not None and row["certainty"] == "recalled" else ()


def limit_of(row: Row, item: str) -> tuple[str, ClassLimit] | None:
    """Return what an item may be in the class that was asked for, and its row of the table; None where it has none."""
    table = standard(row["standard"])
    if not isinstance(table, ClassTable):
        return None
    own = [one for one in table.limit if one.parameter == item and (not one.bodies or row["water_body"] in one.bodies)]
    if not own:
        return None
    found = max(own, key=lambda one: bool(one.bodies))
    if found.limit is not None:
        return found.limit, found
    if found.bounds is None or row["target_class"] not in table.classes:
        return None
    return found.bounds[table.classes.index(row["target_class"])], found
