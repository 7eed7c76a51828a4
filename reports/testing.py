"""Sources made up for tests: rows that are given, records in memory, indicators judged from both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from qualicity.network import City, Name, Station
from qualicity.periods import parse_period
from reports.made_up import labelled
from reports.model import Basis, Block, Cell, Chapter, Figure, KeyFigures, Language, Prose, Section, Table
from reports.printing import said
from reports.sources import Row
from targets.computation import Scope
from targets.evaluation import Evaluated, evaluate
from targets.filing_calendar import Filing, filings
from targets.indicator import Indicator
from targets.records.base import Records
from targets.records.known import CITY_CODE
from targets.register import register
from targets.testing import MemoryVerdicts, records

CITY = City("shenzhen", Name("深圳", "Shenzhen"))


@dataclass
class MadeUpSources:
    """What is known of a city: nothing, but for what is given.

    Attributes:
        days: rows of the city's days of air, each with its `date`.
        station_days: likewise of stations.
        years: rows of the city's years, each with its `year`.
        station_years: likewise of stations.
        compared: years under laws to compare with, each with its `year`.
        waters: rows of periods of places of water, by kind of period; each with its `period`.
        outlets: likewise of outlets.
        rated: rows of rates, by name and kind of period.
        filed: records by schema, as `targets.testing.records` takes them.
        replaced: rows of versions that replaced another.
        areas: of the indicators that are judged; none = all.
    """

    city: City = CITY
    stations: Sequence[Station] = ()
    as_of: dt.date = dt.date(2016, 4, 1)
    synthetic_readings: bool = False
    days: Sequence[Row] = ()
    station_days: Sequence[Row] = ()
    years: Sequence[Row] = ()
    station_years: Sequence[Row] = ()
    compared: Sequence[Row] = ()
    waters: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    outlets: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    rated: Mapping[tuple[str, str], Sequence[Row]] = field(default_factory=dict)
    filed: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    replaced: Sequence[Row] = ()
    rests_on: Basis = field(default_factory=Basis)
    areas: Collection[str] = ()
    _judged: dict[int, Sequence[Evaluated]] = field(default_factory=dict, init=False, repr=False)

    def air_days(self, first: dt.date, last: dt.date) -> Sequence[Row]:
        """Return the city's days between two days."""
        return _dated(self.days, first, last)

    def air_station_days(self, first: dt.date, last: dt.date) -> Sequence[Row]:
        """Return the stations' days between two days."""
        return _dated(self.station_days, first, last)

    def air_years(self, first: int, last: int) -> Sequence[Row]:
        """Return the city's years."""
        return [row for row in self.years if first <= row["year"] <= last]

    def air_station_years(self, first: int, last: int) -> Sequence[Row]:
        """Return the stations' years."""
        return [row for row in self.station_years if first <= row["year"] <= last]

    def air_compared(self, year: int) -> Sequence[Row]:
        """Return the city's year under each law to compare with."""
        return [row for row in self.compared if row["year"] == year]

    def water(self, first: dt.date, last: dt.date, per: str) -> Sequence[Row]:
        """Return periods of places of water that begin between two days."""
        return _begun(self.waters.get(per, ()), first, last)

    def discharge(self, first: dt.date, last: dt.date, per: str) -> Sequence[Row]:
        """Return periods of outlets that begin between two days."""
        return _begun(self.outlets.get(per, ()), first, last)

    def rates(self, name: str, first: dt.date, last: dt.date, per: str) -> Sequence[Row]:
        """Return rates of periods that begin between two days."""
        return _begun(self.rated.get((name, per), ()), first, last)

    @cached_property
    def records(self) -> Records:
        """Return the records that are given."""
        return records(self.filed)

    def evaluated(self, year: int) -> Sequence[Evaluated]:
        """Return what is said of all indicators in a year, from the records and the days of air."""
        if year not in self._judged:
            by_year: dict[int, list[Row]] = {}
            for row in self.days:
                by_year.setdefault(dt.date.fromisoformat(row["date"]).year, []).append(row)
            scope = Scope(self.city.id, CITY_CODE, year, year, self.as_of)
            found = evaluate(register().rows, self.records, MemoryVerdicts(by_year), scope, wanted=self._asked)
            self._judged[year] = [labelled(one) if self.synthetic_readings else one for one in found]
        return self._judged[year]

    def _asked(self, row: Indicator) -> bool:
        return not self.areas or row.area in self.areas

    def filings(self, year: int) -> Sequence[Filing]:
        """Return what departments owed; nothing where nothing was ever filed."""
        return filings(self.records, [year], self.as_of) if self.filed else ()

    def changes(self, since: dt.date) -> Sequence[Row]:
        """Return versions that replaced another from a day on."""
        return [row for row in self.replaced if row["made"] >= since]

    def basis(self) -> Basis:
        """Return what it rests on."""
        return self.rests_on


def _dated(rows: Sequence[Row], first: dt.date, last: dt.date) -> list[Row]:
    return [row for row in rows if first.isoformat() <= row["date"] <= last.isoformat()]


def _begun(rows: Sequence[Row], first: dt.date, last: dt.date) -> list[Row]:
    return [row for row in rows if first <= parse_period(row["period"]).first <= last]


def tables_of(chapter: Chapter) -> dict[str, Table]:
    """Return the tables of a chapter by their ids, with those of its figures."""

    def walk(blocks: Sequence[Block]) -> Iterator[Table]:
        for block in blocks:
            if isinstance(block, Section):
                yield from walk(block.blocks)
            elif isinstance(block, Figure):
                yield block.data
            elif isinstance(block, Table):
                yield block

    return {table.id: table for table in walk(chapter.blocks)}


def prose_of(chapter: Chapter, language: Language = "en") -> str:
    """Return all that a chapter says in sentences."""

    def walk(blocks: Sequence[Block]) -> Iterator[str]:
        for block in blocks:
            if isinstance(block, Section):
                yield from walk(block.blocks)
            elif isinstance(block, Prose):
                yield said(block.text, language)

    return "\n".join(walk(chapter.blocks))


def numbers_of(chapter: Chapter) -> Iterator[tuple[str, str, Cell, str]]:
    """Yield all numbers of a chapter: id of the table, name of the column, cell, and the key that explains it."""
    for table in tables_of(chapter).values():
        for row in table.rows:
            for column, cell in zip(table.columns, row.cells, strict=True):
                if column.kind == "number" and cell.value is not None:
                    yield table.id, column.id, cell, cell.key or row.key
    for block in chapter.blocks:
        if isinstance(block, KeyFigures):
            for figure in block.figures:
                if figure.cell.value is not None:
                    yield block.id, figure.name.en, figure.cell, figure.cell.key
