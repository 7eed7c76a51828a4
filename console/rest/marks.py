"""Marks over the API: listed, made, approved by a second person, revoked."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from console.access.guard import Marker, Who
from console.acts import marks as acts
from console.instants import instant
from console.marks import mark_of, marks_of
from console.rest.answers import Shaped, listed, one
from console.rest.description import changed, described
from console.rest.models import marks as models
from console.scope import city_of
from console.service import At

router = APIRouter(prefix="/api/v1/marks", tags=["marks"])

Name = Annotated[str, Path(max_length=40, description="The mark's id.")]
City = Annotated[str, Query(max_length=64, description="Id of a city; empty = all.")]
StationId = Annotated[str, Query(max_length=120, description="Id of a station; empty = all.")]
Text = Annotated[str, Field(max_length=acts.TEXT_LENGTH)]
Time = Annotated[str, Field(max_length=40, examples=["2016-03-05T08:00+08:00"])]


class NewMark(BaseModel, extra="forbid"):
    """A mark that somebody makes; who that is, the key or the session says."""

    station: Annotated[str, Field(max_length=120)]
    parameter: Annotated[str, Field(max_length=120)] = "*"
    from_: Time = Field(alias="from")
    to: Time
    kind: Literal["fault", "calibration", "maintenance"]
    why: Text
    proof: Text
    deadline: Time | None = None


class Reason(BaseModel, extra="forbid"):
    """Why."""

    why: Text


class Remark(BaseModel, extra="forbid"):
    """A remark, or none."""

    why: Text = ""


@router.get("", response_model=None, responses=described(models.MarkRow), summary="Marks, the oldest first")
def marks(request: Request, at: At, who: Who, shape: Shaped, *, city: City = "", station: StationId = "") -> Response:
    """Answer the marks of stations, as they are now."""
    with at.reader() as site:
        rows = [acts.row(mark) for mark in marks_of(site, who, city, station)]
    return listed(request, rows, shape, name="marks")


@router.post("", response_model=None, status_code=201, responses=changed(models.MarkRow, 201), summary="Make a mark")
def add(request: Request, at: At, who: Marker, body: NewMark) -> Response:
    """Say that readings of a station are not valid; its days are judged anew."""
    deadline = instant(body.deadline) if body.deadline else None
    asked = acts.Asked(
        body.station, body.parameter, instant(body.from_), instant(body.to), body.kind, body.why, body.proof, deadline
    )
    with at.writer() as site:
        who.require("mark", city_of(site, body.station))
        mark = acts.add_mark(site, who.actor("api"), asked)
    return one(request, acts.row(mark), 201)


@router.get("/{name}", response_model=None, responses=described(models.MarkRow, pages=False), summary="One mark")
def get(request: Request, at: At, who: Who, name: Name) -> Response:
    """Answer a mark as it is now."""
    with at.reader() as site:
        return one(request, acts.row(mark_of(site, who, name)))


@router.post(
    "/{name}/approve", response_model=None, responses=changed(models.MarkRow), summary="Approve another one's mark"
)
def approve(request: Request, at: At, who: Marker, name: Name, body: Remark) -> Response:
    """Approve a mark before its deadline; one's own is refused."""
    with at.writer() as site:
        who.require("mark", city_of(site, mark_of(site, who, name).station))
        return one(request, acts.row(acts.approve_mark(site, who.actor("api"), name, body.why)))


@router.post("/{name}/revoke", response_model=None, responses=changed(models.MarkRow), summary="Take a mark back")
def revoke(request: Request, at: At, who: Marker, name: Name, body: Reason) -> Response:
    """Take a mark back; its days are judged anew."""
    with at.writer() as site:
        who.require("mark", city_of(site, mark_of(site, who, name).station))
        return one(request, acts.row(acts.revoke_mark(site, who.actor("api"), name, body.why)))
