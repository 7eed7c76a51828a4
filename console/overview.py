"""What stands now: of each city its latest values, its year against its targets; what waits for people.

Nothing is judged here and no reading is read: all of it stands in the ledger, in alarms and in signs of life.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from aggregator.headroom import headroom
from console.health import Outcome
from console.scope import city_of
from console.site import Site
from qualicity.network import City, Name, Station
from qualicity.parameters import parameters
from qualicity.periods import DAY_MS, HOUR_MS, PERIOD_LENGTHS, day_of, parse_period
from qualicity.scopes import Scope
from qualicity.standards.dispatch import dispatch_air
from qualicity.standards.load import TABLE_ORDER
from qualicity.store.journal import NAME as JOURNAL
from qualicity.store.ledger import INDICATORS, NAME, Ledger, Provisional, Result
from qualicity.target import parse_target
from targets.owing import PREFIX as FILINGS

Kind = Literal["air", "sources", "outlets", "sewage"]

PAGE = "page.html"
"""File in the data folder that `/year` serves, when there is one: a year on one page."""

OLD_MS = 3 * HOUR_MS
"""An hourly value is old when it ended longer ago than this."""

_NOW_MS = 2 * DAY_MS
"""Values that are older are no present: the latest day that was judged is shown in their place."""

_RATES: Mapping[str, Kind] = {"RATE-SOURCES": "sources", "RATE-OUTLETS": "outlets", "RATE-SEWAGE": "sewage"}
_DAY, _MONTH, _YEAR = PERIOD_LENGTHS["day"], PERIOD_LENGTHS["month"], PERIOD_LENGTHS["year"]


@dataclass(frozen=True)
class Value:
    """A statistic of one item at one station."""

    value: float | None
    unit: str
    valid: bool
    end: int  # ms UTC


@dataclass(frozen=True)
class StationNow:
    """A station of air: its statistics by name ("1h", "8h", "24h"; of a judged day "day") and item."""

    station: str
    name: Name
    end: int  # of the latest value, ms UTC; 0 = none
    values: Mapping[str, Mapping[str, Value]]
    aqi: int | None = None  # of a judged day
    level: int | None = None
    verdict: str | None = None
    key: str | None = None  # that explains it


@dataclass(frozen=True)
class AirNow:
    """The latest values of a city's air.

    Attributes:
        day: that was judged last, where nothing has been measured lately; None = the values are of the present.
        city: how that day was judged; None = it was not, or the values are of the present.
    """

    items: Sequence[str]
    day: str | None
    stations: Sequence[StationNow]
    city: StationNow | None = None


@dataclass(frozen=True)
class YearNow:
    """A rate of a year against its target."""

    kind: Kind
    year: int
    key: str
    running: bool  # the year is not over
    rate: float | None
    lower: float | None
    upper: float | None
    target: str
    verdict: str
    certain: bool
    days_left: int
    good: int | None = None  # days, of air
    exceeding: int | None = None
    valid: int | None = None
    missing: int | None = None  # days that are over without a valid verdict
    allowed: int | None = None  # days that may still exceed; None = out of reach, or not of days


@dataclass(frozen=True)
class PlaceNow:
    """The latest verdict of a source, a section or an outlet."""

    station: str
    name: Name
    period: str
    verdict: str | None
    reason: str
    key: str
    water_class: str | None = None
    target_class: str | None = None


@dataclass(frozen=True)
class CityNow:
    """A city."""

    city: str
    name: Name
    synthetic: bool
    years: Sequence[YearNow]
    air: AirNow | None
    sources: Sequence[PlaceNow]
    outlets: Sequence[PlaceNow]


@dataclass(frozen=True)
class Waiting:
    """What waits for people."""

    marks: int  # that nobody has approved yet
    first_deadline: int | None  # of these, ms UTC
    letters: int  # that were not taken later
    filings_overdue: int
    not_ready: Sequence[str]  # names of the checks of health that are needed and not well


@dataclass(frozen=True)
class Overview:
    """All that the first page shows of values, verdicts and work."""

    now: int
    cities: Sequence[CityNow]
    waiting: Waiting


def overview(site: Site, sees: Callable[[str | None], bool], outcomes: Sequence[Outcome]) -> Overview:
    """Return what stands now.

    Args:
        site: open for reading.
        sees: whether whoever looks may see a city.
        outcomes: of the checks of health.
    """
    now = site.clock.now()
    cities = [city for city in site.network.cities if sees(city.id)]
    if (site.data / NAME).is_file():
        with site.ledger.transaction():
            latest = _by_station(site.ledger.provisional())
            found = [_city(site, city, latest, now) for city in cities]
    else:
        found = [CityNow(city.id, city.name, city.synthetic, (), None, (), ()) for city in cities]
    return Overview(now, found, _waiting(site, sees, outcomes))


def _by_station(rows: Sequence[Provisional]) -> dict[str, list[Provisional]]:
    found: dict[str, list[Provisional]] = {}
    for row in rows:
        found.setdefault(row.station, []).append(row)
    return found


def _city(site: Site, city: City, latest: Mapping[str, Sequence[Provisional]], now: int) -> CityNow:
    network, ledger = site.network, site.ledger
    return CityNow(
        city=city.id,
        name=city.name,
        synthetic=city.synthetic,
        years=[*_air_year(ledger, city, now), *_rates(ledger, city, now)],
        air=_air(ledger, city, network.stations_of(city.id), latest, now),
        sources=list(_places(ledger, network.stations_of(city.id, "water"), _MONTH)),
        outlets=list(_places(ledger, network.stations_of(city.id, "wastewater"), _DAY)),
    )


# the year against its targets


def _latest_year(ledger: Ledger, scope: str, now: int) -> str | None:
    """Return the year that is running when something of it was judged, else the last of which something was."""
    years = [year for year in ledger.periods(scope, _YEAR) if int(year) <= day_of(now).year]
    return years[-1] if years else None


def days_left(year: int, now: int) -> int:
    """Return the days of a year that are not over, today among them."""
    return max(0, (dt.date(year, 12, 31) - max(day_of(now), dt.date(year, 1, 1))).days + 1)


def law_of_year(city: City, year: int) -> str | None:
    """Return the limit table that a city's year is judged by: that of its last day, else of its first."""
    adoption = city.law_adoption
    return dispatch_air(dt.date(year, 12, 31), adoption) or dispatch_air(dt.date(year, 1, 1), adoption)


