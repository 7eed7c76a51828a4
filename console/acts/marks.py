"""Marks, as people make, approve and revoke them: in one transaction with the audit log and with what becomes dirty.

A mark counts from when it is made, and lapses unless a second person approves it before its deadline.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import NamedTuple

from aggregator.following import marked
from console.access.persons import same_person
from console.access.roles import ForbiddenError
from console.errors import ConflictError
from console.marks import found
from console.site import Site
from qualicity.errors import UsageError
from qualicity.model import Mark
from qualicity.network import Station
from qualicity.parameters import resolve
from qualicity.periods import DAY_MS, clock_time
from qualicity.store.audit import Actor
from qualicity.store.marks import KINDS

DAYS_TO_APPROVE = 7
"""Days until a mark lapses, where nothing else is said."""

LONGEST_DAYS = 366
"""Days that one mark may cover; and how far ahead it may end, or be approved."""

TEXT_LENGTH = 500
"""Characters of a reason, or of a proof, at most."""


class Asked(NamedTuple):
    """A mark that somebody wants to make."""

    station: str
    parameter: str  # name or code; "*" = all
    start: int  # ms UTC
    end: int  # ms UTC, exclusive
    kind: str
    why: str
    proof: str  # where the evidence lies
    deadline: int | None = None  # ms UTC; None = in a week


def drafted(site: Site, asked: Asked) -> Mark:
    """Return the mark as it would be made, without who says so; nothing is changed.

    Raises:
        UsageError: there is no such station or channel, or the mark covers no time or far too much.
    """
    station = _station(site, asked.station)
    parameter = _parameter(station, asked.parameter)
    now = site.clock.now()
    if asked.kind not in KINDS:
        raise UsageError(f"no kind of mark {asked.kind[:40]!r}", f"one of: {', '.join(KINDS)}")
    if asked.end <= asked.start:
        raise UsageError("the mark ends before it begins", "give a start before the end")
    if asked.end - asked.start > LONGEST_DAYS * DAY_MS:
        raise UsageError(f"a mark covers at most {LONGEST_DAYS} days", "make one for each year")
    if asked.start < 0 or asked.end > now + LONGEST_DAYS * DAY_MS:
        raise UsageError("the mark lies before 1970, or ends more than a year from now", "see its dates")
    deadline = now + DAYS_TO_APPROVE * DAY_MS if asked.deadline is None else asked.deadline
    if deadline > now + LONGEST_DAYS * DAY_MS:
        raise UsageError("the deadline is more than a year away", "give an earlier one")
    return Mark(
        "", station.id, parameter, asked.start, asked.end, asked.kind, "", asked.why, asked.proof, deadline, "open", now
    )


def add_mark(site: Site, actor: Actor, asked: Asked) -> Mark:
    """Say that readings of a station are not valid from..to. Their days are judged anew.

    Raises:
        UsageError: there is no such station or channel, there is no reason or no proof, or the times cannot be.
    """
    mark = drafted(site, asked)
    why, proof = said(asked.why, "reason"), said(asked.proof, "proof")
    with site.ledger.transaction():
        made = site.ledger.marks.add(
            mark.station, mark.parameter, mark.start, mark.end,
            kind=mark.kind, who=actor.who, why=why, proof=proof, deadline=mark.deadline,
        )  # fmt: skip
        _keep(site, actor, "mark.add", made)
    return made


def approve_mark(site: Site, actor: Actor, name: str, why: str = "") -> Mark:
    """Approve a mark before its deadline: it no longer lapses.

    Raises:
        MissingError: there is no such mark.
        ForbiddenError: it is one's own: a second person has to look at it.
        ConflictError: it is not open any more.
    """
    with site.ledger.transaction():
        mark = found(site, name)
        if same_person(mark.who, actor.who):
            cause = f"mark {name} was made by {mark.who}, who cannot approve it, too"
            raise ForbiddenError(cause, "a second person approves it")
        _check(mark, "approved", "open")
        approved = site.ledger.marks.approve(name, who=actor.who, why=said(why, "reason", needed=False))
        _keep(site, actor, "mark.approve", approved, why)
    return approved


def revoke_mark(site: Site, actor: Actor, name: str, why: str) -> Mark:
    """Take a mark back. Its days are judged anew.

    Raises:
        MissingError: there is no such mark.
        UsageError: there is no reason.
        ConflictError: it does not count any more.
    """
    reason = said(why, "reason")
    with site.ledger.transaction():
        mark = found(site, name)
        _check(mark, "revoked", "open", "approved")
        revoked = site.ledger.marks.revoke(name, who=actor.who, why=reason)
        _keep(site, actor, "mark.revoke", revoked, reason)
    return revoked


def row(mark: Mark) -> dict[str, object]:
    """Return a mark as `qualicity mark list --json` prints it."""
    return asdict(mark)


def said(text: str, what: str, *, needed: bool = True) -> str:
    """Return a text that somebody has written, as it is kept: one line of what can be seen.

    Raises:
        UsageError: there is none, or far too much.
    """
    text = "".join(one for one in " ".join(text.split()) if one.isprintable())
    if needed and not text:
        raise UsageError(f"there is no {what}", f"give a {what}: others have to understand it")
    if len(text) > TEXT_LENGTH:
        raise UsageError(f"the {what} has {len(text)} characters", f"give at most {TEXT_LENGTH}")
    return text


def _check(mark: Mark, wanted: str, *allowed: str) -> None:
    if mark.status == "lapsed":
        cause = f"mark {mark.id} has lapsed: its deadline was {clock_time(mark.deadline)}"
        raise ConflictError(cause, "make another one, where its readings are still not valid")
    if mark.status not in allowed:
        raise ConflictError(f"mark {mark.id} is {mark.status}", f"only one that is {' or '.join(allowed)} is {wanted}")


def _keep(site: Site, actor: Actor, action: str, mark: Mark, why: str = "") -> None:
    """Keep in the mark's own transaction who has changed it, and what must be judged again."""
    detail = row(mark) if action == "mark.add" else {"station": mark.station, "why": why}
    site.ledger.audit.add(actor, action, mark.id, detail)
    site.ledger.mark_dirty(marked(mark, site.network))


def _station(site: Site, name: str) -> Station:
    known = site.network.station_by_id.get(name)
    if known is None:
        raise UsageError(f"no station {name[:80]!r} in the network", "see the network file")
    return known


def _parameter(station: Station, text: str) -> str:
    """Return the id of what a mark is about; `*` is all.

    Raises:
        UsageError: the station has no such channel: the mark would change nothing.
    """
    asked = text if text == "*" else resolve(text)
    own = dict.fromkeys(channel.parameter for channel in station.channels)
    if asked is None or (asked != "*" and asked not in own):
        raise UsageError(f"station {station.id!r} has no {text[:80]!r}", f"one of: {', '.join(['*', *own])}")
    return asked
