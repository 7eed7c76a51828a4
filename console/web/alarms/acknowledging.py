"""Acknowledging by the link of a message: looking changes nothing, only the page's button does, and only once.

A preview of a chat or a mail scanner fetches the address; it presses no button. The address is the whole authority:
there is no session, so nothing else of the browser is used.
"""

from __future__ import annotations

from typing import NamedTuple

from alerting.compose.facts import Facts, gravest
from alerting.compose.incident import speak
from alerting.links import Claim, token_hash
from alerting.requests import Answer, await_outcome, open_for_requests, use_link
from alerting.store.links import Use
from console.acts.alarms import one_line
from console.alarms.desk import Desk, links_of, reading
from console.site import Site
from console.web.alarms.words import Words
from qualicity.store.audit import Actor


class Look(NamedTuple):
    """What the page of a link says.

    Attributes:
        title, lines: what a message would say now.
        said: what was done, in a sentence; empty = nothing yet.
        sign: `done`, `waiting`, `over` or empty: how `said` is coloured.
        button: whether there is something to do.
        as_whom: who acknowledges; empty = whoever reads the chat, who may give a name.
        until: until when the link is good, in a sentence.
        incident: its number.
    """

    title: str
    lines: tuple[str, ...]
    said: str
    sign: str
    button: bool
    as_whom: str
    until: str
    incident: int


def look(site: Site, token: str, words: Words) -> Look:
    """Return what the page of a link says; changes nothing.

    Raises:
        ExpiredError, ForgedError, OffError, MissingError: there is nothing to acknowledge by this link.
    """
    now = site.clock.now()
    claim = links_of(site).read(token, now)
    with reading(site) as desk:
        return _look(desk, claim, desk.store.links.find(token_hash(token)), words, now)


def press(site: Site, token: str, name: str, words: Words) -> Look:
    """Use a link: ask the engine to acknowledge, and say what came of it. A link that was used does nothing more.

    The site is open for changes: the audit log says that the link was used.

    Raises:
        ExpiredError, ForgedError, OffError, MissingError: there is nothing to acknowledge by this link.
    """
    now = site.clock.now()
    claim = links_of(site).read(token, now)
    who = claim.person or _in_chat(name, claim.channel)
    with reading(site) as desk:
        incident = desk.incident(claim.incident)
        used = desk.store.links.find(token_hash(token))
        if used is not None or incident.acknowledged:
            return _look(desk, claim, used, words, now)
    actor, target = Actor(who, "link"), f"incident:{claim.incident}"
    entry = site.ledger.audit.add(actor, "alarm.acknowledge", target)
    with open_for_requests(site.data) as store:
        use, fresh = use_link(store, token, claim, who, now)
        answer = await_outcome(site.data, store, use.command, site.clock) if fresh else None
    if answer is not None and answer.outcome:
        site.ledger.audit.add(actor, "alarm.refused", target, {"entry": entry.id, "why": answer.outcome})
    with reading(site) as desk:
        return _look(desk, claim, use, words, now, answer=answer)


def _look(desk: Desk, claim: Claim, used: Use | None, words: Words, now: int, *, answer: Answer | None = None) -> Look:
    incident = desk.incident(claim.incident)
    said, sign = _said(answer, words) if answer else _before(desk, claim, used, words, now)
    facts = Facts(words, desk.site.network, desk.ruleset)
    spoken = speak("resolved" if incident.resolved else "raised", incident, gravest(incident.members), facts, now)
    return Look(
        title=spoken.title,
        lines=spoken.lines,
        said=said,
        sign=sign,
        button=not said,
        as_whom=words("for_whom", who=claim.person) if claim.person else "",
        until=words("good_until", time=words.time(claim.until, now)),
        incident=incident.id,
    )


def _said(answer: Answer, words: Words) -> tuple[str, str]:
    """Return what to say of a request that was just made."""
    if answer.done:
        return words("asked_done"), "done"
    if answer.outcome:
        return words("asked_refused"), "over"
    return (words("asked_waiting"), "waiting") if answer.running else (words("asked_silent"), "waiting")


def _before(desk: Desk, claim: Claim, used: Use | None, words: Words, now: int) -> tuple[str, str]:
    """Return what to say when the incident was acknowledged, or the link used, before."""
    incident = desk.incident(claim.incident)
    if incident.acknowledged:
        time = words.time(incident.acknowledged, now)
        return words("already", who=incident.acknowledged_by, time=time), "done"
    if used is None:
        return "", ""
    return words("used", who=used.who, time=words.time(used.at, now)), "waiting"


def _in_chat(name: str, channel: str) -> str:
    """Return who acknowledges by a link that a whole chat has: the name that was given, and the chat."""
    return f"{given} (chat:{channel})" if (given := one_line(name)) else f"chat:{channel}"
