"""The collector as a service: the session of the settings, appended to the store of the site."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

import structlog

from collector.hj212.gateway import open_gateway
from collector.hj212.loggers import peers
from collector.hj212.path import BothPaths
from collector.hj212.secrets import load_secrets
from collector.hj212.server import Gateway
from collector.hj212.taker import Taker
from collector.intake import Intake, IntakeState
from collector.mqtt.paths import broker_path
from collector.normalise import Normaliser
from collector.receive import ReceivePath
from collector.topics import TopicPattern
from collector.writer import GroupCommit
from qualicity.clock import Clock
from qualicity.errors import Retryable, UsageError
from qualicity.network import Network
from qualicity.periods import day_of
from qualicity.settings import JournalSettings, Settings
from qualicity.store.base import ObservationStore

_LOOK_SECONDS = 5.0  # between looks at whether sealing is due

log = structlog.get_logger(__name__)


class SealedStore(ObservationStore, Protocol):
    """A store whose writer also seals and compacts."""

    def seal(self, *, rows: int, age: float) -> int:
        """Move the journal's rows into the archive when there are `rows` of them or the oldest is `age` s old."""
        ...

    def compact(self) -> list[str]:
        """Merge sealed files."""
        ...


def run(
    settings: Settings,
    network: Network,
    store: SealedStore,
    stop: threading.Event,
    *,
    clock: Clock,
    report: Callable[[IntakeState], None] = lambda _: None,
    folder: Path | None = None,
) -> IntakeState:
    """Collect until `stop` is set; return the final state.

    Args:
        settings: of the site.
        network: what is declared.
        store: open as the writer.
        stop: ends the run; it drains within seconds.
        clock: the time of arrival.
        report: called each second and at the end.
        folder: the data folder, where the HJ 212 gateway remembers; None = it is not opened.

    Raises:
        Permanent: the broker refuses the connection or the subscription; the gateway's address is taken.
        UsageError, InputError: settings that cannot work.
    """
    pattern = TopicPattern.parse(settings.mqtt.topic)
    journal = settings.journal
    known = peers(network, load_secrets(settings.hj212.secrets_file))
    taker = Taker(network, known, store.registry)
    upkeep = Upkeep(store, journal, clock)
    with contextlib.ExitStack() as opened:
        gateway = None
        if settings.hj212.port and folder is not None:
            gateway = open_gateway(settings.hj212, known, clock, folder, taker.decoder.remember)
            opened.callback(gateway.close)
        intake = Intake(
            _path(settings, pattern, gateway),
            Normaliser(network, pattern, store.registry, taker),
            GroupCommit(store, time.monotonic, messages=journal.commit_messages, age=journal.commit_age),
            clock,
            read=taker.read,
        )

        def tick(state: IntakeState) -> None:
            upkeep.look()
            if gateway is not None:
                gateway.check()
                state.gateway = gateway.counters() | taker.decoder.counters()
            report(state)

        intake.run(stop, tick)
    return intake.state


def _path(settings: Settings, pattern: TopicPattern, gateway: Gateway | None) -> ReceivePath:
    """Return the one way by which messages come: the broker's, the gateway's, or both.

    Raises:
        UsageError: there is none.
    """
    if settings.mqtt.url:
        broker = broker_path(settings.mqtt, pattern.filters)
        return broker if gateway is None else BothPaths(broker, gateway.path)
    if gateway is None:
        raise UsageError("nothing to collect from: no broker and no gateway", "set mqtt.url, or hj212.port")
    return gateway.path


class Upkeep:
    """Seals when rows or age say so, compacts once a day; says once when it cannot.

    Args:
        store: to be kept up.
        settings: when to seal.
        clock: the day.
        monotonic: seconds that never go back.
    """

    def __init__(
        self,
        store: SealedStore,
        settings: JournalSettings,
        clock: Clock,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store = store
        self._settings = settings
        self._clock = clock
        self._monotonic = monotonic
        self._next = monotonic()  # what an interrupted run has left is due at once
        self._day = day_of(clock.now())
        self._failing = False

    def look(self) -> None:
        """Do what is due."""
        if self._monotonic() < self._next:
            return
        self._next = self._monotonic() + _LOOK_SECONDS
        try:
            self._store.seal(rows=self._settings.seal_rows, age=self._settings.seal_age)
            if day_of(self._clock.now()) != self._day:
                self._day = day_of(self._clock.now())
                self._store.compact()
        except Retryable as error:
            if not self._failing:
                log.warning("sealing fails; the journal grows until it can be done", cause=error.cause)
            self._failing = True
            return
        if self._failing:
            log.info("sealing works again")
            self._failing = False
