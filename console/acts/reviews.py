"""Reviews of data: an officer has looked at a station's days, a second person has, or they are looked at once more.

What is said stands in the audit log and nowhere else; verdicts are not changed by it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from console.access.persons import same_person
from console.access.roles import ForbiddenError
from console.acts.marks import said
from console.errors import ConflictError, MissingError
from console.reviews import ACTION, ACTS, Checked, Pins, checked
from console.site import Site
from qualicity.errors import UsageError
from qualicity.periods import Period, parse_period
from qualicity.scopes import Scope, parse_scope
from qualicity.store.audit import Actor, Entry
from qualicity.store.ledger import Result

LONGEST_DAYS = 366
_ALL = 10**7


def station_scope(site: Site, text: str) -> Scope:
    """Return the scope of a station.

    Raises:
        MissingError: there is no such station.
    """
    scope = parse_scope(text)
    known = None if scope is None else site.network.station_by_id.get(scope.station or "")
    if scope is None or known is None or (known.city, known.medium) != (scope.city, scope.medium):
        raise MissingError(f"{text[:120]!r} is no station's scope", "write it as air/beijing/Dongsi")
    return scope


def span_of(period: str, last: str = "") -> tuple[str, str]:
    """Return the first and the last day of a day, a month, or from one to another.

    Raises:
        UsageError: they are none, or far apart.
    """
    begin = parse_period(period)
    end: Period = parse_period(last) if last else begin
    if (end.last - begin.first).days >= LONGEST_DAYS or end.last < begin.first:
        raise UsageError("the days lie too far apart, or the last is before the first", "name at most a year")
    return begin.first.isoformat(), end.last.isoformat()


def pins_of(results: Sequence[Result]) -> Mapping[str, Mapping[str, Pins]]:
    """Return what stands, by scope and day."""
    found: dict[str, dict[str, list[tuple[str, int]]]] = defaultdict(lambda: defaultdict(list))
    for one in results:
        found[one.scope][one.period].append((one.standard, one.version))
    return {scope: {day: tuple(sorted(pins)) for day, pins in days.items()} for scope, days in found.items()}


def entries_of(site: Site, scope: str = "") -> list[Entry]:
    """Return the reviews of a scope, or of all; the oldest first."""
    return site.ledger.audit.entries(action=ACTION, about=scope, limit=_ALL)[::-1]


def states_of(site: Site, scopes: Sequence[str], first: str, last: str) -> dict[str, dict[str, Checked]]:
    """Return how far the days of scopes are checked, by scope and day; only days of which a verdict stands."""
    pins = pins_of(site.ledger.results(scopes, first, last))
    entries: dict[str, list[Entry]] = defaultdict(list)
    for entry in entries_of(site, scopes[0] if len(scopes) == 1 else ""):
        entries[entry.about].append(entry)
    return {scope: checked(entries[scope], pins.get(scope, {})) for scope in scopes}


def say(site: Site, actor: Actor, act: str, scope: str, period: str, *, last: str = "", why: str = "") -> list[str]:
    """Say how far a station's days are checked; return the days of which it was said.

    Args:
        site: open for changes.
        actor: who says so.
        act: reviewed, final or reopened.
        scope: of the station.
        period: a day or a month; or the first day.
        last: the last day.
        why: needed to reopen.

    Raises:
        MissingError: there is no such station.
        ConflictError: no verdict stands of the days; or they are not what the act takes.
        ForbiddenError: who says final is who has reviewed.
        UsageError: there is no such act, no reason to reopen, or the days are none.
    """
    if act not in ACTS:
        raise UsageError(f"no review {act[:40]!r}", f"one of: {', '.join(ACTS)}")
    reason = said(why, "reason", needed=act == "reopened")
    text, (begin, end) = station_scope(site, scope).text, span_of(period, last)
    with site.ledger.transaction():
        pins = pins_of(site.ledger.results([text], begin, end)).get(text, {})
        if not pins:
            raise ConflictError(f"no verdict stands of {text} from {begin} to {end}", "wait until it is judged")
        states = checked(entries_of(site, text), pins)
        chosen = _chosen(act, states, actor)
        detail = {
            "first": begin, "last": end, "days": {day: pins[day] for day in chosen}, "why": reason,
            "position": site.ledger.cursor()._asdict(),
        }  # fmt: skip
        site.ledger.audit.add(actor, f"{ACTION}{act}", text, detail)
    return chosen


def _chosen(act: str, states: Mapping[str, Checked], actor: Actor) -> list[str]:
    """Return the days of which it may be said.

    Raises:
        ConflictError: there are none, or some are not reviewed yet.
        ForbiddenError: who says final is who has reviewed.
    """
    if act == "reviewed":
        chosen = [day for day, one in states.items() if one.verification == "preliminary"]
    elif act == "reopened":
        chosen = [day for day, one in states.items() if one.verification != "preliminary"]
    else:
        if open_ := [day for day, one in states.items() if one.verification == "preliminary"]:
            raise ConflictError(f"{len(open_)} days are not reviewed, such as {open_[0]}", "review them first")
        chosen = [day for day, one in states.items() if one.verification == "reviewed"]
        if own := [day for day in chosen if same_person(states[day].reviewed_by, actor.who)]:
            cause = f"{actor.who} has reviewed {own[0]}, and cannot make it final, too"
            raise ForbiddenError(cause, "a second person makes it final")
    if not chosen:
        raise ConflictError(f"there is no day of which {act} could be said", "load the page again")
    return chosen


def rows_of(scope: str, states: Mapping[str, Checked]) -> list[dict[str, object]]:
    """Return the days of a scope as the API prints them."""
    return [{"key": f"{scope}/{day}", "scope": scope, "day": day, **one._asdict()} for day, one in states.items()]
