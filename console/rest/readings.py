"""Readings as they were received, every revision of them, and what is in conflict among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, repeat
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from console.access.guard import Who
from console.conflicts import conflicts
from console.readings import Readings, readings
from console.rest.answers import Shape, Shaped, listed
from console.rest.asked import City, First, Last, Station, days, network_of, one_station
from console.rest.description import described
from console.rest.models import readings as models
from console.service import At
from qualicity.errors import UsageError
from qualicity.periods import DAY_MS, day_start

MOST_DAYS = 366
MOST_CONFLICT_DAYS = 92
MOST_IN_A_FILE = 300_000
"""Readings; a row of them takes about a thousand bytes while it is written."""

router = APIRouter(prefix="/api/v1", tags=["network"])

OneStation = Annotated[str, Query(max_length=64, description="Id of the station.")]
Parameter = Annotated[str | None, Query(max_length=64, description="Id of one parameter; default: all.")]
Poc = Annotated[int | None, Query(ge=0, le=2**31 - 1, description="Which of several instruments; default: all.")]


@router.get("/readings", response_model=None, responses=described(models.Reading))
def all_readings(
    *,
    request: Request,
    at: At,
    who: Who,
    station: OneStation,
    first: First,
    last: Last,
    parameter: Parameter = None,
    poc: Poc = None,
    shape: Shaped,
) -> Response:
    """A station's readings of at most a year, by time: as received, every revision, with all that is known of each.

    `counts` tells the revision that stands for its cell; `flags` are those of a reading by itself.
    """
    begin, end = days(first, last, MOST_DAYS)
    with at.reader() as site:
        place = one_station(site, who, station)
        found = readings(site, [place], day_start(begin), day_start(end) + DAY_MS, parameter=parameter, poc=poc)
        rows = _rows(found[0], shape) if found else ()
        return listed(request, rows, shape, name=f"readings-{place.id}")


@router.get("/conflicts", response_model=None, responses=described(models.Conflict))
def all_conflicts(
    *,
    request: Request,
    at: At,
    who: Who,
    first: First,
    last: Last,
    city: City = None,
    station: Station = None,
    shape: Shaped,
) -> Response:
    """Cells with several values of equal grade and revision, of at most three months, the latest first.

    The order of arrival decides nothing: a valid reading counts before one that is not, then the greater value.
    """
    begin, end = days(first, last, MOST_CONFLICT_DAYS)
    with at.reader() as site:
        network = network_of(site, who, city, station)
        if station is not None:
            one_station(site, who, station)
        places = [one for one in network.stations if city in {None, one.city} and station in {None, one.id}]
        found = conflicts(site, places, day_start(begin), day_start(end) + DAY_MS)
        rows = (one.row() for one in found)
        return listed(request, rows, shape, name="conflicts")


def _rows(found: Readings, shape: Shape) -> Iterator[Mapping[str, Any]]:
    """Yield the rows as `listed` counts them; of a page, those before it are not made."""
    total = len(found.rows)
    if shape.form == "json":
        skipped = min(shape.offset, total)
        return chain(repeat({}, skipped), found.nodes(slice(skipped, skipped + shape.limit + 1)))
    if total > MOST_IN_A_FILE:
        raise UsageError(
            f"the file would have {total:,} rows, it may have {MOST_IN_A_FILE:,}", "ask for a shorter span"
        )
    return found.nodes()
