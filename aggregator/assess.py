"""The answers of `assess air`: rows of days and years, from the ledger where they stand, judged where they do not."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Literal

from aggregator.comparison.years import ComparedYears
from aggregator.judging import scope
from aggregator.pipeline import NO_STANDARD, Pipeline
from aggregator.verdicts import COMPLETE, with_target
from qualicity.errors import UsageError
from qualicity.periods import DAY_MS, Period, day_start, days_between, parse_period
from qualicity.standards.dispatch import dispatch_air
from qualicity.standards.load import air_law
from qualicity.store.ledger import Draft, Version

AUTO = "auto"

Level = Literal["city", "station"]
Row = dict[str, Any]

Drafts = dict[tuple[str, str], Draft | Version]
"""Judged periods by (scope, period)."""


class Assessment:
    """What is asked: which cities or stations, under which standard.

    Args:
        pipeline: of the site.
        city: one city; None = all that measure air.
        station: one station; None = all.
        standard: a limit table's id, or `auto`: by the date of the data and the city's adoption.
        level: of the rows.

    Raises:
        UsageError: the city, station or standard is unknown.
    """

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        city: str | None = None,
        station: str | None = None,
        standard: str = AUTO,
        level: Level = "city",
    ) -> None:
        self._pipeline = pipeline
        self._standard = None if standard == AUTO else air_law(standard).standard
        self._compared: dict[str, ComparedYears] = {}
        self._named: dict[str, tuple[object, Drafts]] = {}
        network = pipeline.network
        if station is not None:
            known = network.station_by_id.get(station)
            if known is None or (city is not None and known.city != city):
                raise UsageError(f"no station {station!r} in {city or 'the network'}", "see the network file")
            city, level = known.city, "station"
        measured = [name for name in sorted(network.city_by_id) if network.stations_of(name)]
        cities = [pipeline.city(city).id] if city is not None else measured or sorted(network.city_by_id)
        self._scopes: dict[str, list[str | None]] = {}
        for name in cities:
            all_stations = sorted(s.id for s in network.stations_of(name))
            own: list[str | None] = [None] if level == "city" else [s for s in all_stations if station in {None, s}]
            self._scopes[name] = own
        pipeline.follow()

    def compared_years(self, city: str) -> ComparedYears:
        """Return the years of a city under the law to compare with that is asked for; each is judged once."""
        known = self._compared.get(city)
        if known is None:
            if self._standard is None:
                raise AssertionError("a law to compare with is asked for by its name")
            known = self._compared[city] = ComparedYears(self._pipeline, self._pipeline.city(city), self._standard)
        return known

    def days(self, first: dt.date, last: dt.date) -> Iterator[Row]:
        """Yield the rows of civil days, both inclusive, in the order date, city, station."""
        return self._days(first, last, self._scopes)

    def station_days(self, first: dt.date, last: dt.date) -> Iterator[Row]:
        """Yield the rows of all stations of the cities; what their cities' days took is not judged again."""
        network = self._pipeline.network
        return self._days(first, last, {city: sorted(s.id for s in network.stations_of(city)) for city in self._scopes})

    def _days(self, first: dt.date, last: dt.date, scopes: Mapping[str, Sequence[str | None]]) -> Iterator[Row]:
        dates = days_between(first, last)
        found = {city: self._judged(city, dates, stations) for city, stations in scopes.items()}
        for date in dates:
            for city, stations in scopes.items():
                for station in stations:
                    row = found[city].get((scope(city, station), date.isoformat()))
                    if row is not None:
                        yield printed(row, self._standard)

    def years(self, first: dt.date, last: dt.date, target: str | None = None) -> Iterator[Row]:
        """Yield the rows of the calendar years touched, in the order year, city, station."""
        for number in range(first.year, last.year + 1):
            for city, stations in self._scopes.items():
                years = self._years_of(city, number)
                for station in stations:
                    row = printed(years(station), self._standard)
                    yield row if target is None else with_target(row, target)

    def _years_of(self, city: str, number: int) -> Callable[[str | None], Draft | Version]:
        """Return what tells the year of the city (None) and of each of its stations."""
        if self._standard is not None and air_law(self._standard).compared:
            return partial(self.compared_years(city).draft, year=number)
        judged = self._year_days(city, parse_period(f"{number:04d}"))
        return lambda station: self._year(scope(city, station), f"{number:04d}", judged)

    def _judged(self, city: str, dates: Sequence[dt.date], stations: Sequence[str | None]) -> Drafts:
        """Return the judged days of a city and its stations by (scope, date); what is not stored is computed."""
        pipeline = self._pipeline
        if self._standard is not None:
            return self._under(city, dates, self._standard)
        over = [day for day in dates if day_start(day) + DAY_MS <= pipeline.clock.now()]
        dirty = {item.period for item in pipeline.ledger.dirty(scope(city))}
        known = self._stored(city, dates, stations)
        pipeline.judge(city, [d for d in over if d.isoformat() in dirty or (scope(city), d.isoformat()) not in known])
        running = [day for day in dates if day not in set(over)]
        return self._computed(city, running, None) | self._stored(city, over, stations)

    def _stored(self, city: str, dates: Sequence[dt.date], stations: Sequence[str | None]) -> Drafts:
        if not dates:
            return {}
        adoption = self._pipeline.city(city).law_adoption
        law = {day.isoformat(): dispatch_air(day, adoption) or NO_STANDARD for day in dates}
        found: Drafts = {}
        for station in dict.fromkeys((None, *stations)):  # the city's days tell which are judged
            name = scope(city, station)
            for version in self._pipeline.ledger.current(name, dates[0].isoformat(), dates[-1].isoformat()):
                date = str(version.result["date"])
                if law.get(date) == version.standard:
                    found[name, date] = version
        return found

    def _under(self, city: str, dates: Sequence[dt.date], standard: str) -> Drafts:
        """Return days under a law that is named; what was asked for last is not computed again."""
        basis = (tuple(dates), self._pipeline.store.head())
        if city not in self._named or self._named[city][0] != basis:
            self._named[city] = (basis, self._computed(city, dates, standard))
        return self._named[city][1]

    def _computed(self, city: str, dates: Sequence[dt.date], standard: str | None) -> Drafts:
        head = self._pipeline.store.head()
        return {
            (draft.scope, draft.period): draft
            for run in self._pipeline.runs(city, dates, standard)
            for draft in self._pipeline.drafts(run, head)
        }

    def _year_days(self, city: str, period: Period) -> Mapping[tuple[str, str], Draft | Version] | None:
        """Judge what is dirty in a year; return its days under an explicit standard."""
        if self._standard is not None:
            return self._under(city, period.days, self._standard)
        dirty = {
            parse_period(item.period).first for item in self._pipeline.ledger.dirty(scope(city)) if "-" in item.period
        }
        now = self._pipeline.clock.now()
        self._pipeline.judge(city, [d for d in sorted(dirty & set(period.days)) if day_start(d) + DAY_MS <= now])
        return None

    def _year(self, name: str, year: str, judged: Mapping[tuple[str, str], Draft | Version] | None) -> Draft | Version:
        if judged is not None:
            own = {(date, day.standard): day for (where, date), day in judged.items() if where == name}
            return self._pipeline.year_draft(name, year, own, self._standard)
        rows = self._pipeline.ledger.current(name, f"{year}-01-01", f"{year}-12-31")
        draft = self._pipeline.year_draft(name, year, {(str(row.result["date"]), row.standard): row for row in rows})
        stored = [v for v in self._pipeline.ledger.current(name, year, year) if v.standard == draft.standard]
        return stored[-1] if stored else draft


def printed(judged: Draft | Version, standard: str | None = None) -> Row:
    """Return a judged period as the row that people and machines read."""
    result = {name: value for name, value in judged.result.items() if name != COMPLETE}
    key = judged.key if standard is None else f"{judged.key}@{standard}"
    return {"key": key, **result, "version": judged.version if isinstance(judged, Version) else None}
