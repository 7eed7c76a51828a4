"""Cities and stations with their channels, as the network files declare them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from console.access.guard import Who
from console.rest.answers import Shaped, listed, one
from console.rest.asked import City, network_of, one_station
from console.rest.description import described
from console.rest.models import network as models
from console.service import At
from qualicity.network import Medium

router = APIRouter(prefix="/api/v1", tags=["network"])

OneMedium = Annotated[Medium | None, Query(description="Stations of one medium; default: all.")]
Id = Annotated[str, Path(max_length=64, description="Id of a station.")]


@router.get("/cities", response_model=None, responses=described(models.City))
def cities(*, request: Request, at: At, who: Who, shape: Shaped) -> Response:
    """The cities, with their targets and the law that they have adopted."""
    with at.reader() as site:
        rows = map(msgspec.to_builtins, network_of(site, who).cities)
        return listed(request, rows, shape, name="cities")


@router.get("/stations", response_model=None, responses=described(models.Station))
def stations(
    *,
    request: Request,
    at: At,
    who: Who,
    city: City = None,
    medium: OneMedium = None,
    shape: Shaped,
) -> Response:
    """The stations with their channels, in the order of the files."""
    with at.reader() as site:
        network = network_of(site, who, city)
        rows = (
            msgspec.to_builtins(found)
            for found in network.stations
            if city in {None, found.city} and medium in {None, found.medium}
        )
        return listed(request, rows, shape, name="stations")


@router.get("/stations/{name}", response_model=None, responses=described(models.Station, pages=False))
def station(*, request: Request, at: At, who: Who, name: Id) -> Response:
    """A station with its channels."""
    with at.reader() as site:
        return one(request, msgspec.to_builtins(one_station(site, who, name)))
