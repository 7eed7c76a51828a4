"""The pages of the review of data: a month's stations by days, and a station's days with what stands of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, Form, Path, Query
from fastapi.responses import Response

from console.access.guard import Reviewer
from console.acts import reviews as acts
from console.evidence.versions import cause_text
from console.evidence.words import Words as EvidenceWords
from console.reviews import Checked
from console.scope import chosen_cities
from console.service import At
from console.site import Site
from console.web.choices import options
from console.web.frame import Look, done, page
from console.web.words import DASH, Words
from qualicity.errors import UsageError
from qualicity.network import Medium
from qualicity.periods import Period, day_of, month_after, parse_month, parse_period
from qualicity.scopes import PREFIXES, Scope

router = APIRouter(include_in_schema=False)

SIGNS: Mapping[str, str] = {"preliminary": "○", "changed": "!", "reviewed": "◐", "final": "●"}
_CAUSES = 3

Word = Annotated[str, Query(max_length=120)]
Month = Annotated[str, Query(max_length=7)]
Field = Annotated[str, Form(max_length=600)]
ScopePath = Annotated[str, Path(max_length=200)]


@dataclass(frozen=True)
class Cell:
    """A day of a station."""

    state: str  # preliminary, changed, reviewed, final; empty = nothing is judged
    sign: str
    said: str


@dataclass(frozen=True)
class Line:
    """A station of the matrix."""

    scope: str
    name: str
    cells: Sequence[Cell]
    summary: str
    acts: Sequence[str]


@dataclass(frozen=True)
class Day:
    """A day of a station's page."""

    name: str
    key: str
    cell: Cell
    verdict: str
    version: str
    coverage: str
    marks: int
    by: str
    note: str


@router.get("/reviews", response_model=None)
def matrix(at: At, seen: Look, city: Word = "", month: Month = "", medium: Word = "air") -> Response:
    """Answer how far people have checked a month: stations by days."""
    words = seen.words("reviews")
    with at.reader() as site:
        cities = chosen_cities(site, seen.who, "")
        chosen_cities(site, seen.who, city)
        here = city or (cities[0] if cities else "")
        kind = _medium(medium)
        media = [one for one in PREFIXES if here and site.network.stations_of(here, one)]
        if media and kind not in media:
            kind = media[0]
        stations = site.network.stations_of(here, kind) if here else ()
        scopes = [Scope(kind, here, station.id).text for station in stations]
        period = _month(site, month, scopes)
        states = acts.states_of(site, scopes, *acts.span_of(period.text)) if scopes else {}
        may = bool(here) and seen.who.may("review", here)
        lines = [
            _line(
                scope,
                words.name(one.name, one.id),
                states[scope],
                period,
                words=words,
                who=seen.who.name if may else None,
            )
            for scope, one in zip(scopes, stations, strict=True)
        ]
        totals = Counter(_state(one) for days in states.values() for one in days.values())
        return page(
            "reviews.html", seen, words="reviews", lines=lines, month=period.text, city=here, medium=kind,
            days=[day.day for day in period.days], before=month_after(period, -1), after=month_after(period, 1),
            cities=options([(one, words.name(site.network.city_by_id[one].name, one)) for one in cities], here),
            media=options([(one, words(f"medium_{one}")) for one in media], kind), may=may,
            totals=[(name, sign, words(name), totals[name]) for name, sign in SIGNS.items()],
        )  # fmt: skip


@router.get("/reviews/{scope:path}", response_model=None)
def station(at: At, seen: Look, scope: ScopePath, month: Month = "") -> Response:
    """Answer a station's days: how far each is checked, what stands of it, what has changed since."""
    words = seen.words("reviews")
    with at.reader() as site:
        found = acts.station_scope(site, scope)
        seen.who.require("see", found.city)
        period = _month(site, month, [found.text])
        states = acts.states_of(site, [found.text], *acts.span_of(period.text))[found.text]
        own = site.network.station_by_id[found.station or ""]
        days = list(_days(site, found.text, period, states, words))
        may = seen.who.may("review", found.city)
        log = [
            (words.time(one.at, site.clock.now()), words(one.action.removeprefix("review.")), one.who,
             f"{one.detail.get('first', '')} {DASH} {one.detail.get('last', '')}", str(one.detail.get("why", "")))
            for one in reversed(acts.entries_of(site, found.text))
            if str(one.detail.get("last", "")) >= period.first.isoformat()
            and str(one.detail.get("first", "")) <= period.last.isoformat()
        ]  # fmt: skip
        return page(
            "review.html", seen, words="reviews", scope=found.text, name=words.name(own.name, own.id),
            month=period.text, days=days, log=log, acts=_acts(states, seen.who.name) if may else [], may=may,
            before=month_after(period, -1), after=month_after(period, 1), city=found.city, medium=found.medium,
            may_mark=seen.who.may("mark", found.city), station_id=own.id,
        )  # fmt: skip


