"""What stands in the ledger of the air of a city or a station: years, days, and the hours of one day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from aggregator.hours import MARGIN, build_hours
from aggregator.pipeline import NO_STANDARD
from console.overview import law_of_year
from console.site import Site
from qualicity.checks import default_rules
from qualicity.network import City, Station
from qualicity.periods import DAY_MS, PERIOD_LENGTHS, day_start
from qualicity.scopes import Scope
from qualicity.standards.dispatch import dispatch_air
from qualicity.standards.load import air_law

Row = Mapping[str, Any]

_DAYS_KEPT = 4000


@lru_cache(maxsize=_DAYS_KEPT)
def _law(day: str, adoption: tuple[tuple[str, dt.date], ...]) -> str:
    return dispatch_air(dt.date.fromisoformat(day), dict(adoption)) or NO_STANDARD


def law_on(city: City, day: str) -> str:
    """Return the limit table of a city's day."""
    return _law(day, tuple(sorted(city.law_adoption.items())))


def years_of(site: Site, scope: str) -> list[int]:
    """Return the years of which something was judged, oldest first."""
    return [int(year) for year in site.ledger.periods(scope, PERIOD_LENGTHS["year"])]


def days_of(site: Site, city: City, scope: str, first: str, last: str) -> list[Row]:
    """Return the days that stand, each under the law in force on it, in order."""
    found = site.ledger.results([scope], first, last)
    return [one.result for one in found if one.standard == law_on(city, one.period)]


def year_of(site: Site, city: City, scope: str, year: int) -> Row | None:
    """Return the year that stands under the law that judges it; None = there is none."""
    return next(iter(years_by_scope(site, city, [scope], year).values()), None)


def years_by_scope(site: Site, city: City, scopes: Sequence[str], year: int) -> dict[str, Row]:
    """Return the year of each scope of a city."""
    law = law_of_year(city, year)
    return {
        one.scope: one.result
        for one in site.ledger.results(scopes, f"{year:04d}", f"{year:04d}")
        if one.standard == law
    }


def hours_of(site: Site, city: City, station: Station, day: dt.date) -> dict[str, list[float | None]] | None:
    """Return a station's hourly values of a day by item, as they count; None = its readings were removed.

    The readings of that day alone are read, with a margin on both sides.
    """
    start = day_start(day) - MARGIN * DAY_MS
    standard = dispatch_air(day, city.law_adoption)
    if start < site.store.gone_before():
        return None
    if standard is None:
        return {}
    law = air_law(standard)
    end = start + (1 + 2 * MARGIN) * DAY_MS
    rows = site.store.scan(start=start, end=end, stations={station.id}, as_of=site.store.head())
    marks = [mark for mark in site.ledger.marks.list(station=station.id) if mark.counts]
    hours = build_hours(
        rows, [station], law.parameters, day, 1, min_minutes=law.min_minutes, rules=default_rules(), marks=marks
    )
    return {
        item: [None if value != value else value for value in own]  # noqa: PLR0124 - NaN
        for item, own in zip(law.parameters, hours.value[0, :, 0].tolist(), strict=True)
    }


def scope_of(city: City, station: Station | None) -> str:
    """Return the scope of a city, or of one of its stations."""
    return Scope("air", city.id, station.id if station else None).text
