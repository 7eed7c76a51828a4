"""The answers of `assess water` and `assess discharge`: periods of stations and rates of cities.

What stands in the ledger is read from it, what is dirty or missing there is judged; a period that is not over, and
anything under a standard that is asked for, is computed and not stored.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from msgspec.structs import replace

from aggregator.assess import AUTO
from aggregator.station_tasks import tasks
from aggregator.stations import BEFORE_DAYS, Result, StationPipeline, looked_at, stands
from qualicity.errors import UsageError
from qualicity.network import City, Medium, Station
from qualicity.periods import LONG_KINDS, Period, days_between, parse_period, period_of, periods_touched
from qualicity.scopes import PREFIXES, Scope
from qualicity.standards.load import standard as table_of
from qualicity.standards.schema_water import ClassTable, DischargeTable
from qualicity.store.ledger import Draft, Version

Row = dict[str, Any]
Judged = Draft | Version

RATES: Mapping[Medium, str] = {"water": "RATE-SOURCES", "wastewater": "RATE-OUTLETS"}
"""The rate that a city's key means when it names none."""

_TABLES: Mapping[Medium, type[ClassTable | DischargeTable]] = {"water": ClassTable, "wastewater": DischargeTable}
_AT_ONCE = {"hour": 24 * 31, "day": 31, "month": 12, "quarter": 4, "year": 1}
"""Periods whose rows are in memory together."""


