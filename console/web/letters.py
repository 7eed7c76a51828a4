"""The pages of dead letters and of conflicts: why something is no reading, which of several readings counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Annotated

from fastapi import APIRouter, Form, Query
from fastapi.responses import Response

from console.access.guard import Keeper
from console.access.roles import Principal
from console.acts import letters as acts
from console.conflicts import Conflict, conflicts, station_of
from console.letters import MOST, check_named, chosen_by, counts, dismissed_conflicts, letters, visible
from console.letters import Seen as SeenLetter
from console.rows.letters import text_of
from console.scope import chosen_cities, city_of
from console.service import At
from console.site import Site
from console.web.choices import options
from console.web.frame import Look, done, page
from console.web.words import Words
from qualicity.parameters import parameters, symbol
from qualicity.periods import SECOND_MS, clock_time, day_of, parse_month
from qualicity.store.dead_letters import DeadLetterCount
from qualicity.store.journal import NAME as JOURNAL
from qualicity.store.letter_requests import LetterRequests, Request

router = APIRouter(include_in_schema=False)

_PAGE = 50
_REQUESTS = 5
_STILL = 20
_CONFLICTS = 200
Word = Annotated[str, Query(max_length=120)]
Field = Annotated[str, Form(max_length=600)]
Ids = Annotated[list[int], Form(max_length=MOST)]


@dataclass(frozen=True)
class CountView:
    """How often one thing went wrong at one station."""

    station: str
    name: str
    reason: str
    said: str
    numbers: Sequence[str]  # waiting, ever, taken later, beyond the quota
    waiting: int
    last: str


@dataclass(frozen=True)
class LetterView:
    """A letter."""

    id: int
    received: str
    station: str
    place: str
    said: str
    detail: str
    payload: str
    dismissed: str  # by whom and why


@dataclass(frozen=True)
class RequestView:
    """What was asked of letters, and what came of it."""

    said: str
    sign: str
    outcome: str
    still: Sequence[str]


@router.get("/letters", response_model=None)
def overview(  # noqa: PLR0917 - FastAPI gives them by name
    at: At, seen: Look, station: Word = "", reason: Word = "", shown: Word = "",
    before: Annotated[int | None, Query(ge=1, le=2**62)] = None,
) -> Response:  # fmt: skip
    """Answer the dead letters: how many of what, what was asked of them, and the letters."""
    words, gone = seen.words("letters"), shown == "dismissed"
    with at.reader() as site:
        there = (site.data / JOURNAL).is_file()
        found = counts(site, seen.who) if there else []
        chosen = letters(site, seen.who, station=station, reason=reason, gone=gone, before=before) if there else ()
        rows = list(islice(chosen, _PAGE + 1))
        asked = _requests(site, seen.who, words) if there else []
        places = sorted({count.station for count, _ in found} - {""})
        return page(
            "letters.html", seen, words="letters",
            counts=[_count(site, one, left, words) for one, left in found],
            total=f"{sum(left for _, left in found):,}", gone=gone, runs=acts.collector_runs(site),
            stations=options([(one, _name(site, one, words)) for one in places], station),
            reasons=options([(one, reason_said(one, words)) for one in sorted({c.reason for c, _ in found})], reason),
            letters=[_letter(site, one, words) for one in rows[:_PAGE]], requests=asked,
            older=seen.to("letters", station=station or None, reason=reason or None, shown=shown or None,
                          before=rows[_PAGE - 1].number) if len(rows) > _PAGE else "",
            newer=seen.to("letters", station=station or None, reason=reason or None, shown=shown or None)
            if before else "",
            may=seen.who.may("letters"), chosen_reason=reason, chosen_station=station,
        )  # fmt: skip


@router.post("/letters/retry", response_model=None)
def retry(at: At, seen: Look, who: Keeper, ids: Ids = [], of: Field = "") -> Response:  # noqa: B006 - FastAPI copies it
    """Ask for letters to be treated again: those that are named, all of a reason, or all."""
    with at.writer() as site:
        acts.retry_letters(site, who.actor("page"), chosen_by(site, who, None if of else ids, "" if of == "*" else of))
    return done(seen, "letters", said="letters_asked")


@router.post("/letters/dismiss", response_model=None)
def dismiss(at: At, seen: Look, who: Keeper, ids: Ids = [], why: Field = "") -> Response:  # noqa: B006 - FastAPI copies it
    """Say that letters need nothing more."""
    with at.writer() as site:
        check_named(site, who, ids)
        acts.dismiss_letters(site, who.actor("page"), ids, why)
    return done(seen, "letters", said="letters_dismissed")


@router.get("/letters/conflicts", response_model=None)
def conflicting(at: At, seen: Look, city: Word = "", month: Annotated[str, Query(max_length=7)] = "") -> Response:
    """Answer the conflicts of a month: all readings of each cell, which counts and why."""
    words = seen.words("letters")
    with at.reader() as site:
        now = site.clock.now()
        month = month or day_of(now).isoformat()[:7]
        period = parse_month(month)
        cities = chosen_cities(site, seen.who, "")
        here = [city] if city else cities[:1]
        chosen_cities(site, seen.who, city)
        places = [one for one in site.network.stations if one.city in here]
        said = dismissed_conflicts(site)
        found = conflicts(site, places, period.start, period.end) if places else []
        waiting = [one for one in found if one.key not in said]
        gone = [one for one in found if one.key in said]
        return page(
            "conflicts.html", seen, words="letters", month=month, count=len(waiting), city=here[0] if here else "",
            cities=options([(one, words.name(site.network.city_by_id[one].name, one)) for one in cities],
                           here[0] if here else ""),
            rows=[_conflict(site, one, words) for one in waiting[:_CONFLICTS]], more=len(waiting) - _CONFLICTS,
            gone=[(_conflict(site, one, words), said[one.key].who, said[one.key].detail.get("why", ""))
                  for one in gone[:_CONFLICTS]],
            may=bool(here) and seen.who.may("letters", here[0]), may_mark=bool(here) and seen.who.may("mark", here[0]),
        )  # fmt: skip


@router.post("/letters/conflicts/dismiss", response_model=None)
def dismiss_conflict(  # noqa: PLR0917 - FastAPI gives them by name
    at: At, seen: Look, who: Keeper, key: Field, why: Field = "", city: Field = "", month: Field = ""
) -> Response:
    """Say that a conflict is understood."""
    with at.writer() as site:
        who.require("letters", city_of(site, station_of(key)))
        acts.dismiss_conflict(site, who.actor("page"), key, why)
    return done(seen, "letters/conflicts", said="conflict_dismissed", city=city or None, month=month or None)


@dataclass(frozen=True)
class ConflictView:
    """A cell with several values."""

    key: str
    station: str
    name: str
    parameter: str
    symbol: str
    time: str
    begins: str  # for the form of a mark
    ends: str
    why: str
    readings: Sequence[tuple[bool, str, str, str]]  # counts, value, source, when received


def _conflict(site: Site, one: Conflict, words: Words) -> ConflictView:
    end = one.start + max(one.period, 1) * SECOND_MS
    return ConflictView(
        key=one.key, station=one.station, name=_name(site, one.station, words), parameter=one.parameter,
        symbol=symbol(one.parameter, words.language) if one.parameter in parameters() else one.parameter,
        time=clock_time(one.start), begins=_field(one.start), ends=_field(end), why=words(f"decided_{one.decided}"),
        readings=[
            (at == 0, f"{row['value']} {row['unit']}", visible(row["source"], 80), clock_time(row["received"]))
            for at, row in enumerate(one.readings)
        ],
    )  # fmt: skip


def _field(instant: int) -> str:
    return clock_time(instant).replace(" ", "T") + "+08:00"


def _count(site: Site, one: DeadLetterCount, left: int, words: Words) -> CountView:
    numbers = (left, one.count, one.mended, one.beyond_quota)
    return CountView(
        one.station, _name(site, one.station, words), one.reason, reason_said(one.reason, words),
        [f"{number:,}" for number in numbers], left, clock_time(one.last_received),
    )  # fmt: skip


def _letter(site: Site, one: SeenLetter, words: Words) -> LetterView:
    letter, entry = one.letter, one.dismissal
    return LetterView(
        id=one.number,
        received=clock_time(letter.received),
        station=_name(site, letter.station, words),
        place=visible(letter.place, 200),
        said=reason_said(letter.reason, words),
        detail=visible(letter.detail, 300),
        payload=visible(text_of(letter.payload[: 1 << 12])),
        dismissed="" if entry is None else f"{entry.who}: {entry.detail.get('why', '')}",
    )


def _name(site: Site, station: str, words: Words) -> str:
    known = site.network.station_by_id.get(station)
    return words.name(known.name, station) if known else visible(station, 60) or words("no_station")


def reason_said(reason: str, words: Words) -> str:
    """Return why something is a dead letter, in words."""
    key = f"reason_{reason.replace(' ', '_')}"
    return words(key) if words.has(key) else visible(reason, 60)


def _requests(site: Site, who: Principal, words: Words) -> list[RequestView]:
    """Return what was asked lately; whoever is there for some cities only sees their own requests."""
    with LetterRequests(site.data) as requests:
        found = requests.latest(_REQUESTS)
    return [_request(one, words) for one in found if not who.cities or one.who == who.name]


def _request(one: Request, words: Words) -> RequestView:
    chosen, got = one.chosen, one.progress
    what = words("asked_ids", count=len(chosen.ids)) if chosen.ids is not None else (
        words("asked_reason", reason=reason_said(chosen.reason, words)) if chosen.reason else words("asked_all")
    )  # fmt: skip
    outcome = words("outcome", tried=got.tried, taken=got.taken, readings=got.readings, left=got.tried - got.taken)
    return RequestView(
        said=words("asked", time=clock_time(one.made), who=one.who, what=what),
        sign="✓" if one.done is not None else "…",
        outcome=outcome if one.done is not None or got.tried else "",
        still=[
            words("still", id=still.id, reason=reason_said(still.reason, words), detail=visible(still.detail, 200))
            for still in got.still[:_STILL]
        ],
    )
