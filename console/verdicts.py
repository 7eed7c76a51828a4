"""What the ledger says of a city, as the indicators ask for it (`targets.computation.Verdicts`).

Only of years of which there are readings, or were: asking for any other would judge days of which nobody knows
anything, and keep that.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

from aggregator.assess import Assessment
from aggregator.assess_stations import StationAssessment
from aggregator.due import station_pipeline
from aggregator.pipeline import Pipeline
from aggregator.standing import StandingPipeline, StandingStations
from aggregator.stations import StationPipeline
from console.measured import measured, year_ends
from console.site import Site
from qualicity.errors import UsageError
from qualicity.network import Medium
from qualicity.periods import day_start
from qualicity.scopes import Scope

Row = Mapping[str, Any]

RATES: Mapping[str, tuple[Medium, str]] = {
    "water": ("water", "RATE-SOURCES"),
    "discharge": ("wastewater", "RATE-OUTLETS"),
    "sewage": ("wastewater", "RATE-SEWAGE"),
}
"""Name of a rate -> what is looked at, and the table that says how it is counted."""


def verdict_city(site: Site, asked: str | None) -> str:
    """Return the city whose verdicts count; without a network there is none, and records alone are judged.

    Raises:
        UsageError: it is unknown, or has to be said.
    """
    known = sorted(site.network.city_by_id)
    if asked is None and len(known) > 1:
        raise UsageError(f"the network has {len(known)} cities", f"name one as city: {', '.join(known)}")
    if asked is not None and asked not in known:
        mend = f"known: {', '.join(known)}" if known else "there is no network, and records need none: leave city out"
        raise UsageError(f"no city {asked!r} in the network", mend)
    return asked or (known[0] if known else "")


class _Place(NamedTuple):
    data: Path
    city: str
    law: str
    year: int


class _Computed(NamedTuple):
    rests_on: str
    rows: Sequence[Row]


_COMPUTED: dict[_Place, _Computed] = {}
"""Days under laws to compare with, by the process: a year takes seconds, and what is long over hardly ever changes."""


class SiteVerdicts:
    """Verdicts of one city of a site; each is asked for once.

    Args:
        site: open.
        city: id; empty = none.
        standing: what stands in the ledger is read, and nothing is judged or written: for a site's reader.
    """

    def __init__(self, site: Site, city: str, *, standing: bool = False) -> None:
        self._site = site
        self._city = city
        self._standing = standing
        self._known: dict[tuple[str, int], Sequence[Row]] = {}

    def air_days(self, year: int) -> Sequence[Row]:
        """Return the city's days of a year under the law in force on each."""
        return self._once("days", "air", year, lambda: self._air.days(*year_ends(year)))

    def air_days_under(self, law: str, year: int) -> Sequence[Row]:
        """Return the city's days of a year under a law to compare with, from the readings; none where they are gone."""
        return self._once(f"days under {law}", "air", year, lambda: self._days_under(law, year))

    def rates(self, name: str, year: int) -> Sequence[Row]:
        """Return the rates of a year, as `qualicity rate NAME` prints them."""
        medium, table = RATES[name]
        return self._once(name, medium, year, lambda: self._stations(medium).rates(*year_ends(year), "year", of=table))

    def _days_under(self, law: str, year: int) -> Sequence[Row]:
        """Return days as their readings give them; remembered as long as verdicts rest on the same readings."""
        first, last = year_ends(year)
        eve = first - dt.timedelta(days=1)  # days from noon to noon begin on the day before
        if self._site.store.gone_before() > day_start(eve):
            return ()
        rests_on = self._rests_on(eve, last)
        place = _Place(self._site.data, self._city, law, year)
        if rests_on is not None and (known := _COMPUTED.get(place)) and known.rests_on == rests_on:
            return known.rows
        rows = tuple(Assessment(self._pipeline, city=self._city, standard=law).days(first, last))
        if rests_on is not None:
            _COMPUTED[place] = _Computed(rests_on, rows)
        return rows

    def _rests_on(self, first: dt.date, last: dt.date) -> str | None:
        """Return a digest of what the city's days rest on; None where they are still to be judged."""
        period, scope = (first.isoformat(), last.isoformat()), Scope("air", self._city).text
        standing = self._site.ledger.inputs(scope, *period)
        dirty = any(period[0] <= item.period <= period[1] for item in self._site.ledger.dirty(scope))
        if dirty or not standing:
            return None
        network = self._site.network.city_by_id[self._city], self._site.network.stations_of(self._city)
        return hashlib.sha256(repr((network, standing)).encode()).hexdigest()

    def _once(self, name: str, medium: Medium, year: int, ask: Callable[[], Any]) -> Sequence[Row]:
        if (name, year) not in self._known:
            self._known[name, year] = tuple(ask()) if measured(self._site, self._city, medium, year) else ()
        return self._known[name, year]

    @cached_property
    def _pipeline(self) -> Pipeline:
        kind = StandingPipeline if self._standing else Pipeline
        return kind(self._site.store, self._site.ledger, self._site.network, self._site.clock)

    @cached_property
    def _air(self) -> Assessment:
        return Assessment(self._pipeline, city=self._city)

    def _stations(self, medium: Medium) -> StationAssessment:
        kind = StandingStations if self._standing else StationPipeline
        return StationAssessment(station_pipeline(self._pipeline, medium, kind), city=self._city)
