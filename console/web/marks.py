"""The pages of marks: which readings people say are not valid, who has approved it, and what it does to the days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter, Form, Path, Query
from fastapi.responses import Response

from aggregator.following import marked
from console.access.guard import Marker
from console.acts import marks as acts
from console.marks import mark_of, marks_of
from console.scope import chosen_cities, city_of
from console.service import At
from console.site import Site
from console.web.choices import options
from console.web.frame import Look, done, page
from console.web.words import DASH, Words
from qualicity.errors import UsageError
from qualicity.model import Mark
from qualicity.network import Station
from qualicity.parameters import parameters, symbol
from qualicity.periods import DAY_MS, LAW_ZONE, clock_time, day_of
from qualicity.reading_flags import mark_flags
from qualicity.scopes import Scope
from qualicity.store.ledger import Version
from qualicity.store.marks import KINDS

router = APIRouter(include_in_schema=False)

_GROUPS = (("waiting", ("open",)), ("in_force", ("approved",)), ("over", ("lapsed", "revoked")))
_SIGNS = {"open": "◌", "approved": "✓", "lapsed": "⌛", "revoked": "⊘"}
_SHOWN = 200
"""Marks of a group that the list shows, and days of a mark; the API has all."""

Name = Annotated[str, Path(max_length=40)]
Id = Annotated[str, Query(max_length=120)]
Text = Annotated[str, Query(max_length=600)]
Field = Annotated[str, Form(max_length=600)]


@dataclass(frozen=True)
class MarkView:
    """A mark, as the list and its page say it."""

    id: str
    place: str
    parameter: str
    span: str
    kind: str
    who: str
    why: str
    proof: str
    status: str
    said: str  # its status in words, with its sign
    deadline: str
    left: str  # until the deadline, where it waits
    made: str


@dataclass(frozen=True)
class DayView:
    """A day, or a longer period, that a mark touches."""

    name: str
    key: str
    verdict: str  # COMPLIES, ...; empty = none stands
    version: str
    waits: bool  # it is still to be judged again
    caused: Sequence[tuple[str, str]]  # key with version, and words of it


@router.get("/marks", response_model=None)
def marks(at: At, seen: Look, city: Id = "", station: Id = "") -> Response:
    """Answer all marks: those that wait for approval first, then those in force, then those that are over."""
    words = seen.words("marks")
    with at.reader() as site:
        cities = chosen_cities(site, seen.who, city)
        now = site.clock.now()
        all_ = marks_of(site, seen.who, city, station)[::-1]
        groups = [
            (words(name), words(f"none_{name}"), [view(site, mark, words, now) for mark in found[:_SHOWN]], len(found))
            for name, statuses in _GROUPS
            if (found := _sorted([mark for mark in all_ if mark.status in statuses])) or name == "waiting"
        ]
        stations = options(
            [(one.id, words.name(one.name, one.id)) for one in site.network.stations if one.city in cities], station
        )
        return page(
            "marks.html", seen, words="marks", groups=groups, stations=stations,
            cities=options([(one, words.name(site.network.city_by_id[one].name, one)) for one in
                            chosen_cities(site, seen.who, "")], city),
            may=seen.who.may("mark"), chosen_station=station,
        )  # fmt: skip


def _sorted(found: Sequence[Mark]) -> list[Mark]:
    """Return marks: those that wait by their deadline, else the latest first."""
    return sorted(found, key=lambda mark: mark.deadline) if found and found[0].status == "open" else list(found)


@router.get("/marks/new", response_model=None)
def new(  # noqa: PLR0917 - FastAPI gives them by name
    at: At, seen: Look, _who: Marker,
    station: Id = "", parameter: Id = "*", first: Annotated[str, Query(alias="from", max_length=40)] = "",
    last: Annotated[str, Query(alias="to", max_length=40)] = "", kind: Id = "fault", why: Text = "", proof: Text = "",
    deadline: Id = "", check: Id = "",
) -> Response:  # fmt: skip
    """Answer the form of a new mark; where it is filled in, what the mark would do, before it is made."""
    words = seen.words("marks")
    with at.reader() as site:
        cities = chosen_cities(site, seen.who, "", "mark")
        places = [one for one in site.network.stations if one.city in cities]
        wrong, effect, draft = "", None, None
        known = site.network.station_by_id.get(station)
        if known:
            seen.who.require("mark", known.city)
        if check:
            try:
                draft = acts.drafted(site, _asked(station, parameter, first, last, kind, why, proof, deadline))
                acts.said(why, "reason")
                acts.said(proof, "proof")
            except UsageError as error:
                wrong, draft = f"{error.cause}: {error.mend}", None
        if draft is not None:
            effect = _effect(site, draft, words)
        own = dict.fromkeys(one.parameter for place in ([known] if known else places) for one in place.channels)
        return page(
            "mark_new.html", seen, words="marks", wrong=wrong, effect=effect,
            stations=options([(one.id, f"{words.name(one.name, one.id)} ({one.id})") for one in places], station),
            parameters=options([("*", words("all_parameters")), *((one, _symbol(one, words)) for one in own)],
                               draft.parameter if draft else parameter),
            kinds=options([(one, words(f"kind_{one}")) for one in KINDS], kind),
            values={"station": station, "parameter": parameter, "from": _local(first), "to": _local(last),
                    "kind": kind, "why": why, "proof": proof, "deadline": _local(deadline)},
        )  # fmt: skip


@router.post("/marks", response_model=None)
def add(  # noqa: PLR0917 - FastAPI gives them by name
    at: At, seen: Look, who: Marker, station: Field, first: Annotated[str, Form(alias="from", max_length=40)],
    last: Annotated[str, Form(alias="to", max_length=40)], kind: Field, why: Field = "", proof: Field = "",
    parameter: Field = "*", deadline: Field = "",
) -> Response:  # fmt: skip
    """Make a mark, and go to it."""
    with at.writer() as site:
        who.require("mark", city_of(site, station))
        mark = acts.add_mark(
            site, who.actor("page"), _asked(station, parameter, first, last, kind, why, proof, deadline)
        )
    return done(seen, f"marks/{mark.id}", said="mark_added")


@router.get("/marks/{name}", response_model=None)
def one(at: At, seen: Look, name: Name) -> Response:
    """Answer a mark: what became of it, the days that it touches, the versions of verdicts that it caused."""
    words = seen.words("marks")
    with at.reader() as site:
        mark = mark_of(site, seen.who, name)
        now, city = site.clock.now(), city_of(site, mark.station)
        days = list(_days(site, mark))
        history = [
            (clock_time(when), words(f"status_{status}"), who or words("the_system"), why)
            for when, status, who, why in site.ledger.marks.history(mark.id)
        ]
        if mark.status == "lapsed" and (not history or history[-1][1] != words("status_lapsed")):
            history.append((clock_time(mark.deadline), words("status_lapsed"), words("the_system"), ""))
        may = seen.who.may("mark", city)
        return page(
            "mark.html", seen, words="marks", mark=view(site, mark, words, now), history=history,
            days=days[:_SHOWN], more=len(days) - _SHOWN, count=_count(site, mark),
            may_approve=may and mark.status == "open" and mark.who != seen.who.name,
            own=may and mark.status == "open" and mark.who == seen.who.name,
            may_revoke=may and mark.counts,
        )  # fmt: skip


@router.post("/marks/{name}/approve", response_model=None)
def approve(at: At, seen: Look, who: Marker, name: Name, why: Field = "") -> Response:
    """Approve another one's mark."""
    with at.writer() as site:
        who.require("mark", city_of(site, mark_of(site, who, name).station))
        acts.approve_mark(site, who.actor("page"), name, why)
    return done(seen, f"marks/{name}", said="mark_approved")


