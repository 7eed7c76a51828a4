"""Dead letters and conflicts over the API: listed, counted, tried again, dismissed."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field

from console.access.guard import Keeper, Who
from console.acts import letters as acts
from console.acts.marks import TEXT_LENGTH
from console.conflicts import station_of
from console.letters import MOST, check_named, chosen_by
from console.letters import counts as counted
from console.letters import letters as found_letters
from console.rest.answers import Shaped, listed, one
from console.rest.description import changed, described
from console.rest.models import letters as models
from console.rows.letters import count_row, letter_row
from console.scope import city_of
from console.service import At
from qualicity.store.journal import NAME as JOURNAL
from qualicity.store.letter_requests import Request as Asked

router = APIRouter(prefix="/api/v1", tags=["dead letters"])

Number = Annotated[int, Path(ge=1, le=2**62, description="Id of a letter, or of a request.")]
AtStation = Annotated[str, Query(max_length=120, description="Of one station; empty = of all.")]
Reason = Annotated[str, Query(max_length=120, description="For one reason; empty = for any.")]
Dismissed = Annotated[bool, Query(description="Those that were dismissed, in the place of those that wait.")]
Text = Annotated[str, Field(max_length=TEXT_LENGTH)]


class Retry(BaseModel, extra="forbid"):
    """Which letters are to be treated again; null = all, of a reason where one is given."""

    ids: Annotated[list[Annotated[int, Field(ge=1, le=2**62)]], Field(min_length=1, max_length=MOST)] | None = None
    reason: Annotated[str, Field(max_length=120)] = ""


class Why(BaseModel, extra="forbid"):
    """Why."""

    why: Text


class OfConflict(Why):
    """Which conflict, and why."""

    key: Annotated[str, Field(max_length=acts.KEY_LENGTH)]


@router.get("/dead-letters", response_model=None, responses=described(models.Letter), summary="Dead letters")
def letters(
    request: Request, at: At, who: Who, shape: Shaped, *, station: AtStation = "", reason: Reason = "",
    dismissed: Dismissed = False,
) -> Response:  # fmt: skip
    """Answer the letters that wait for somebody, or those that were dismissed; the newest first."""
    with at.reader() as site:
        there = (site.data / JOURNAL).is_file()
        found = found_letters(site, who, station=station, reason=reason, gone=dismissed) if there else ()
        rows = (letter_row(seen.number, seen.letter) for seen in found)
        return listed(request, rows, shape, name="dead-letters")


@router.get("/dead-letters/counts", response_model=None, responses=described(models.Count), summary="Counts")
def counts(request: Request, at: At, who: Who, shape: Shaped) -> Response:
    """Answer how often what went wrong at which station, and how many letters of it wait for somebody."""
    with at.reader() as site:
        found = counted(site, who) if (site.data / JOURNAL).is_file() else []
    rows = [{**count_row(count), "waiting": left} for count, left in found]
    return listed(request, rows, shape, name="dead-letter-counts")


@router.post("/dead-letters/retry", response_model=None, status_code=202, responses=changed(models.Outcome, 202),
             summary="Treat letters again")  # fmt: skip
def retry(request: Request, at: At, who: Keeper, body: Retry) -> Response:
    """Ask the collector to treat letters again; the answer tells what came of it where it is done at once."""
    with at.writer() as site:
        chosen = chosen_by(site, who, body.ids, body.reason)
        number = acts.retry_letters(site, who.actor("api"), chosen)
        return one(request, _outcome(acts.carried_out(site, number, seconds=2.0)), 202)


@router.post("/dead-letters/{number}/dismiss", response_model=None, responses=changed(models.Said),
             summary="Dismiss a letter")  # fmt: skip
def dismiss(request: Request, at: At, who: Keeper, number: Number, body: Why) -> Response:
    """Say that a letter needs nothing more; it stays kept."""
    with at.writer() as site:
        check_named(site, who, [number])
        acts.dismiss_letters(site, who.actor("api"), [number], body.why)
    return one(request, {"dismissed": number})


@router.post("/conflicts/dismiss", response_model=None, responses=changed(models.Said), summary="Dismiss a conflict")
def dismiss_conflict(request: Request, at: At, who: Keeper, body: OfConflict) -> Response:
    """Say that a conflict is understood; its readings stay, and the same one counts."""
    with at.writer() as site:
        who.require("letters", city_of(site, station_of(body.key)))
        acts.dismiss_conflict(site, who.actor("api"), body.key, body.why)
    return one(request, {"dismissed": body.key})


def _outcome(asked: Asked) -> dict[str, Any]:
    got = asked.progress
    return {
        "request": asked.id, "done": asked.done is not None, "tried": got.tried, "taken": got.taken,
        "readings": got.readings, "left": got.tried - got.taken,
        "still": [{"id": one_.id, "reason": one_.reason, "detail": one_.detail} for one_ in got.still],
    }  # fmt: skip
