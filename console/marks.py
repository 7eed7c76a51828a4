"""Marks as they are now, and as somebody may see them: of the stations of their cities."""

from __future__ import annotations

from dataclasses import replace

from console.access.roles import Principal
from console.errors import MissingError
from console.scope import chosen_cities, city_of
from console.site import Site
from qualicity.model import Mark


def marks_of(site: Site, who: Principal, city: str = "", station: str = "") -> list[Mark]:
    """Return marks as they are now, the oldest first.

    A mark of a station that is gone is of no city: it is for whoever is there for all of them.

    Args:
        site: open for reading.
        who: asks.
        city: of this one; empty = of all of the scope.
        station: of this one; empty = of any.

    Raises:
        ForbiddenError: the city is out of scope.
    """
    cities: set[str | None] = {*chosen_cities(site, who, city)}
    if not city and not who.cities:
        cities.add(None)
    return [one for one in marks(site) if station in {"", one.station} and city_of(site, one.station) in cities]


def mark_of(site: Site, who: Principal, name: str) -> Mark:
    """Return a mark that somebody may see.

    Raises:
        MissingError: there is none, or its station is gone and who asks is there for some cities only.
        ForbiddenError: its city is out of scope.
    """
    mark = found(site, name)
    city = city_of(site, mark.station)
    if city is None and who.cities:
        raise MissingError(f"there is no mark {name!r}", "see the list of marks")
    who.require("see", city)
    return mark


def found(site: Site, name: str) -> Mark:
    """Return a mark as it is now.

    Raises:
        MissingError: there is none of that id.
    """
    for mark in marks(site):
        if mark.id == name:
            return mark
    raise MissingError(f"there is no mark {name[:40]!r}", "see the list of marks")


def marks(site: Site) -> list[Mark]:
    """Return all marks as they are now, oldest first."""
    now = site.clock.now()
    return [_seen(mark, now) for mark in site.ledger.marks.list()]


def _seen(mark: Mark, now: int) -> Mark:
    """Return a mark as it is at an instant: past its deadline it has lapsed, whoever writes that down later."""
    return replace(mark, status="lapsed") if mark.status == "open" and mark.deadline <= now else mark
