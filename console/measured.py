"""Of which years there are readings, or were: asking for any other would judge what nobody knows, and keep that."""

from __future__ import annotations

import datetime as dt

from console.site import Site
from qualicity.network import Medium, Station
from qualicity.periods import day_start
from qualicity.scopes import Scope
from qualicity.store.journal import NAME


def year_ends(year: int) -> tuple[dt.date, dt.date]:
    """Return the first and the last day of a calendar year."""
    return dt.date(year, 1, 1), dt.date(year, 12, 31)


def measured(site: Site, city: str, medium: Medium, year: int) -> bool:
    """Return whether a city's stations of a medium have readings in a year, or had: what was judged of them stands."""
    stations = [one for one in site.network.stations if (one.city, one.medium) == (city, medium)]
    if not stations or not (site.data / NAME).is_file():  # records may be filed before any reading comes
        return False
    first, last = year_ends(year)
    if any(_stood(site, one, first, last) for one in stations):  # far quicker to ask than the log
        return True
    start, end = day_start(first), day_start(last + dt.timedelta(days=1))
    rows = site.store.scan(start=start, end=end, stations={one.id for one in stations})
    return next(rows, None) is not None


def _stood(site: Site, station: Station, first: dt.date, last: dt.date) -> bool:
    scope = Scope(station.medium, station.city, station.id).text
    return bool(site.ledger.current(scope, first.isoformat(), last.isoformat()))
