"""What the ledger says of a city, as the indicators ask for it (`targets.computation.Verdicts`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aggregator.assess import Assessment
from aggregator.assess_stations import StationAssessment
from aggregator.due import station_pipeline
from aggregator.pipeline import Pipeline
from console.site import Site
from qualicity.network import Medium

Row = Mapping[str, Any]

RATES: Mapping[str, tuple[Medium, str]] = {
    "water": ("water", "RATE-SOURCES"),
    "discharge": ("wastewater", "RATE-OUTLETS"),
    "sewage": ("wastewater", "RATE-SEWAGE"),
}
"""Name of a rate -> what is looked at, and the table that says how it is counted."""

AIR_BASES = ("GB3095-1996", "GB3095-2012")
"""Laws by which a year of air is counted, whatever was in force: three pollutants and an API, six and an AQI."""


class SiteVerdicts:
    """Verdicts of one city of a site. What it does not measure it has no verdicts of."""

    def __init__(self, site: Site, city: str) -> None:
        self._site = site
        self._city = city
        self._known: dict[tuple[str, int], Sequence[Row]] = {}

    def air_days(self, year: int) -> Sequence[Row]:
        """Return the city's days of a year under the law in force on each."""
        return self._once("days", year, lambda: self._air_days(year))

    def air_years(self, year: int) -> Sequence[Row]:
        """Return the city's year under the law in force, and by each of the two bases."""
        return self._once("years", year, lambda: self._air_years(year))

    def rates(self, name: str, year: int) -> Sequence[Row]:
        """Return the rates of a year, as `qualicity rate NAME` prints them."""
        return self._once(name, year, lambda: self._rates(name, year))

    def _once(self, name: str, year: int, ask: Callable[[], Sequence[Row]]) -> Sequence[Row]:
        if (name, year) not in self._known:
            self._known[name, year] = ask()
        return self._known[name, year]

    def _measures(self, medium: Medium) -> bool:
        network = self._site.network
        return self._city in network.city_by_id and any(
            station.city == self._city and station.medium == medium for station in network.stations
        )

    def _pipeline(self) -> Pipeline:
        return Pipeline(self._site.store, self._site.ledger, self._site.network, self._site.clock)

    def _air_days(self, year: int) -> Sequence[Row]:
        if not self._measures("air"):
            return ()
        found = Assessment(self._pipeline(), city=self._city)
        return tuple(found.days(dt.date(year, 1, 1), dt.date(year, 12, 31)))

    def _air_years(self, year: int) -> Sequence[Row]:
        if not self._measures("air"):
            return ()
        first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
        rows = list(Assessment(self._pipeline(), city=self._city).years(first, last))
        if not any(row["valid_days"] for row in rows):
            return ()
        for standard in AIR_BASES:
            if all(row["standard"] != standard for row in rows):
                rows += Assessment(self._pipeline(), city=self._city, standard=standard).years(first, last)
        return tuple(rows)

    def _rates(self, name: str, year: int) -> Sequence[Row]:
        medium, table = RATES[name]
        if not self._measures(medium):
            return ()
        found = StationAssessment(station_pipeline(self._pipeline(), medium), city=self._city)
        rows = found.rates(dt.date(year, 1, 1), dt.date(year, 12, 31), "year", of=table)
        return tuple({**row, "year": year} for row in rows)
