"""What is asked for in addresses: places, days, standards, each bounded; and whose cities somebody may see."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Query

from aggregator.standing import StandingPipeline
from console.access.roles import Principal
from console.errors import MissingError
from console.instants import YEARS
from console.service import Service
from console.site import Site
from qualicity.errors import InputError, UsageError
from qualicity.network import Network
from qualicity.network import Station as Place
from qualicity.periods import parse_period
from qualicity.store.ledger import NAME

MOST_DAYS = 3660
"""Of what stands in the ledger, in one question."""
MOST_COMPUTED = 366
"""Days of what is computed when it is asked for: under a standard that was named, or of hours."""
MOST_HOURLY = 31
"""Days whose hours are computed."""

_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
NAME_FORM = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

City = Annotated[str | None, Query(max_length=64, description="Id of one city; default: all that you may see.")]
Station = Annotated[str | None, Query(max_length=64, description="Id of one station; default: all.")]
First = Annotated[str, Query(alias="from", pattern=_DAY, description="First civil day.", examples=["2016-01-01"])]
Last = Annotated[str, Query(alias="to", pattern=_DAY, description="Last civil day.", examples=["2016-01-31"])]
Standard = Annotated[str, Query(pattern=NAME_FORM, description="Id of a table (then computed), or auto: as in force.")]
AsIf = Annotated[str, Query(pattern=NAME_FORM, description="Id of the table to judge by.", examples=["GB3095-2026"])]
Target = Annotated[
    str | None,
    Query(max_length=16, description="Share that must comply, such as >98 or >=95; default: the city's own."),
]
Year = Annotated[int, Query(ge=YEARS.start, le=YEARS.stop - 1, description="Calendar year.")]


def days(first: str, last: str, most: int = MOST_DAYS) -> tuple[dt.date, dt.date]:
    """Return the civil days that are asked for.

    Args:
        first: day.
        last: day, inclusive.
        most: days that one question may span.

    Raises:
        UsageError: one is no day, they are in the wrong order, or too far apart.
    """
    begin, end = parse_period(first).first, parse_period(last).first
    if end < begin:
        raise UsageError(f"{last} is before {first}", "exchange from and to")
    if begin.year not in YEARS or end.year not in YEARS:
        raise UsageError(
            f"{first} to {last} are no days that can be judged", f"give days of {YEARS.start} to {YEARS.stop - 1}"
        )
    if (end - begin).days >= most:
        raise UsageError(
            f"{first} to {last} are {(end - begin).days + 1:,} days, {most:,} may be asked for here at once",
            "ask for shorter spans, or for years",
        )
    return begin, end


def network_of(site: Site, who: Principal, city: str | None = None, station: str | None = None) -> Network:
    """Return the part of the network that somebody may see.

    Raises:
        ForbiddenError: what is named is of a city that is not among it.
    """
    who.require("see", city)
    known = None if station is None else site.network.station_by_id.get(station)
    if known is not None:
        who.require("see", known.city)
    if not who.cities:
        return site.network
    return Network(
        tuple(one for one in site.network.cities if who.sees(one.id)),
        tuple(one for one in site.network.stations if who.sees(one.city)),
    )


def one_station(site: Site, who: Principal, name: str) -> Place:
    """Return a station that somebody may see.

    Raises:
        MissingError: there is none.
        ForbiddenError: it is of a city out of scope.
    """
    found = site.network.station_by_id.get(name)
    if found is None:
        raise MissingError(f"no station {name!r}", "see /api/v1/stations")
    who.require("see", found.city)
    return found


@contextmanager
def judged(
    at: Service, who: Principal, city: str | None = None, station: str | None = None
) -> Iterator[StandingPipeline]:
    """Open what stands in the ledger for one answer, in one snapshot; nothing is judged or written.

    Raises:
        MissingError: nothing has been judged.
        ForbiddenError: a city that is named is not within scope.
        UsageError: a standard does not fit the stations that it is to judge.
    """
    if not (at.data / NAME).is_file():
        raise MissingError("nothing has been judged yet", "the service judges days when they are due")
    with at.reader() as site:
        network = network_of(site, who, city, station)
        with site.ledger.transaction():
            try:
                yield StandingPipeline(site.store, site.ledger, network, site.clock)
            except InputError as error:  # a table that has no row for an outlet of another kind
                raise UsageError(error.cause, error.mend) from error