def air_year(row: Mapping[str, Any], key: str, now: int) -> YearNow:
    """Return a year of air against its target, as it stands."""
    year, left = int(row["year"]), days_left(int(row["year"]), now)
    good, exceeding = row["good_days"], row["exceeding_days"]
    return YearNow(
        kind="air", year=year, key=key, running=left > 0, rate=row["rate_valid"], lower=row["rate_lower"],
        upper=row["rate_upper"], target=row["target"], verdict=row["rate_verdict"], certain=row["certain"],
        days_left=left, good=good, exceeding=exceeding, valid=row["valid_days"],
        missing=max(0, row["missing_days"] - left),
        allowed=headroom(good, exceeding, left, parse_target(row["target"])).allowed,
    )  # fmt: skip


def _air_year(ledger: Ledger, city: City, now: int) -> Iterator[YearNow]:
    scope = Scope("air", city.id).text
    year = _latest_year(ledger, scope, now)
    if year is not None:
        law = law_of_year(city, int(year))
        for found in ledger.results([scope], year, year):
            if found.standard == law:
                yield air_year(found.result, f"{scope}/{year}", now)


def _rates(ledger: Ledger, city: City, now: int) -> Iterator[YearNow]:
    for scope in (Scope("water", city.id).text, Scope("wastewater", city.id).text):
        for found in _last_known(ledger, scope, now):
            row, left = found.result, days_left(int(found.period), now)
            yield YearNow(
                kind=_RATES[found.standard], year=int(found.period), key=f"{scope}/{found.period}@{found.standard}",
                running=left > 0, rate=row["rate_volume"], lower=row["rate_lower"], upper=row["rate_upper"],
                target=row["target"], verdict=row["verdict"], certain=row["certain"], days_left=left,
            )  # fmt: skip


