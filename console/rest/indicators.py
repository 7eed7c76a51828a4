"""The register of indicators and how far each target is reached: `qualicity targets`."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response

from console.access.guard import Who
from console.errors import MissingError
from console.evidence.scope import require_indicators
from console.instants import YEARS
from console.rest.answers import Shaped, listed
from console.rest.asked import City, Year
from console.rest.description import described
from console.rest.explained import Every, told
from console.rest.models import indicators as models
from console.rest.models.explained import Tree
from console.service import At
from console.verdicts import verdict_city
from qualicity.store.ledger import INDICATORS
from targets.indicator import Area
from targets.keys import TargetKey

router = APIRouter(prefix="/api/v1/targets", tags=["indicators"])

InArea = Annotated[Area | None, Query(description="Indicators of one area; default: all.")]
Id = Annotated[
    str,
    Path(pattern=r"^[a-z0-9_]{1,40}\.[a-z0-9_]{1,60}$", description="Of an indicator.", examples=["prd.market_pass"]),
]
OfYear = Annotated[int, Path(ge=YEARS.start, le=YEARS.stop - 1, description="Calendar year.")]
Version = Annotated[
    str | None,
    Query(
        alias="target",
        pattern=r"^[A-Za-z0-9_-]{1,40}$",
        description="Version of the target; default: the one in force.",
    ),
]


@router.get("", response_model=None, responses=described(models.Indicator))
def register(
    *,
    request: Request,
    _who: Who,
    area: InArea = None,
    shape: Shaped,
) -> Response:
    """The indicators with their targets, how they are judged, and who answers."""
    from console.rows.register import plain  # noqa: PLC0415 - sixty rows are read
    from targets.register import AREAS  # noqa: PLC0415 - as above
    from targets.register import register as the_register  # noqa: PLC0415 - as above

    found = the_register().areas
    rows = (plain(row) for name in ((area,) if area else AREAS) for row in found[name])
    return listed(request, rows, shape, name="targets")


@router.get("/judged", response_model=None, responses=described(models.Judgement))
def judged(
    *,
    request: Request,
    at: At,
    who: Who,
    year: Year,
    area: InArea = None,
    city: City = None,
    shape: Shaped,
) -> Response:
    """How far each target was reached in a year: what stands in the ledger, by register and version of the target."""
    if not (at.data / INDICATORS).is_file():
        raise MissingError("no indicator has been judged yet", "the service judges them when records are filed")
    with at.reader() as site:
        who.require("see", verdict_city(site, city) or None)
        require_indicators(who, site)
        from console.rows.indicators import standing_rows  # noqa: PLC0415 - sixty rows are read

        rows = (row for row in standing_rows(site, year) if area in {None, row["area"]})
        return listed(request, rows, shape, name=f"targets-{year}")


@router.get("/{name}/{year}", response_model=None, responses=described(Tree, pages=False))
def explained(
    *,
    request: Request,
    at: At,
    who: Who,
    name: Id,
    year: OfYear,
    target: Version = None,
    city: City = None,
    every: Every = False,
) -> Response:
    """Why an indicator has its status in a year, down to the records that were counted."""
    return told(request, at, who, TargetKey(name, year, target).text, city, every=every)