class StationAssessment:
    """What is asked: which stations or cities of a medium, under which standard.

    Args:
        own: of the medium.
        city: one city; None = all.
        station: one station; None = all.
        standard: a table's id, or `auto`: the law in force.

    Raises:
        UsageError: the city, station or standard is unknown, or has nothing of this medium.
    """

    def __init__(
        self,
        own: StationPipeline,
        *,
        city: str | None = None,
        station: str | None = None,
        standard: str = AUTO,
    ) -> None:
        self._own = own
        self._ledger = own.pipeline.ledger
        self._standard = None if standard == AUTO else checked_standard(own.medium, standard)
        network = own.pipeline.network
        if station is not None:
            known = network.station_by_id.get(station)
            if known is None or known.medium != own.medium or (city is not None and known.city != city):
                raise UsageError(
                    f"no station {station!r} of {own.medium} in {city or 'the network'}", "see the network file"
                )
            city = known.city
        cities = [own.pipeline.city(city).id] if city is not None else sorted(network.city_by_id)
        self._stations = {
            name: sorted((s for s in own.stations(name) if station in {None, s.id}), key=lambda s: s.id)
            for name in cities
        }
        self._stations = {name: found for name, found in self._stations.items() if found}
        if not self._stations:
            raise UsageError(f"no station of {own.medium} in {city or 'the network'}", "declare them in network.toml")
        own.pipeline.follow()

    # stations

    def rows(self, first: dt.date, last: dt.date, per: str) -> Iterator[Row]:
        """Yield the rows of the periods that the days (both inclusive) touch, in the order period, city, station."""
        periods = self._begun(periods_touched(first, last, per))
        size = _AT_ONCE[per]
        for at in range(0, len(periods), size):
            part = periods[at : at + size]
            found = {city: self._judged(stations, part) for city, stations in self._stations.items()}
            for period in part:
                for city, stations in self._stations.items():
                    for station in stations:
                        row = found[city].get((station.id, period.text))
                        if row is not None:
                            yield printed(row, self._standard)

    def _begun(self, periods: Iterable[Period]) -> list[Period]:
        """Return the periods that have begun: of others there is nothing to say."""
        now = self._own.pipeline.clock.now()
        return [period for period in periods if period.start <= now]

    def _judged(self, stations: Sequence[Station], periods: Sequence[Period]) -> dict[tuple[str, str], Judged]:
        """Return the judged periods of a city's stations by (station, period); what is not stored is computed."""
        if self._standard is not None or periods[0].kind == "hour":
            return self._computed(stations, periods, self._standard)
        over = [period for period in periods if self._own.over(period)]
        running = [period for period in periods if period not in set(over)]
        self._judge(stations, over, running)
        return self._computed(stations, running, None) | self._clean(stations, running) | self._stored(stations, over)

    def _clean(self, stations: Sequence[Station], running: Sequence[Period]) -> dict[tuple[str, str], Judged]:
        """Return what stands already of periods that may still change: days of which all has been reported."""
        found: dict[tuple[str, str], Judged] = {}
        for station in stations:
            dirty = {item.period for item in self._ledger.dirty(self._own.scope(station))} if running else set()
            stored = self._stored([station], running)
            found |= {place: judged for place, judged in stored.items() if place[1] not in dirty}
        return found

    def _judge(self, stations: Sequence[Station], over: Sequence[Period], running: Sequence[Period]) -> None:
        """Judge what is dirty or missing of periods that are over, and of the days that running ones rest on."""
        asked: dict[str, set[Period]] = {}
        for station in stations:
            kinds = self._own.law.kinds(station)
            dirty = {item.period for item in self._ledger.dirty(self._own.scope(station))}
            known = {period for _, period in self._stored([station], over)}
            wanted = {p for p in over if stands(station, p) and (p.text in dirty or p.text not in known)}
            longer = [period for period in (*over, *running) if period.kind not in kinds]
            wanted |= self._dirty_days(station, longer, dirty)
            wanted |= self._own.missing_days(station, [period for period in running if period.kind not in kinds])
            if wanted:
                asked[station.id] = wanted
        if asked:
            self._own.judge(asked)

    def _dirty_days(self, station: Station, longer: Iterable[Period], dirty: Iterable[str]) -> set[Period]:
        """Return the dirty days on which longer periods rest."""
        days = [period for text in dirty if (period := parse_period(text)).kind == "day"]
        found: set[Period] = set()
        for period in longer:
            since = period.first - dt.timedelta(days=BEFORE_DAYS)
            found |= {day for day in days if since <= day.first <= period.last and self._own.over(day)}
        return {day for day in found if stands(station, day)}

    def _stored(self, stations: Sequence[Station], periods: Sequence[Period]) -> dict[tuple[str, str], Judged]:
        if not periods:
            return {}
        return {
            (station.id, version.period): version
            for station in stations
            for version in self._ledger.current(self._own.scope(station), periods[0].text, periods[-1].text)
            if stands(station, parse_period(version.period))
        }

    def _computed(
        self, stations: Sequence[Station], periods: Sequence[Period], standard: str | None
    ) -> dict[tuple[str, str], Judged]:
        """Return periods as they would be judged now, under a standard or the law in force."""
        direct: dict[str, list[Period]] = {}
        found: dict[tuple[str, str], Judged] = {}
        for station in stations:
            kinds = self._own.law.kinds(station)
            standing = [period for period in periods if stands(station, period)]
            direct[station.id] = [period for period in standing if period.kind in kinds]
            longer = [period for period in standing if period.kind not in kinds]
            found |= {(station.id, draft.period): draft for draft in self._gathered(station, longer, standard)}
        return found | self._drafts(direct, standard)

    def _drafts(self, asked: Mapping[str, Sequence[Period]], standard: str | None) -> dict[tuple[str, str], Judged]:
        as_of = self._own.pipeline.store.head()
        return {
            (draft.scope.rpartition("/")[2], draft.period): draft
            for task in tasks(self._own.pipeline.network.station_by_id, asked)
            for draft in self._own.drafts(task.stations, task.periods, as_of, standard)
        }

    def _gathered(self, station: Station, periods: Sequence[Period], standard: str | None) -> list[Draft]:
        """Return longer periods from their days: those in the ledger, or computed under a standard."""
        if standard is None or not periods:
            return self._own.gathered(station, periods)
        days = [period_of(day, "day") for day in days_between(*looked_at(periods)) if station.serves(day)]
        judged = self._drafts({station.id: [day for day in days if self._own.over(day)]}, standard)
        return self._own.law.gather(station, periods, {day: draft.result for (_, day), draft in judged.items()})

    # cities

    def rates(
        self, first: dt.date, last: dt.date, per: str, *, of: str | None = None, target: str | None = None
    ) -> Iterator[Row]:
        """Yield cities' rates of the periods that the days touch, in the order period, city.

        Args:
            first: day.
            last: day, inclusive.
            per: month, quarter or year.
            of: the id of one rate; None = all of the medium, under an explicit standard the first: keys name only one.
            target: in the place of the cities' own; computed, not stored.

        Raises:
            UsageError: cities have no rates of such periods.
        """
        if per not in LONG_KINDS:
            raise UsageError(f"cities have no rates by {per}", f"one of: {', '.join(LONG_KINDS)}")
        if self._standard is not None and of is None:
            of = RATES[self._own.medium]
        for period in self._begun(periods_touched(first, last, per)):
            for city, stations in self._stations.items():
                aimed = with_target(self._own.pipeline.city(city), target)
                for judged in self._rates(aimed, stations, period, computed=target is not None):
                    if of in {None, judged.standard}:
                        yield printed(judged, self._standard)

    def _rates(self, city: City, stations: Sequence[Station], period: Period, *, computed: bool) -> Sequence[Judged]:
        months = [month for month in periods_touched(period.first, period.last, "month") if self._own.over(month)]
        judged: dict[tuple[str, str], Result] = {}
        if months:
            judged = {place: row.result for place, row in self._judged(stations, months).items()}
        if self._standard is not None:
            return self._own.rates(city, period, judged)
        if not computed and self._own.rated(period):
            stored = self._ledger.current(Scope(self._own.medium, city.id).text, period.text, period.text)
            if stored:
                return stored
        return self._own.rates(city, period)


def checked_standard(medium: Medium, name: str) -> str:
    """Return a standard's id, if it judges stations of a medium.

    Raises:
        UsageError: it is unknown, or judges something else.
    """
    if not isinstance(table_of(name), _TABLES[medium]):
        what = "classes of water" if medium == "water" else "limits of outlets"
        raise UsageError(f"{name} has no {what}", "see `qualicity standards list`")
    return name


def printed(judged: Judged, standard: str | None = None) -> Row:
    """Return a judged period as the row that people and machines read; its key is what `explain` takes."""
    named = standard or (judged.standard if _beside(judged) else None)
    key = judged.key if named is None else f"{judged.key}@{named}"
    return {"key": key, **judged.result, "version": judged.version if isinstance(judged, Version) else None}


def _beside(judged: Judged) -> bool:
    """Return whether a row is a city's rate that its key alone does not mean."""
    prefix, *_ = judged.key.split("/")
    known = {PREFIXES[medium]: rate for medium, rate in RATES.items()}
    return judged.key.count("/") == 2 and judged.standard != known[prefix]


def with_target(city: City, target: str | None) -> City:
    """Return a city with a target in the place of its own; None = its own."""
    if target is None:
        return city
    return replace(city, water_target=target, discharge_target=target, sewage_target=target)
