"""What the page shows of a year, gathered from the rows of `assess`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from aggregator.assess import AUTO, Assessment
from aggregator.law_nodes import air_law_node
from aggregator.pipeline import Pipeline
from console.page.water import DischargeYear, WaterYear
from qualicity.network import City, Station
from qualicity.periods import parse_period
from qualicity.standards.load import air_law

Row = Mapping[str, Any]


@dataclass(frozen=True)
class LawYear:
    """A year under one law."""

    standard: str
    in_force: bool
    year: Row
    days: Sequence[Row]
    law: Row  # limits with clauses, hash and certainty


@dataclass(frozen=True)
class YearReport:
    """A city's year."""

    year: int
    city: City
    stations: Sequence[Station]
    laws: Sequence[LawYear]  # the one in force first
    station_years: Sequence[Row]
    capture: Mapping[str, Mapping[str, float]]  # station -> item -> share of the year's hours that are valid
    counts: Mapping[str, int]  # what passed where; empty when not counted
    archive: str  # digest of the archive
    epoch: str
    seq: int
    source: bool = False  # the data are the example's: say whose they are
    water: WaterYear | None = None  # of the site's city with sources
    discharge: DischargeYear | None = None
    papers: Mapping[str, str] = field(default_factory=dict)  # name of a format -> address, relative to the page
    scorecard: str = ""  # address of the scorecard, relative to the page; empty = there is none
    compared: Sequence[Row] = ()  # the year under laws to compare with


def year_report(
    pipeline: Pipeline,
    city: str,
    year: int,
    *,
    others: Sequence[str],
    compared: Sequence[str] = (),
    counts: Mapping[str, int],
    archive: str,
    source: bool,
) -> YearReport:
    """Gather a city's year: under the law in force, as if under others, and under laws to compare with.

    Args:
        pipeline: of the site.
        city: id.
        year: calendar year.
        others: limit tables of the same method, whose days are held against those of the law in force.
        compared: limit tables of other methods, whose years stand beside it.
        counts: what passed where.
        archive: digest of the archive.
        source: the data are the example's.
    """
    period = parse_period(f"{year:04d}")
    laws = []
    for name in (AUTO, *others):
        asked = Assessment(pipeline, city=city, standard=name)
        row = next(asked.years(period.first, period.last))
        days = list(asked.days(period.first, period.last))
        laws.append(LawYear(row["standard"], name == AUTO, row, days, air_law_node(air_law(row["standard"]))))
    stations = Assessment(pipeline, city=city, level="station")
    head = pipeline.store.head()
    return YearReport(
        year=year,
        city=pipeline.city(city),
        stations=sorted(pipeline.network.stations_of(city), key=lambda station: station.id),
        laws=laws,
        station_years=list(stations.years(period.first, period.last)),
        capture=_capture(list(stations.days(period.first, period.last))),
        counts=counts,
        archive=archive,
        epoch=head.epoch,
        seq=head.seq,
        source=source,
        compared=[year_under(pipeline, city, year, name) for name in compared],
    )


def year_under(pipeline: Pipeline, city: str, year: int, standard: str) -> Row:
    """Return a city's year under a limit table, or `auto`."""
    period = parse_period(f"{year:04d}")
    return next(Assessment(pipeline, city=city, standard=standard).years(period.first, period.last))


def _capture(days: Sequence[Row]) -> dict[str, dict[str, float]]:
    """Return the share of a year's hours that are valid, by station and item."""
    valid: dict[str, dict[str, int]] = {}
    expected: dict[str, int] = {}
    for day in days:
        own = valid.setdefault(day["station"], {})
        for item, coverage in day["coverage"].items():
            own[item] = own.get(item, 0) + coverage["valid"]
        expected[day["station"]] = expected.get(day["station"], 0) + next(iter(day["coverage"].values()))["expected"]
    return {s: {item: n / max(1, expected[s]) for item, n in items.items()} for s, items in valid.items()}
