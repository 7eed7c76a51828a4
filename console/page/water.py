"""What the page shows of a city's water: its sources by month, its outlets by day, and their rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aggregator.assess_stations import printed
from aggregator.pipeline import Pipeline
from qualicity.network import City, Medium, Station
from qualicity.periods import PERIOD_LENGTHS
from qualicity.reasons import NO_DISCHARGE
from qualicity.scopes import Scope
from qualicity.standards.load import standard
from qualicity.standards.schema_water import ClassTable, DischargeTable

Row = Mapping[str, Any]

SOURCES, OUTLETS, SEWAGE = "RATE-SOURCES", "RATE-OUTLETS", "RATE-SEWAGE"


@dataclass(frozen=True)
class StationYear:
    """A station's year, its months (None: not judged) and its days."""

    station: Station
    year: Row
    months: Sequence[Row | None]
    days: Sequence[Row]


@dataclass(frozen=True)
class Rate:
    """A city's rate of a year, and of its months; None where a month has none."""

    year: Row
    months: Sequence[Row | None]


@dataclass(frozen=True)
class WaterYear:
    """A city's drinking-water sources in a year."""

    city: City
    year: int
    classes: tuple[str, ...]  # best first, with what is beyond
    sources: Sequence[StationYear]
    rate: Rate
    failed: Sequence[Row]  # months of sources that do not comply
    laws: Sequence[str]  # ids of what was applied
    simulated: bool


@dataclass(frozen=True)
class DischargeYear:
    """A city's outlets in a year."""

    city: City
    year: int
    outlets: Sequence[StationYear]
    catchments: Sequence[StationYear]
    rate: Rate
    sewage: Rate
    failed: Sequence[Row]  # days of outlets that do not comply
    laws: Sequence[str]
    simulated: bool


def water_year(pipeline: Pipeline, city: str, year: int, *, simulated: bool) -> WaterYear:
    """Gather the judged year of a city's sources from the ledger."""
    sources = [one for one in _stations(pipeline, city, "water", year) if one.station.purpose == "source"]
    tables = sorted({one.year["standard"] for one in sources if one.year["standard"]})
    law = standard(tables[0])
    assert isinstance(law, ClassTable)  # noqa: S101 - sources are judged by such
    return WaterYear(
        city=pipeline.city(city),
        year=year,
        classes=(*law.classes, law.beyond),
        sources=sources,
        rate=_rate(pipeline, city, "water", year, SOURCES),
        failed=[row for one in sources for row in one.months if row is not None and _fails(row)],
        laws=(*tables, law.assessment, SOURCES),
        simulated=simulated,
    )


def discharge_year(pipeline: Pipeline, city: str, year: int, *, simulated: bool) -> DischargeYear:
    """Gather the judged year of a city's outlets from the ledger."""
    stations = _stations(pipeline, city, "wastewater", year)
    outlets = [one for one in stations if one.station.purpose == "outlet"]
    tables = sorted({one.year["standard"] for one in outlets if one.year["standard"]})
    failed = [row for one in outlets for row in one.days if _fails(row)]
    return DischargeYear(
        city=pipeline.city(city),
        year=year,
        outlets=outlets,
        catchments=[one for one in stations if one.station.purpose == "catchment"],
        rate=_rate(pipeline, city, "wastewater", year, OUTLETS),
        sewage=_rate(pipeline, city, "wastewater", year, SEWAGE),
        failed=sorted(failed, key=lambda row: str(row["period"])),
        laws=(*tables, *sorted({_validity(name) for name in tables}), OUTLETS, SEWAGE),
        simulated=simulated,
    )


def _stations(pipeline: Pipeline, city: str, medium: Medium, year: int) -> list[StationYear]:
    """Return each station that was judged in a year, in the network's order."""
    found = []
    for station in pipeline.network.stations_of(city, medium):
        rows = _judged(pipeline, Scope(medium, city, station.id), year)
        if f"{year:04d}" in rows:
            days = [row for period, row in rows.items() if len(period) == PERIOD_LENGTHS["day"]]
            found.append(StationYear(station, rows[f"{year:04d}"], _months(rows, year), days))
    return found


def _rate(pipeline: Pipeline, city: str, medium: Medium, year: int, of: str) -> Rate:
    rows = _judged(pipeline, Scope(medium, city), year, of)
    return Rate(rows[f"{year:04d}"], _months(rows, year))


def _judged(pipeline: Pipeline, scope: Scope, year: int, of: str | None = None) -> dict[str, Row]:
    """Return a scope's year and months by period, of a station its days too; of a city, one of its rates."""
    first, last = f"{year:04d}-01", f"{year:04d}-12"
    spans = [(f"{year:04d}", f"{year:04d}"), (first, last)]
    if of is None:
        spans.append((f"{first}-01", f"{last}-31"))
    versions = [version for span in spans for version in pipeline.ledger.current(scope.text, *span)]
    return {version.result["period"]: printed(version) for version in versions if of in {None, version.standard}}


def _months(rows: Mapping[str, Row], year: int) -> list[Row | None]:
    return [rows.get(f"{year:04d}-{number:02d}") for number in range(1, 13)]


def _fails(row: Row) -> bool:
    return row["verdict"] not in {"COMPLIES", None} and row["reason"] != NO_DISCHARGE


def _validity(name: str) -> str:
    law = standard(name)
    assert isinstance(law, DischargeTable)  # noqa: S101 - outlets are judged by such
    return law.validity
