"""Runs the sinks of a site beside the engine, which knows nothing of them: to each its thread, and its reader."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Protocol

import httpx

from alerting.keys import AlarmId
from alerting.record import Kept
from alerting.rules.schema import RuleById
from alerting.sinks.alertmanager import LASTS, RESEND, Alertmanager, Bases
from alerting.sinks.deadman import DeadMan, deadman_url, engine_works
from alerting.sinks.mqtt import MqttStates
from alerting.store import AlertStore, open_reader
from qualicity.clock import Clock
from qualicity.errors import QualicityError
from qualicity.outage import Outage
from qualicity.settings import Settings

LOOK_SECONDS = 1.0
_TIMEOUT = 5.0

Report = Callable[[bool, str, Mapping[str, float]], None]
"""Is told each second whether all is well, what is not, and the counters."""


class Sink(Protocol):
    """Another system that is told of alarms.

    Attributes:
        name: for people.
        patience: s, the longest pause after failures.
    """

    name: str
    patience: float

    def tick(self, alarms: Mapping[AlarmId, Kept], now: int) -> None:
        """Tell it what it does not know yet; a QualicityError says why that was not possible."""
        ...

    def counters(self) -> Mapping[str, float]:
        """Return counters for metrics."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...


class Following:
    """The alarms of a store as they are now; read only where they have changed.

    Args:
        path: of alerting.db, which need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._store: AlertStore | None = None
        self._alarms: dict[AlarmId, Kept] = {}
        self._version = -1
        self._changed = self._whole = 0

    def alarms(self, now: int) -> Mapping[AlarmId, Kept]:
        """Return all kept alarms; what has not changed is the same object as before.

        Once a minute all are read anew, in case a clock was set back.
        """
        store = self.store()
        if store is None:
            return {}
        version = store.database.rows("PRAGMA data_version")[0][0]
        whole = not 0 <= now - self._whole < RESEND
        if whole or version != self._version:
            changed = store.alarms.changed()
            if whole:
                found = store.alarms.load()
                self._alarms = {name: self._same(name, kept) for name, kept in found.items()}
                self._whole = now
            else:
                self._alarms.update(store.alarms.load(since=self._changed))
            self._version, self._changed = version, changed
        return self._alarms

    def _same(self, name: AlarmId, kept: Kept) -> Kept:
        """Return the object that is known already, where an alarm has not changed."""
        known = self._alarms.get(name)
        return kept if known is None or known != kept else known

    def lately(self, since: int) -> Collection[AlarmId]:
        """Return the alarms to which something has happened since then, ms UTC."""
        store = self.store()
        return {one.alarm for one in store.alarms.history(since=since, limit=100_000)} if store else set()

    def store(self) -> AlertStore | None:
        """Return the open store; None while there is none."""
        if self._store is None:
            self._store = open_reader(self._path)
        return self._store

    def close(self) -> None:
        """Close the store."""
        if self._store is not None:
            self._store.close()


class _Runner:
    """One sink on a thread of its own."""

    def __init__(self, name: str, make: Callable[[Following], Sink], path: Path, clock: Clock) -> None:
        self.name = name
        self.problem = ""
        self.counters: Mapping[str, float] = {}
        self.failure: BaseException | None = None
        self._make, self._path, self._clock = make, path, clock
        self._sink: Sink | None = None
        self._outage = Outage(__name__, "not told of alarms", "told of alarms again")

    def run(self, stop: threading.Event) -> None:
        """Tell the sink each second, more seldom while it fails, until told to stop."""
        following = Following(self._path)
        try:
            pause = 0.0
            while not stop.wait(pause):
                pause = self._tell(following, pause)
        except BaseException as error:  # noqa: BLE001 - it is raised again where the others wait
            self.failure = error
        finally:
            if self._sink is not None:
                self._sink.close()
            following.close()

    def _tell(self, following: Following, pause: float) -> float:
        """Tell the sink once; return how long to wait, s."""
        try:
            if self._sink is None:
                self._sink = self._make(following)
            now = self._clock.now()
            self._sink.tick(following.alarms(now), now)
        except QualicityError as error:
            self._outage.begin(system=self.name, cause=error.cause, mend=error.mend)
            self.problem = f"{error.cause} ({error.mend})"
            longest = self._sink.patience if self._sink else LOOK_SECONDS
            pause = min(max(LOOK_SECONDS, pause * 2), longest)
        else:
            self._outage.end(system=self.name)
            self.problem, pause = "", LOOK_SECONDS
        self.counters = self._sink.counters() if self._sink else {}
        return pause


def run_sinks(  # noqa: PLR0917 - as the parts of the service are run
    path: Path, settings: Settings, rules: RuleById, clock: Clock, stop: threading.Event, report: Report
) -> None:
    """Tell the other systems that the settings name of alarms, until told to stop.

    Args:
        path: of alerting.db, which the engine owns; its folder is the data folder.
        settings: of the site.
        rules: by id.
        clock: what time it is.
        stop: ends it.
        report: is told each second.
    """
    runners = [_Runner(name, make, path, clock) for name, make in _sinks(path, settings, rules, clock)]
    threads = [
        threading.Thread(target=one.run, args=(stop,), name=f"alarms-{one.name}", daemon=True) for one in runners
    ]
    for thread in threads:
        thread.start()
    while not stop.wait(LOOK_SECONDS):
        for one in runners:
            if one.failure is not None:
                stop.set()
                raise one.failure
        problems = "; ".join(one.problem for one in runners if one.problem)
        counters = {name: value for one in runners for name, value in one.counters.items()}
        failing = {"alarms_sinks_failing": float(sum(bool(one.problem) for one in runners))}
        report(not problems, problems, {**counters, **failing})
    for thread in threads:
        thread.join(2 * _TIMEOUT)


def _sinks(
    path: Path, settings: Settings, rules: RuleById, clock: Clock
) -> Iterator[tuple[str, Callable[[Following], Sink]]]:
    """Yield the sinks that the settings name, each as what makes it."""
    alerting = settings.alerting

    def works(now: int) -> bool:
        return engine_works(path.parent, now)

    def alertmanager(following: Following) -> Sink:
        bases = Bases(alerting.public_url or settings.grafana.evidence_url, alerting.runbook_url)
        return Alertmanager(
            alerting.alertmanager_url, rules, bases, works, httpx.Client(timeout=_TIMEOUT),
            lately=following.lately(clock.now() - LASTS),
        )  # fmt: skip

    def mqtt_states(_: Following) -> Sink:
        return MqttStates(settings.mqtt, alerting.mqtt_prefix, rules)

    def deadman(_: Following) -> Sink:
        return DeadMan(deadman_url(alerting), works, httpx.Client(timeout=_TIMEOUT))

    if alerting.alertmanager_url:
        yield Alertmanager.name, alertmanager
    if alerting.mqtt:
        yield MqttStates.name, mqtt_states
    if alerting.deadman_url or alerting.deadman_url_file:
        yield DeadMan.name, deadman
