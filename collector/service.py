"""The collector as a service: the session of the settings, appended to the store of the site."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from collector.again import Again
from collector.again import Store as Letters
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
from collector.steady import SteadyClock, last_written
from collector.topics import TopicPattern
from collector.writer import GroupCommit
from qualicity.clock import Clock
from qualicity.errors import UsageError
from qualicity.network import Network
from qualicity.settings import Settings
from qualicity.store.base import ObservationStore
from qualicity.store.letter_requests import LetterRequests
from qualicity.store.upkeep import KeptUp, Upkeep


class Store(ObservationStore, KeptUp, Letters, Protocol):
    """A store that may also seal and compact, and holds dead letters."""


def run(
    settings: Settings,
    network: Network,
    store: Store,
    stop: threading.Event,
    *,
    clock: Clock,
    report: Callable[[IntakeState], None] = lambda _: None,
    folder: Path | None = None,
    seals: bool = True,
) -> IntakeState:
    """Collect until `stop` is set; return the final state.

    Args:
        settings: of the site.
        network: what is declared.
        store: open as the writer.
        stop: ends the run; it drains within seconds.
        clock: the machine's; arrivals are dated by it, or by a later one while it is known to be behind.
        report: called each second and at the end, while no commit is under way.
        folder: the data folder, where the HJ 212 gateway remembers and people ask for dead letters to be treated
            again; None = neither.
        seals: seal and compact in between; False = another process does.

    Raises:
        Permanent: the broker refuses the connection or the subscription; the gateway's address is taken.
        UsageError, InputError: settings that cannot work.
    """
    pattern = TopicPattern.parse(settings.mqtt.topic)
    journal = settings.journal
    known = peers(network, load_secrets(settings.hj212.secrets_file))
    taker = Taker(network, known, store.registry)
    steady = SteadyClock(clock, last_written(folder) if folder is not None else 0)
    upkeep = Upkeep(store, journal, settings.archive, clock) if seals else None
    with contextlib.ExitStack() as opened:
        gateway = None
        if settings.hj212.port and folder is not None:
            gateway = open_gateway(settings.hj212, known, steady, folder, taker.decoder.remember)
            opened.callback(gateway.close)
        normaliser = Normaliser(network, pattern, store.registry, taker)
        requests = None if folder is None else opened.enter_context(LetterRequests(folder))
        again = Again(store, normaliser, taker, clock)
        intake = Intake(
            _path(settings, pattern, gateway),
            normaliser,
            GroupCommit(store, time.monotonic, messages=journal.commit_messages, age=journal.commit_age),
            steady,
            read=taker.read,
        )

        def tick(state: IntakeState) -> None:
            state.clock_behind_seconds, state.clock_jumps = steady.behind // 1000, steady.jumps
            intake.settle()  # the store is one thread's at a time, and whoever is reported to asks it, too
            if upkeep is not None:
                upkeep.look()
            if requests is not None:
                again.look(requests)
            if gateway is not None:
                gateway.desk.clock_is_sure = steady.sure
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