@router.post("/marks/{name}/revoke", response_model=None)
def revoke(at: At, seen: Look, who: Marker, name: Name, why: Field = "") -> Response:
    """Take a mark back."""
    with at.writer() as site:
        who.require("mark", city_of(site, mark_of(site, who, name).station))
        acts.revoke_mark(site, who.actor("page"), name, why)
    return done(seen, f"marks/{name}", said="mark_revoked")


def view(site: Site, mark: Mark, words: Words, now: int) -> MarkView:
    """Return a mark in words."""
    station = site.network.station_by_id.get(mark.station)
    days = -((now - mark.deadline) // DAY_MS)
    return MarkView(
        id=mark.id,
        place=words.name(station.name, mark.station) if station else mark.station,
        parameter=words("all_parameters") if mark.parameter == "*" else _symbol(mark.parameter, words),
        span=f"{clock_time(mark.start)} {DASH} {clock_time(mark.end)}",
        kind=words(f"kind_{mark.kind}"),
        who=mark.who,
        why=mark.why,
        proof=mark.proof,
        status=mark.status,
        said=f"{_SIGNS[mark.status]} {words(f'status_{mark.status}')}",
        deadline=clock_time(mark.deadline),
        left=words("days_left", days=max(0, days)) if mark.status == "open" else "",
        made=clock_time(mark.made),
    )


def _symbol(parameter: str, words: Words) -> str:
    return symbol(parameter, words.language) if parameter in parameters() else parameter


def _local(text: str) -> str:
    """Return a time as a field of a form takes it; what is none stays."""
    try:
        return f"{dt.datetime.fromtimestamp(_instant(text) / 1000, LAW_ZONE):%Y-%m-%dT%H:%M}"
    except (UsageError, ValueError, OverflowError):
        return text  # the form shows what was given, and why it is wrong


def _instant(text: str) -> int:
    """Return a time of a form as ms UTC; where it carries no offset it is at +08:00, as the page says.

    Raises:
        UsageError: it is no time.
    """
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"{text[:40]!r} is not a time", "write it as 2016-03-05T08:00") from error
    return int((time if time.tzinfo else time.replace(tzinfo=LAW_ZONE)).timestamp() * 1000)


