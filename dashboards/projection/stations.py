"""Which verdicts about water sources, outlets and rates stand in the database, and what of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from aggregator.pipeline import Pipeline
from dashboards.projection.station_points import (
    KINDS,
    discharge_points,
    limit_points,
    rate_points,
    water_points,
)
from dashboards.schema import DISCHARGE_ITEM, DISCHARGE_VERDICT, RATE, WATER_ITEM, WATER_VERDICT, Measurement
from qualicity.network import Medium
from qualicity.periods import LONG_KINDS, Period, parse_period
from qualicity.scopes import Scope, parse_scope
from qualicity.standards.load_water import water_law
from qualicity.standards.waterlaw import WaterLaw
from qualicity.store.ledger import Version
from qualicity.store.line_protocol import Point

MEDIA: Sequence[Medium] = ("water", "wastewater")

_MEASUREMENTS: dict[Medium, tuple[Measurement, ...]] = {
    "water": (WATER_VERDICT, WATER_ITEM),
    "wastewater": (DISCHARGE_VERDICT, DISCHARGE_ITEM),
}


@dataclass(frozen=True)
class Stations:
    """The water stations, outlets and rates of a site.

    Attributes:
        pipeline: of the site: its ledger and network.
    """

    pipeline: Pipeline

    def covers(self, version: Version) -> bool:
        """Return whether a verdict is shown: about water, and a city or station that is still declared."""
        scope, period = _about(version)
        if scope is None or scope.medium not in MEDIA or scope.city not in self.pipeline.network.city_by_id:
            return False
        if scope.station is None:
            return period.kind in LONG_KINDS
        station = self.pipeline.network.station_by_id.get(scope.station)
        here = station is not None and (station.city, station.medium) == (scope.city, scope.medium)
        return here and period.kind in KINDS

    def points(self, version: Version) -> Iterator[Point]:
        """Yield the points of a verdict that is shown."""
        scope, period = _about(version)
        station = self.pipeline.network.station_by_id.get(scope.station or "") if scope else None
        if station is None:
            yield from rate_points(version)
        elif station.medium == "wastewater":
            yield from discharge_points(version)
        else:
            law = _law(version)
            yield from water_points(version, law)
            if law is not None and period.kind == "month":
                yield from limit_points(station.city, period.text, law)

    def place(self, version: Version) -> tuple[str, str]:
        """Return what stands once: a station's period under any law, or a city's rate of one kind."""
        scope, _ = _about(version)
        return version.key, version.standard if scope is None or scope.station is None else ""

    def places(self, version: Version) -> Iterator[tuple[Measurement, dict[str, str], Period]]:
        """Yield where the points of a verdict lie: measurement, tags, period."""
        scope, period = _about(version)
        if scope is None or scope.medium not in MEDIA:
            return
        tags = {"city": scope.city, "span": period.kind}
        if scope.station is None:
            yield RATE, tags | {"standard": version.standard}, period
            return
        for measurement in _MEASUREMENTS[scope.medium]:
            yield measurement, tags | {"station": scope.station}, period

    def everything(self, city: str, year: str) -> Iterator[Point]:
        """Yield all points of a city's year, water and wastewater: what must stand in the database."""
        spans = ((f"{year}-01-01", f"{year}-12-31"), (f"{year}-01", f"{year}-12"), (f"{year}Q1", f"{year}Q4"))
        for medium in MEDIA:
            own = [station.id for station in self.pipeline.network.stations_of(city, medium)]
            for station in (None, *own):
                for first, last in (*spans, (year, year)):
                    for version in self.pipeline.ledger.current(Scope(medium, city, station).text, first, last):
                        if self.covers(version):
                            yield from self.points(version)


def _about(version: Version) -> tuple[Scope | None, Period]:
    scope, _, period = version.key.rpartition("/")
    return parse_scope(scope), parse_period(period)


def _law(version: Version) -> WaterLaw | None:
    standard, body = version.result["standard"], version.result["water_body"]
    return water_law(standard, body) if standard else None
