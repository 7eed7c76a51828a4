"""What the pages of the air are asked for: a city or one of its stations, and a year."""

from __future__ import annotations

from dataclasses import dataclass

from console.errors import MissingError
from console.instants import YEARS
from console.site import Site
from console.web.air.standing import scope_of
from console.web.frame import Seen
from qualicity.errors import UsageError
from qualicity.network import City, Station
from qualicity.periods import PERIOD_LENGTHS


@dataclass(frozen=True)
class Place:
    """A city or a station that is looked at."""

    city: City
    station: Station | None
    scope: str
    name: str


def place_of(site: Site, seen: Seen, city: str, station: str | None) -> Place:
    """Return what is looked at.

    Raises:
        ForbiddenError: the city is out of scope.
        MissingError: there is no such city or station of air.
    """
    seen.who.require("see", city)
    known = site.network.city_by_id.get(city)
    if known is None or not site.network.stations_of(city):
        raise MissingError(f"no city {city[:64]!r} measures air", "see the list of cities")
    words = seen.words()
    name = words.name(known.name, known.id)
    if station is None:
        return Place(known, None, scope_of(known, None), name)
    own = next((one for one in site.network.stations_of(city) if one.id == station), None)
    if own is None:
        raise MissingError(f"no station {station[:64]!r} of air in {known.id}", "see the city's page")
    return Place(known, own, scope_of(known, own), f"{name} {words.name(own.name, own.id)}")


def year_asked(text: str) -> int:
    """Return the year that is asked for.

    Raises:
        UsageError: it is none.
    """
    if not (len(text) == PERIOD_LENGTHS["year"] and text.isascii() and text.isdigit()) or int(text) not in YEARS:
        raise UsageError(f"{text!r} is not a year", "write it as 2016")
    return int(text)
