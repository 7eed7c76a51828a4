"""What people ask of the engine: kept first, then the engine is woken, then what came of it is awaited.

Only the engine changes alarms. Whoever asks writes one row and waits a little; when the engine does not run, the row
stays and is carried out when it does.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from alerting.keys import parse_alarm_id
from alerting.links import Claim, token_hash
from alerting.store import NAME, AlertStore
from alerting.store.commands import Command
from alerting.store.links import Use
from qualicity.clock import Clock
from qualicity.errors import UsageError
from qualicity.heartbeat import heartbeats
from qualicity.store.doorbell import ring

PART = "alerting"
"""The part of the service that carries requests out."""

WAIT_SECONDS = 5.0
_PAUSE_SECONDS = 0.05
_INCIDENT_DIGITS = 12
"""Of an incident's number at most: more fit into no row."""


class Answer(NamedTuple):
    """What came of a request.

    Attributes:
        number: of the request.
        outcome: empty = done; a text = why not; None = not carried out yet.
        running: whether the engine gives signs of life.
    """

    number: int
    outcome: str | None
    running: bool

    @property
    def done(self) -> bool:
        """Return whether it was carried out."""
        return self.outcome == ""


def check_target(target: str) -> str:
    """Return what a request is about: RULE@KEY, or `incident:N`.

    Raises:
        UsageError: it is neither.
    """
    kind, _, number = target.partition(":")
    if kind == "incident" and number.isdecimal() and len(number) <= _INCIDENT_DIGITS:
        return f"incident:{int(number)}"
    return str(parse_alarm_id(target))


def open_for_requests(data: Path) -> AlertStore:
    """Open the alarms of a site to write requests.

    Raises:
        UsageError: there are none yet.
    """
    if not (data / NAME).is_file():
        raise UsageError(f"there are no alarms in {data} yet", "run `qualicity serve`")
    return AlertStore(data / NAME)


def ask(
    data: Path,
    command: Command,
    clock: Clock,
    *,
    seconds: float = WAIT_SECONDS,
    pause: Callable[[float], None] = time.sleep,
) -> Answer:
    """Submit a request and wait until it is carried out, at most so long.

    Args:
        data: the data folder.
        command: what is asked.
        clock: what time it is.
        seconds: to wait at most; what does not run is not waited for.
        pause: waits.

    Raises:
        UsageError: there are no alarms yet.
    """
    with open_for_requests(data) as store:
        return await_outcome(data, store, store.commands.submit(command), clock, seconds=seconds, pause=pause)


def await_outcome(
    data: Path,
    store: AlertStore,
    number: int,
    clock: Clock,
    *,
    seconds: float = WAIT_SECONDS,
    pause: Callable[[float], None] = time.sleep,
) -> Answer:
    """Wake the engine and wait until it has carried out a request, at most so long."""
    ring(data)
    running = engine_runs(data, clock.now())
    outcome = store.commands.outcome(number)
    for _ in range(round(seconds / _PAUSE_SECONDS) if running else 0):
        if outcome is not None:
            break
        pause(_PAUSE_SECONDS)
        outcome = store.commands.outcome(number)
    return Answer(number, outcome, running)


def engine_runs(data: Path, now: int) -> bool:
    """Return whether the engine gives signs of life."""
    return any(beat.part == PART and beat.well(now) for beat in heartbeats(data))


def use_link(store: AlertStore, token: str, claim: Claim, who: str, now: int) -> tuple[Use, bool]:
    """Use a link of acknowledgement: submit its request, once.

    Returns:
        How the link was used, and whether that was now.
    """
    name = token_hash(token)
    with store.transaction():
        used = store.links.find(name)
        if used is not None:
            return used, False
        arguments = {"person": claim.person, "channel": claim.channel}
        command = Command("acknowledge", f"incident:{claim.incident}", who, "link", now, arguments)
        use = Use(store.commands.submit(command), who, now)
        store.links.use(name, use)
        return use, True
