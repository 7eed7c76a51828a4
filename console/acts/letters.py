"""Dead letters and conflicts, as people treat them: tried again by whoever appends, or dismissed with a reason.

A letter that is dismissed stays kept; so does every reading of a conflict. What is dismissed stands in the audit log.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence

from collector.again import Again
from collector.hj212.loggers import peers
from collector.hj212.secrets import load_secrets
from collector.hj212.taker import Taker
from collector.normalise import Normaliser
from collector.topics import TopicPattern
from console.acts.marks import said
from console.conflicts import station_of
from console.errors import ConflictError, MissingError
from console.letters import DISMISS, DISMISS_CONFLICT, dismissed, dismissed_conflicts, is_dismissed
from console.scope import city_of
from console.site import Site
from qualicity.errors import UsageError
from qualicity.heartbeat import heartbeats
from qualicity.model import DeadLetter
from qualicity.store import locks
from qualicity.store.audit import Actor
from qualicity.store.letter_requests import Chosen, LetterRequests, Request

PART = "collector"
"""The part of the service that carries requests out."""

WAIT_SECONDS = 5.0
_PAUSE_SECONDS = 0.1
KEY_LENGTH = 300
"""Characters of the key of a conflict's cell at most."""


def retry_letters(site: Site, actor: Actor, chosen: Chosen) -> int:
    """Ask for dead letters to be treated again; return the request's number. The log says so before it is asked.

    Raises:
        MissingError: one of them is not there.
        UsageError: there are no readings yet, and so no letters.
    """
    if chosen.ids is not None:
        _known(site, chosen.ids)
    detail = {"ids": chosen.ids, "reason": chosen.reason, "stations": chosen.stations}
    with LetterRequests(site.data) as requests:
        site.ledger.audit.add(actor, "letter.retry", chosen.reason or "letters", detail)
        return requests.submit(site.clock.now(), actor.who, chosen)


def carried_out(
    site: Site, number: int, *, seconds: float = WAIT_SECONDS, pause: Callable[[float], None] = time.sleep
) -> Request:
    """Return a request as it is when it is carried out, or after so long; what does not run is not waited for.

    Raises:
        MissingError: there is no such request.
    """
    with LetterRequests(site.data) as requests:
        found = requests.find(number)
        for _ in range(round(seconds / _PAUSE_SECONDS) if collector_runs(site) else 0):
            if found is None or found.done is not None:
                break
            pause(_PAUSE_SECONDS)
            found = requests.find(number)
    if found is None:
        raise MissingError(f"there is no request {number}", "see the page of dead letters")
    return found


def collector_runs(site: Site) -> bool:
    """Return whether the collector gives signs of life."""
    now = site.clock.now()
    return any(beat.part == PART and beat.well(now) for beat in heartbeats(site.data))


def carry_out_here(writer: Site, number: int) -> Request:
    """Carry out a request in this process, which is the one that appends; what was asked for before it, too.

    Raises:
        Retryable: nothing can be appended just now.
        UsageError: another process is writing.
    """
    store, network = writer.store, writer.network
    taker = Taker(network, peers(network, load_secrets(writer.settings.hj212.secrets_file)), store.registry)
    normaliser = Normaliser(network, TopicPattern.parse(writer.settings.mqtt.topic), store.registry, taker)
    again = Again(store, normaliser, taker, writer.clock)
    with LetterRequests(writer.data) as requests:
        while (request := requests.waiting()) is not None:
            done = again.piece(requests, request)
            if done.id == number and done.done is not None:
                return done
    raise MissingError(f"there is no request {number} that waits", "see the page of dead letters")


def somebody_appends(site: Site) -> bool:
    """Return whether another process is the one that appends readings."""
    descriptor = locks.take(site.data, locks.WRITER)
    if descriptor is None:
        return True
    os.close(descriptor)
    return False


def dismiss_letters(site: Site, actor: Actor, ids: Sequence[int], why: str) -> None:
    """Say that dead letters need nothing more. They stay kept.

    Raises:
        MissingError: one of them is not there.
        ConflictError: one of them was dismissed already.
        UsageError: there is no reason, or there are no letters.
    """
    reason = said(why, "reason")
    letters = _known(site, ids)
    with site.ledger.transaction():
        before = dismissed(site)
        for number, letter in letters.items():
            if is_dismissed(before, number, letter):
                raise ConflictError(f"letter {number} was dismissed already", "load the list again")
            detail = {
                "why": reason, "station": letter.station, "reason": letter.reason, "place": letter.place[:KEY_LENGTH],
                "received": letter.received,
            }  # fmt: skip
            site.ledger.audit.add(actor, DISMISS, str(number), detail)


def dismiss_conflict(site: Site, actor: Actor, key: str, why: str) -> None:
    """Say that a conflict is understood. Its readings stay, and the same one counts.

    Raises:
        ConflictError: it was dismissed already.
        UsageError: there is no reason, or the key is none.
    """
    reason = said(why, "reason")
    if len(key) > KEY_LENGTH or city_of(site, station_of(key)) is None:
        raise UsageError(f"{key[:80]!r} is no cell of a station", "see the list of conflicts")
    with site.ledger.transaction():
        if key in dismissed_conflicts(site):
            raise ConflictError(f"the conflict {key} was dismissed already", "load the list again")
        site.ledger.audit.add(actor, DISMISS_CONFLICT, key, {"why": reason})


def _known(site: Site, ids: Sequence[int]) -> Mapping[int, DeadLetter]:
    """Return letters by their ids.

    Raises:
        MissingError: one of them is not there.
        UsageError: there are none.
    """
    if not ids:
        raise UsageError("no letter is named", "choose one")
    found = site.store.letters_of(ids)
    if unknown := sorted(set(ids) - found.keys()):
        raise MissingError(f"no dead letter {unknown[0]}", "see `qualicity dead-letters list`")
    return found