@router.post("/reviews", response_model=None)
def say(  # noqa: PLR0917 - FastAPI gives them by name
    at: At, seen: Look, who: Reviewer, scope: Field, act: Field, period: Field, last: Field = "", why: Field = "",
    back: Field = "",
) -> Response:  # fmt: skip
    """Say how far a station's days are checked."""
    with at.writer() as site:
        found = acts.station_scope(site, scope)
        who.require("review", found.city)
        acts.say(site, who.actor("page"), act, scope, period, last=last, why=why)
    if back == "matrix":
        return done(seen, "reviews", said=act, city=found.city, month=period[:7], medium=found.medium)
    return done(seen, f"reviews/{found.text}", said=act, month=period[:7])


def _medium(text: str) -> Medium:
    """Return a medium.

    Raises:
        UsageError: it is none.
    """
    for one in PREFIXES:
        if one == text:
            return one
    raise UsageError(f"no medium {text[:40]!r}", f"one of: {', '.join(PREFIXES)}")


def _month(site: Site, text: str, scopes: Sequence[str]) -> Period:
    """Return the month that is asked for; else the last one of which something stands.

    Raises:
        UsageError: it is no month.
    """
    if not text:
        days = [days[-1] for scope in scopes[:1] if (days := site.ledger.periods(scope, 10))]
        text = (days[0] if days else day_of(site.clock.now()).isoformat())[:7]
    return parse_month(text)


def _state(one: Checked) -> str:
    return "changed" if one.changed else one.verification


def _cell(one: Checked | None, words: Words) -> Cell:
    if one is None:
        return Cell("", "", words("not_judged"))
    state = _state(one)
    return Cell(state, SIGNS[state], words(state))


def _line(
    scope: str, name: str, states: Mapping[str, Checked], period: Period, *, words: Words, who: str | None
) -> Line:
    totals = Counter(_state(one) for one in states.values())
    said = [f"{SIGNS[state]} {totals[state]}" for state in SIGNS if totals[state]]
    cells = [_cell(states.get(day.isoformat()), words) for day in period.days]
    return Line(scope, name, cells, " ".join(said), [] if who is None else _acts(states, who)[:1])


def _acts(states: Mapping[str, Checked], who: str) -> list[str]:
    """Return what somebody may say of days, the next step first."""
    found = []
    if any(one.verification == "preliminary" for one in states.values()):
        found.append("reviewed")
    waiting = [one for one in states.values() if one.verification == "reviewed"]
    if waiting and not found and all(one.reviewed_by != who for one in waiting):
        found.append("final")
    if any(one.verification != "preliminary" for one in states.values()):
        found.append("reopened")
    return found


def _days(site: Site, scope: str, period: Period, states: Mapping[str, Checked], words: Words) -> Iterator[Day]:
    first, last = acts.span_of(period.text)
    standing = {row.period: row for row in site.ledger.current(scope, first, last)}
    marks = [mark for mark in site.ledger.marks.list(station=scope.rpartition("/")[2]) if mark.counts]
    causes = EvidenceWords(words.language)
    for day in period.days:
        text = day.isoformat()
        row, own = standing.get(text), parse_period(text)
        one = states.get(text)
        note = one.why if one else ""
        if row is not None and one is not None and one.changed:
            said = dict.fromkeys(cause_text(cause, causes) for cause in row.change.get("causes", ()))
            note = words("changed_since", version=row.version, why="; ".join(list(said)[:_CAUSES]) or DASH)
        yield Day(
            name=text,
            key=f"{scope}/{text}",
            cell=_cell(one, words),
            verdict=str(row.result.get("verdict") or "") if row else "",
            version=str(row.version) if row else "",
            coverage=_coverage(row.result) if row else "",
            marks=sum(mark.start < own.end and mark.end > own.start for mark in marks),
            by=" → ".join(filter(None, (one.reviewed_by, one.final_by))) if one else "",
            note=note,
        )


def _coverage(result: Mapping[str, Any]) -> str:
    """Return valid of expected values of a day, of all its items together; empty where a result has none."""
    parts = result.get("coverage") or {}
    counts = [parts] if "valid" in parts else [one for one in parts.values() if isinstance(one, dict)]
    expected = sum(one.get("expected") or 0 for one in counts)
    return f"{sum(one.get('valid') or 0 for one in counts)}/{expected}" if expected else ""
