"""What the page of a message's link says: looking changes nothing, only its button does.

A preview of a chat or a mail scanner fetches the address; it presses no button. The address is the whole authority:
there is no session, so nothing else of the browser is used.
"""

from __future__ import annotations

from typing import NamedTuple

from alerting.compose.facts import Facts, gravest
from alerting.compose.incident import speak
from alerting.incidents import Incident
from alerting.links import token_hash
from alerting.requests import Answer
from alerting.store.links import Use
from console.alarms.desk import links_of, reading
from console.site import Site
from console.web.alarms.words import Words


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


def look(site: Site, token: str, words: Words, now: int, answer: Answer | None = None) -> Look:
    """Return what the page of a link says; changes nothing.

    Args:
        site: open.
        token: of the link.
        words: its language.
        now: ms UTC, when the page was asked for.
        answer: to what was just asked of the engine.

    Raises:
        ExpiredError, ForgedError, OffError, MissingError: there is nothing to acknowledge by this link.
    """
    claim = links_of(site).read(token, now)
    with reading(site) as desk:
        incident = desk.incident(claim.incident)
        used = desk.store.links.find(token_hash(token))
        said, sign = _said(answer, words) if answer else _before(incident, used, words, now)
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


def _before(incident: Incident, used: Use | None, words: Words, now: int) -> tuple[str, str]:
    """Return what to say when the incident was acknowledged, or the link used, before."""
    if incident.acknowledged:
        time = words.time(incident.acknowledged, now)
        return words("already", who=incident.acknowledged_by, time=time), "done"
    if used is None:
        return "", ""
    return words("used", who=used.who, time=words.time(used.at, now)), "waiting"
