"""Alarms and incidents, what people do about them, and the hand-over: the rows of `qualicity alerts --json`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, model_validator

from alerting.keys import AlarmId, parse_alarm_id
from alerting.requests import Answer, check_target, engine_runs
from console.access.guard import Duty, Who
from console.access.roles import Principal
from console.acts import alarms as acts
from console.alarms.desk import reading
from console.alarms.handover import handover, handover_row
from console.alarms.log import entry_rows, whole_incident
from console.alarms.rows import alarm_rows, history_rows, incident_head, text
from console.alarms.scope import city_of, require, sees
from console.errors import ConflictError
from console.instants import instant
from console.rest.answers import Row, Shaped, listed, one
from console.rest.description import changed, described
from console.rest.models import alarms as models
from console.service import At
from console.site import Site
from qualicity.store.audit import Entry

router = APIRouter(prefix="/api/v1", tags=["alarms"])

_HISTORY = 100_000
"""Events that are looked through."""

Number = Annotated[int, Path(ge=0, le=10**12, description="Of the incident.")]
City = Annotated[str, Query(max_length=60, description="Only of this city.")]
Severity = Annotated[Literal["", "P1", "P2", "P3", "P4"], Query(description="Only of this severity.")]


class _Body(BaseModel, extra="forbid"):
    @model_validator(mode="before")
    @classmethod
    def _nobody_is_named(cls, given: Any) -> Any:
        if isinstance(given, dict) and "who" in given:
            raise ValueError("who is no field: the name is that of the key, or of whoever is signed in; leave it out")
        return given


class Target(_Body):
    """An alarm, RULE@KEY, or `incident:N`."""

    target: str = Field(max_length=300)


class Shelving(Target):
    """An alarm or an incident, and for how long and why nobody wants to hear of it."""

    length: str = Field(alias="for", max_length=40, description='Such as "2 h"; rules limit it.')
    why: str = Field(min_length=1, max_length=acts.LONGEST_REASON)
    once: bool = Field(default=False, description="Only until the alarm is over.")


class Note(_Body):
    """What others must know."""

    text: str = Field(min_length=1, max_length=acts.LONGEST_NOTE)


@router.get("/alarms", response_model=None, responses=described(models.Alarms, pages=False))
def alarms(request: Request, at: At, who: Who, city: City = "", severity: Severity = "") -> Response:
    """List what stands, as `alerts list --json`, and say whether the engine runs."""
    with at.reader() as site, reading(site) as desk:
        if city:
            who.require("see", city)
        now = site.clock.now()
        rows = [
            row
            for row in alarm_rows(desk.store, desk.ruleset)
            if _in_scope(who, row, city) and severity in {"", row["severity"]}
        ]
        return one(request, {"as_of": text(now), "engine_runs": engine_runs(site.data, now), "alarms": rows})


@router.get("/alarms/history", response_model=None, responses=described(dict[str, Any]))
def history(
    request: Request,
    at: At,
    who: Who,
    *,
    alarm: Annotated[str, Query(max_length=300, description="RULE@KEY.")] = "",
    since: Annotated[str, Query(max_length=40, description="Such as 2026-03-05T08:00+08:00.")] = "",
    shape: Shaped,
) -> Response:
    """List what happened to alarms, newest first."""
    name, first = parse_alarm_id(alarm) if alarm else None, instant(since) if since else 0
    with at.reader() as site, reading(site) as desk:
        if name is not None:
            who.require("see", city_of(name))
        most = _HISTORY if who.cities else shape.most(_HISTORY)
        rows = history_rows(desk.store, desk.ruleset, name, first, most)
        own = (row for row in rows if _in_scope(who, row))
        return listed(request, own, shape, name="alarms-history")


@router.get("/incidents", response_model=None, responses=described(dict[str, Any]))
def incidents(request: Request, at: At, who: Who, shape: Shaped) -> Response:
    """List incidents, the latest first."""
    with at.reader() as site, reading(site) as desk:
        most = _HISTORY if who.cities else shape.most(_HISTORY)
        own = (found for found in desk.store.incidents.latest(most) if sees(who, found))
        return listed(request, map(incident_head, own), shape, name="incidents")


@router.get("/incidents/{number}", response_model=None, responses=described(dict[str, Any], pages=False))
def incident(request: Request, number: Number, at: At, who: Who) -> Response:
    """Return an incident with its timeline, its delivery report, and what people did and wrote."""
    with at.reader() as site, reading(site) as desk:
        require(who, "see", desk, f"incident:{number}")
        return one(request, whole_incident(desk, number))


@router.post("/alarms/acknowledge", response_model=None, responses=changed(models.Asked, 200, 202))
def acknowledge(request: Request, body: Target, at: At, who: Duty) -> Response:
    """Take an alarm or an incident on: no more escalation; the end is still told."""
    with at.writer() as site:
        target = _allowed(site, who, body.target)
        return _asked(request, acts.acknowledge(site, who.actor("api"), target))


@router.post("/alarms/shelve", response_model=None, responses=changed(models.Asked, 200, 202))
def shelve(request: Request, body: Shelving, at: At, who: Duty) -> Response:
    """Hear nothing of an alarm for a while, no longer than its rule allows. It comes back by itself."""
    with at.writer() as site:
        target = _allowed(site, who, body.target)
        return _asked(request, acts.shelve(site, who.actor("api"), target, body.length, body.why, once=body.once))


@router.post("/alarms/unshelve", response_model=None, responses=changed(models.Asked, 200, 202))
def unshelve(request: Request, body: Target, at: At, who: Duty) -> Response:
    """Hear of a shelved alarm again."""
    with at.writer() as site:
        target = _allowed(site, who, body.target)
        return _asked(request, acts.unshelve(site, who.actor("api"), target))


@router.post("/incidents/{number}/notes", response_model=None, status_code=201, responses=changed(models.Noted, 201))
def note(request: Request, number: Number, body: Note, at: At, who: Duty) -> Response:
    """Leave word of an incident."""
    with at.writer() as site:
        target = _allowed(site, who, f"incident:{number}")
        return _noted(request, acts.note(site, who.actor("api"), target, body.text))


@router.get("/handover", response_model=None, responses=described(dict[str, Any], pages=False))
def shift(request: Request, at: At, who: Who) -> Response:
    """Return what whoever is on duty next must know."""
    with at.reader() as site, reading(site) as desk:
        now = site.clock.now()
        return one(request, handover_row(desk, handover(desk, who, now), now))


@router.post("/handover/notes", response_model=None, status_code=201, responses=changed(models.Noted, 201))
def handover_note(request: Request, body: Note, at: At, who: Duty) -> Response:
    """Leave word for whoever is on duty next."""
    with at.writer() as site:
        return _noted(request, acts.note(site, who.actor("api"), acts.SHIFT, body.text))


def _in_scope(who: Principal, row: Row, city: str = "") -> bool:
    own = city_of(AlarmId(row["rule"], row["key"]))
    return who.sees(own) and city in {"", own}


def _allowed(site: Site, who: Principal, target: str) -> str:
    """Return a target that somebody may do something about."""
    own = check_target(target)
    with reading(site) as desk:
        require(who, "acknowledge", desk, own)
    return own


def _asked(request: Request, answer: Answer) -> Response:
    if answer.outcome:
        raise ConflictError(answer.outcome, "see GET /api/v1/alarms")
    said = "done" if answer.done else "waiting"
    row = {"request": answer.number, "outcome": said, "why": "", "engine_runs": answer.running}
    return one(request, row, 200 if answer.done else 202)


def _noted(request: Request, entry: Entry) -> Response:
    (row,) = entry_rows([entry])
    return one(request, row, 201)
