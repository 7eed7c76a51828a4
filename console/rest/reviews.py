"""The review of data over the API: how far people have checked the days of stations, and saying so."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from console.access.guard import Reviewer, Who
from console.acts import reviews as acts
from console.acts.marks import TEXT_LENGTH
from console.rest.answers import Shaped, listed, one
from console.rest.description import changed, described
from console.rest.models import reviews as models
from console.scope import chosen_cities
from console.service import At
from qualicity.scopes import Scope

router = APIRouter(prefix="/api/v1/reviews", tags=["reviews"])

Day = Annotated[str, Field(max_length=10, examples=["2016-03"])]


class Review(BaseModel, extra="forbid"):
    """What is said of a station's days: a month, a day, or from `period` to `last`."""

    scope: Annotated[str, Field(max_length=200, examples=["air/beijing/Dongsi"])]
    act: Literal["reviewed", "final", "reopened"]
    period: Day
    last: Day = ""
    why: Annotated[str, Field(max_length=TEXT_LENGTH)] = ""


@router.get("", response_model=None, responses=described(models.Day), summary="How far days are checked")
def reviews(
    request: Request, at: At, who: Who, shape: Shaped, *,
    period: Annotated[str, Query(max_length=10, description="A month or a day.")],
    city: Annotated[str, Query(max_length=64, description="Id of one city; empty = all.")] = "",
) -> Response:  # fmt: skip
    """Answer the days of stations of which a verdict stands, each with its `verification`."""
    first, last = acts.span_of(period)
    with at.reader() as site:
        cities = set(chosen_cities(site, who, city))
        scopes = [Scope(one.medium, one.city, one.id).text for one in site.network.stations if one.city in cities]
        states = acts.states_of(site, scopes, first, last) if scopes else {}
    rows: list[dict[str, Any]] = [row for scope, days in states.items() for row in acts.rows_of(scope, days)]
    return listed(request, rows, shape, name="reviews")


@router.post("", response_model=None, responses=changed(models.Said), summary="Say how far days are checked")
def say(request: Request, at: At, who: Reviewer, body: Review) -> Response:
    """Say that a station's days are reviewed, final (by a second person) or preliminary again (with a reason)."""
    with at.writer() as site:
        who.require("review", acts.station_scope(site, body.scope).city)
        days = acts.say(site, who.actor("api"), body.act, body.scope, body.period, last=body.last, why=body.why)
    return one(request, {"scope": body.scope, "act": body.act, "days": days})
