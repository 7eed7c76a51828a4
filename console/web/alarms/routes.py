"""The pages of alarms: what stands, one alarm, an incident with its delivery report, the hand-over; and the buttons."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Path, Query
from fastapi.responses import Response

from alerting.keys import parse_alarm_id
from alerting.requests import Answer, check_target, engine_runs
from alerting.store import NAME
from console.access.guard import Duty
from console.access.roles import Principal
from console.acts import alarms as acts
from console.alarms.desk import reading
from console.alarms.handover import NOTES_DAYS, handover
from console.alarms.log import about_incident, changes
from console.alarms.scope import incident_number, require
from console.errors import ConflictError
from console.service import At
from console.site import Site
from console.web.alarms.doing import doing_alarm, doing_incident, duties, said_lines, shelved_lines
from console.web.alarms.views import viewer
from console.web.choices import options
from console.web.frame import Look, Seen, done, page
from qualicity.periods import HOUR_MS

router = APIRouter(include_in_schema=False)

Number = Annotated[int, Path(ge=0, le=10**12)]
"""Of an incident; greater ones fit into no row."""

Target = Annotated[str, Form(max_length=300)]
Text = Annotated[str, Form(max_length=20_000)]
Severity = Literal["", "P1", "P2", "P3", "P4"]

_WORDS = "alarms"
_COURSE = 100
"""Latest events of an alarm that its page lists."""


@router.get("/alarms", response_model=None)
def alarms(at: At, seen: Look, city: Annotated[str, Query(max_length=60)] = "", severity: Severity = "") -> Response:
    """Answer the page of what stands."""
    with at.reader() as site:
        now = site.clock.now()
        if city:
            seen.who.require("see", city)
        if not (site.data / NAME).is_file():
            return page("alarms/none.html", seen, words=_WORDS)
        with reading(site) as desk:
            view = viewer(desk, seen, now)
            own = [one for one in site.network.cities if seen.who.sees(one.id)]
            return page(
                "alarms/alarms.html", seen, words=_WORDS,
                sections=view.sections(desk.store, city=city, severity=severity),
                latest=view.latest(desk.store, city), runs=engine_runs(site.data, now), now=view.words.time(now, now),
                cities=options([(one.id, view.words.name(one.name, one.id)) for one in own], city), severity=severity,
            )  # fmt: skip


@router.get("/alarms/alarm", response_model=None)
def alarm(at: At, seen: Look, name: Annotated[str, Query(max_length=300)]) -> Response:
    """Answer the page of one alarm."""
    with at.reader() as site, reading(site) as desk:
        known = parse_alarm_id(name)
        require(seen.who, "see", desk, str(known))
        view = viewer(desk, seen, site.clock.now())
        course = desk.store.alarms.history(known, limit=_COURSE)
        return page(
            "alarms/alarm.html", seen, words=_WORDS, page=view.alarm(desk.store, known),
            doing=doing_alarm(desk, view, known), course=[view.happened(one) for one in course],
            log=said_lines(changes(site, {str(known)}), view), runs=engine_runs(site.data, view.now),
        )  # fmt: skip


@router.get("/alarms/incidents/{number}", response_model=None)
def incident(number: Number, at: At, seen: Look) -> Response:
    """Answer the page of an incident."""
    with at.reader() as site, reading(site) as desk:
        require(seen.who, "see", desk, f"incident:{number}")
        view, found = viewer(desk, seen, site.clock.now()), desk.incident(number)
        log = changes(site, about_incident(found), found.opened - HOUR_MS)
        return page(
            "alarms/incident.html", seen, words=_WORDS, page=view.incident(desk.store, found),
            doing=doing_incident(desk, view, found), log=said_lines(log, view), runs=engine_runs(site.data, view.now),
        )  # fmt: skip


@router.get("/alarms/handover", response_model=None)
def shift(at: At, seen: Look) -> Response:
    """Answer the page for whoever is on duty next."""
    with at.reader() as site, reading(site) as desk:
        view = viewer(desk, seen, site.clock.now())
        found = handover(desk, seen.who, view.now)
        return page(
            "alarms/handover.html", seen, words=_WORDS, duties=duties(found, view), wrong=found.oncall,
            incidents=[view.heading(one) for one in found.incidents], shelved=shelved_lines(found, view),
            notes=said_lines(found.notes, view), days=NOTES_DAYS, runs=engine_runs(site.data, view.now),
            writes=seen.who.may("acknowledge"), longest=acts.LONGEST_NOTE,
        )  # fmt: skip


@router.post("/alarms/acknowledge", response_model=None)
def acknowledge(at: At, seen: Look, who: Duty, target: Target) -> Response:
    """Take an alarm or an incident on."""
    with at.writer() as site:
        own = _allowed(site, who, target)
        return _after(seen, own, acts.acknowledge(site, who.actor("page"), own), "acknowledged")


@router.post("/alarms/shelve", response_model=None)
def shelve(
    at: At,
    seen: Look,
    who: Duty,
    *,
    target: Target,
    length: Annotated[str, Form(alias="for", max_length=40)],
    why: Text,
    once: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    """Hear nothing of an alarm, or of those of an incident, for a while."""
    with at.writer() as site:
        own = _allowed(site, who, target)
        answer = acts.shelve(site, who.actor("page"), own, length, why, once=bool(once))
        return _after(seen, own, answer, "shelved")


@router.post("/alarms/unshelve", response_model=None)
def unshelve(at: At, seen: Look, who: Duty, target: Target) -> Response:
    """Hear of a shelved alarm again."""
    with at.writer() as site:
        own = _allowed(site, who, target)
        return _after(seen, own, acts.unshelve(site, who.actor("page"), own), "unshelved")


@router.post("/alarms/notes", response_model=None)
def note(at: At, seen: Look, who: Duty, target: Target, text: Text) -> Response:
    """Leave word of an alarm or an incident, or for whoever is on duty next."""
    with at.writer() as site:
        if target == acts.SHIFT:
            acts.note(site, who.actor("page"), target, text)
            return done(seen, "alarms/handover", said="noted")
        own = _allowed(site, who, target)
        acts.note(site, who.actor("page"), own, text)
        return _to(seen, own, "noted")


def _allowed(site: Site, who: Principal, target: str) -> str:
    """Return a target that somebody may do something about."""
    own = check_target(target)
    with reading(site) as desk:
        require(who, "acknowledge", desk, own)
    return own


def _after(seen: Seen, target: str, answer: Answer, said: str) -> Response:
    """Return the way on after something was asked of the engine.

    Raises:
        ConflictError: the engine refused.
    """
    if answer.outcome:
        raise ConflictError(answer.outcome, "see all alarms")
    return _to(seen, target, said if answer.done else "waiting" if answer.running else "silent")


def _to(seen: Seen, target: str, said: str) -> Response:
    if (number := incident_number(target)) is not None:
        return done(seen, f"alarms/incidents/{number}", said=said)
    return done(seen, "alarms/alarm", said=said, name=target)