def _last_known(ledger: Ledger, scope: str, now: int) -> Sequence[Result]:
    """Return the rates of the latest year; of a year that is over without any, those of the one before."""
    latest = _latest_year(ledger, scope, now)
    if latest is None:
        return []
    found = ledger.results([scope], latest, latest)
    if days_left(int(latest), now) or any(one.result["rate_volume"] is not None for one in found):
        return found
    before = str(int(latest) - 1)
    return ledger.results([scope], before, before) or found


# the latest values


def _air(
    ledger: Ledger, city: City, stations: Sequence[Station], latest: Mapping[str, Sequence[Provisional]], now: int
) -> AirNow | None:
    if not stations:
        return None
    standing = [one for one in stations if one.serves(day_of(now))]
    newest = max((row.end for one in standing for row in latest.get(one.id, ())), default=0)
    if newest >= now - _NOW_MS:
        return AirNow(TABLE_ORDER, None, [_present(one, latest.get(one.id, ())) for one in standing])
    scope = Scope("air", city.id).text
    days = ledger.periods(scope, _DAY)
    return _judged_day(ledger, city, stations, days[-1]) if days else AirNow(TABLE_ORDER, None, ())


def _present(station: Station, rows: Sequence[Provisional]) -> StationNow:
    values: dict[str, dict[str, Value]] = {}
    for row in rows:
        found = Value(row.value, parameters()[row.parameter].unit, row.valid, row.end)
        values.setdefault(row.statistic, {})[row.parameter] = found
    return StationNow(station.id, station.name, max((row.end for row in rows), default=0), values)


def _judged_day(ledger: Ledger, city: City, stations: Sequence[Station], day: str) -> AirNow:
    period = parse_period(day)
    law = dispatch_air(period.first, city.law_adoption)
    scope = Scope("air", city.id).text
    scopes = {Scope("air", city.id, one.id).text: one for one in stations}
    found = {one.scope: one for one in ledger.results([scope, *scopes], day, day) if one.standard in {law, "none"}}
    own = [_of_day(found[name], one.id, one.name, period.end) for name, one in scopes.items() if name in found]
    whole = _of_day(found[scope], "", city.name, period.end) if scope in found else None
    return AirNow(TABLE_ORDER, day, own, whole)


def _of_day(found: Result, station: str, name: Name, end: int) -> StationNow:
    row = found.result
    values = {
        item: Value(value, parameters()[item].unit, value is not None, end) for item, value in row["values"].items()
    }
    return StationNow(
        station, name, end, {"day": values}, row["aqi"], row["level"], row["verdict"], f"{found.scope}/{found.period}"
    )


def _places(ledger: Ledger, stations: Sequence[Station], length: int) -> Iterator[PlaceNow]:
    """Yield the latest verdicts of sources and sections, by month, or of outlets, by day."""
    for station in stations:
        if station.purpose == "catchment":
            continue
        scope = Scope(station.medium, station.city, station.id).text
        periods = ledger.periods(scope, length)
        for found in ledger.results([scope], periods[-1], periods[-1]) if periods else ():
            row = found.result
            yield PlaceNow(
                station.id, station.name, found.period, row["verdict"], row["reason"], f"{scope}/{found.period}",
                row.get("class"), row.get("target_class"),
            )  # fmt: skip


# what waits


def _waiting(site: Site, sees: Callable[[str | None], bool], outcomes: Sequence[Outcome]) -> Waiting:
    everywhere = all(map(sees, site.network.city_by_id))

    def seen(station: str) -> bool:
        city = city_of(site, station)
        return everywhere if city is None else sees(city)  # it may be of any city

    marks = site.ledger.marks.list() if (site.data / NAME).is_file() else []
    waiting = [mark for mark in marks if mark.status == "open" and seen(mark.station)]
    letters = site.store.dead_letter_counts() if (site.data / JOURNAL).is_file() else []
    owed = site.indicators.standing(FILINGS) if (site.data / INDICATORS).is_file() else []
    return Waiting(
        marks=len(waiting),
        first_deadline=min((mark.deadline for mark in waiting), default=None),
        letters=sum(one.count - one.mended for one in letters if seen(one.station)),
        filings_overdue=sum(one.result["state"] == "overdue" for one in owed) if everywhere else 0,
        not_ready=[one.check for one in outcomes if one.needed and not one.ok],
    )