def _asked(*given: str) -> acts.Asked:
    """Return what a form says.

    Raises:
        UsageError: a time is none.
    """
    station, parameter, first, last, kind, why, proof, deadline = given
    until = _instant(deadline) if deadline else None
    return acts.Asked(station, parameter, _instant(first), _instant(last), kind, why, proof, until)


@dataclass(frozen=True)
class Effect:
    """What a mark would do."""

    readings: str
    days: Sequence[DayView]
    more: int
    said: MarkView


def _effect(site: Site, draft: Mark, words: Words) -> Effect:
    days = list(_days(site, draft))
    return Effect(
        f"{_count(site, draft):,}", days[:_SHOWN], len(days) - _SHOWN, view(site, draft, words, site.clock.now())
    )


def _count(site: Site, mark: Mark) -> int:
    """Return how many readings a mark takes out of the statistics."""
    counted = replace(mark, status="open")
    parts = site.store.scan(start=mark.start, end=mark.end, stations={mark.station})
    return sum(int((mark_flags(rows, [counted]) > 0).sum()) for rows in parts)


def _days(site: Site, mark: Mark) -> Iterator[DayView]:
    """Yield the station's days that a mark touches, each with what stands of it."""
    station = site.network.station_by_id.get(mark.station)
    if station is None:
        return
    scope = _scope(station)
    asked = sorted({(one.scope, one.period) for one in marked(mark, site.network) if len(one.period) == 10})
    waiting = {item.period for scope_ in {one for one, _ in asked} for item in site.ledger.dirty(scope_)}
    first, last = day_of(mark.start).isoformat(), day_of(mark.end - 1).isoformat()
    standing = {row.period: row for row in site.ledger.current(scope, first, last)}
    for _, day in asked:
        row, key = standing.get(day), f"{scope}/{day}"
        caused = [version for version in site.ledger.history(key) if mark.id and _caused(version, mark.id)]
        yield DayView(
            name=day,
            key=key,
            verdict=str(row.result.get("verdict") or "") if row else "",
            version=str(row.version) if row else "",
            waits=day in waiting,
            caused=[(f"{key}@{one.standard}#{one.version}", f"#{one.version}") for one in caused],
        )


def _scope(station: Station) -> str:
    return Scope(station.medium, station.city, station.id).text


def _caused(version: Version, mark: str) -> bool:
    causes = version.change.get("causes", ())
    return any(cause["kind"] == "mark" and cause["detail"].partition(" ")[0] == mark for cause in causes)
