"""The alarms as a part of the service: the engine in this thread, the senders and the sinks beside it."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Self

import structlog

from alerting.channels.base import Sender
from alerting.channels.build import build_sender
from alerting.compose import Composer
from alerting.delivery import Delivery
from alerting.dispatch import Dispatcher
from alerting.drill import ask_for_drill
from alerting.engine import Engine
from alerting.evaluation import Evaluator
from alerting.follow import Follower
from alerting.links import Links, load_links
from alerting.metrics import LAST_EVALUATION, alarm_metrics
from alerting.oncall.duty import OnCall
from alerting.oncall.load import ONCALL_FILE, site_oncall, site_oncall_file
from alerting.rules.compiled import Ruleset
from alerting.rules.load import RULES_FILE, site_rules
from alerting.rules.schema import Rule
from alerting.sinks.run import run_sinks
from alerting.store import NAME, AlertStore, open_reader
from console.site import Site
from qualicity.checks import default_rules
from qualicity.clock import Clock
from qualicity.errors import InputError
from qualicity.periods import HOUR_MS, SECOND_MS
from qualicity.settings import AlertingSettings
from qualicity.store.durable import file_stamp

_MEASURE_MS = 10 * SECOND_MS
_NOBODY = "watching; nobody is told: there is no on-call file (`qualicity init DIR` writes a sample)"

log = structlog.get_logger(__name__)

Report = Callable[[bool, str, Mapping[str, float]], None]
Wait = Callable[[float], object]


class Declared:
    """The rules and the on-call file of a site, read again when they have changed.

    What cannot be taken changes nothing: what was declared before goes on, and the part says what is wrong, until it
    can be taken. So a file that is gone; only a restart goes without it.

    Raises:
        InputError: at the start something cannot be taken.
    """

    def __init__(self, site: Site) -> None:
        self._site = site
        self.problem = ""
        self._stamps = self._look()
        self.ruleset, self.oncall = self._read()
        self.rule_by_id: dict[str, Rule] = {}
        self._name()
        self._needed = [path for path, stamp in self._stamps.items() if stamp]

    def renew(self) -> bool:
        """Return whether something else is declared than before."""
        stamps = self._look()
        if stamps == self._stamps and not self.problem:
            return False
        self._stamps = stamps
        try:
            self._check_there()
            self.ruleset, self.oncall = self._read()
            self._name()
        except InputError as error:
            if error.cause != self.problem:
                log.error(  # noqa: TRY400 - what is wrong is said in words
                    "rules or on-call file cannot be taken; the old ones go on", cause=error.cause, mend=error.mend
                )
            self.problem = error.cause
            return False
        self.problem = ""
        self._needed = [path for path, stamp in stamps.items() if stamp]
        log.info("rules and on-call file read anew")
        return True

    def _name(self) -> None:
        """Renew the rules by id in place: the sinks hold on to them."""
        fresh = {name: one.rule for name, one in self.ruleset.by_id.items()}
        for name in self.rule_by_id.keys() - fresh.keys():
            del self.rule_by_id[name]
        self.rule_by_id.update(fresh)

    def _check_there(self) -> None:
        for path in self._needed:
            if not self._stamps[path]:
                raise InputError(f"{path} is gone", "put it back, or restart the service to go without it")

    def _read(self) -> tuple[Ruleset, OnCall | None]:
        """Read both files, and the secrets that they and the settings name: all that is opened with them."""
        settings, folder = self._site.settings.alerting, self._site.data
        ruleset = site_rules(folder, settings, self._site.network)
        oncall = site_oncall(folder, settings, {one.rule.policy for one in ruleset.rules})
        for sender in _senders(self._site, oncall).values():
            sender.close()
        _links(settings)
        return ruleset, oncall

    def _look(self) -> dict[Path, object]:
        """Return what tells whether the files have changed; None = there is no such file."""
        settings, folder = self._site.settings.alerting, self._site.data
        paths = (settings.rules or folder / RULES_FILE, settings.oncall or folder / ONCALL_FILE)
        return {path: file_stamp(path) for path in paths}


def _senders(site: Site, oncall: OnCall | None) -> dict[str, Sender]:
    """Return the sender of each channel; their secrets are read."""
    folder = (site_oncall_file(site.data, site.settings.alerting) or site.data / NAME).parent
    channels = oncall.channels if oncall else {}
    return {name: build_sender(one, folder, clock=site.clock) for name, one in channels.items()}


def _links(settings: AlertingSettings) -> Links | None:
    """Return what signs links of acknowledgement; None = there are no such links."""
    return load_links(settings.link_key_file, settings.link_hours) if settings.link_key_file else None


def run_alarms(site: Site, stop: threading.Event, wait: Wait, report: Report) -> None:
    """Watch, decide and tell until told to stop.

    Args:
        site: whose alarms.
        stop: ends it.
        wait: waits for something new, at most so many seconds.
        report: is told each second: is all well, one line for people, counters.
    """
    declared = Declared(site)
    with _Beside(site, declared) as beside:
        while not stop.is_set():
            with _opened(site, declared, beside) as running:
                _watch(site, running, stop, wait, report)


class _Beside:
    """What runs beside the engine on a thread of its own: the sinks, and the metrics of the store."""

    def __init__(self, site: Site, declared: Declared) -> None:
        self.problem = ""
        self.counters: Mapping[str, float] = {}
        self._site, self._declared = site, declared
        self._metrics: Mapping[str, float] = {}
        self._measured = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="alarm-sinks", daemon=True)

    def _run(self) -> None:
        site, rules = self._site, self._declared.rule_by_id
        try:
            run_sinks(site.data / NAME, site.settings, rules, site.clock, self._stop, self._told)
        except Exception as error:  # the alarms themselves go on, and the part says that it is ill
            log.exception("other systems are told no more")
            self.problem = f"other systems are told no more: {error}"

    def _told(self, well: bool, text: str, counters: Mapping[str, float]) -> None:  # noqa: FBT001 - as sinks tell it
        now = self._site.clock.now()
        if abs(now - self._measured) >= _MEASURE_MS:
            self._measured = now
            store = open_reader(self._site.data / NAME)
            if store is not None:
                with store:
                    self._metrics = alarm_metrics(store, now)
        self.problem = "" if well else text
        self.counters = {**counters, **self._metrics}

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()


@dataclass
class _Running:
    """What runs between two readings of the rules."""

    declared: Declared
    store: AlertStore
    engine: Engine
    follower: Follower
    delivery: Delivery
    beside: _Beside


@contextmanager
def _opened(site: Site, declared: Declared, beside: _Beside) -> Iterator[_Running]:
    """Open what a set of rules and people needs; the state is in the store and goes on."""
    settings, network, ruleset = site.settings.alerting, site.network, declared.ruleset
    channels = declared.oncall.channels if declared.oncall else {}
    with ExitStack() as opened:
        store = opened.enter_context(AlertStore(site.data / NAME))
        composer = Composer(network, ruleset, settings, _links(settings))
        dispatcher = Dispatcher(store, declared.oncall, ruleset, network, composer)
        evaluator = Evaluator(ruleset, network, default_rules(), live_ms=round(settings.live_hours * HOUR_MS))
        engine = Engine(store, ruleset, network, evaluator, dispatcher)
        follower = Follower(site.data, site.store, store, ruleset=ruleset, network=network, clock=site.clock)
        opened.callback(follower.close)
        delivery = Delivery(
            lambda: AlertStore(site.data / NAME),
            _senders(site, declared.oncall),
            site.clock,
            rates={name: one.rate for name, one in channels.items()},
        )
        delivery.start()
        opened.callback(delivery.stop)
        yield _Running(declared, store, engine, follower, delivery, beside)


def _watch(site: Site, running: _Running, stop: threading.Event, wait: Wait, report: Report) -> None:
    """Run rounds until told to stop, or until something else is declared."""
    told = 0
    before = finished = site.clock.now()
    gc.unfreeze()
    gc.collect()
    gc.freeze()  # what lives as long as the service is not gone through again and again: pauses of 0.1 s
    while not stop.is_set():
        feed = running.follower.feed(partial(_own_metrics, running, before, site.clock))
        if running.engine.round(feed, site.clock.now()):
            running.delivery.kick()
        before, finished = finished, site.clock.now()
        if abs(finished - told) >= SECOND_MS:  # the clock may be set back
            told = finished
            running.delivery.kick()
            _tell(site, running, finished, report)
            oncall = running.declared.oncall
            if oncall and site.settings.alerting.drill:
                ask_for_drill(running.store, oncall.calendar, finished)
            if running.declared.renew():
                return
        if not feed.rows:
            wait(1.0)


def _own_metrics(running: _Running, before: int, clock: Clock) -> dict[tuple[str, str], float]:
    """Return what alerting knows of itself, for its own rules.

    Args:
        running: what runs.
        before: when the last round but one was finished, ms UTC: a round that took long is seen after it.
        clock: what time it is.
    """
    now, oldest = clock.now(), running.store.outbox.oldest()
    return {
        ("alert_eval_lag_s", ""): (now - before) / SECOND_MS,
        ("outbox_oldest_s", ""): 0.0 if oldest is None else max(0, now - oldest) / SECOND_MS,
        ("outbox_dead_per_h", ""): float(running.store.outbox.died_since(now - HOUR_MS)),
    }


def _tell(site: Site, running: _Running, now: int, report: Report) -> None:
    """Say how the part is."""
    declared, counts = running.declared, running.engine.counts
    lag = max(0, site.store.head().seq - running.follower.cursor.seq)
    problem = "; ".join(filter(None, (declared.problem, running.beside.problem)))
    counters = {
        **running.beside.counters,
        **{f"alert_{name}": float(value) for name, value in asdict(counts).items()},
        LAST_EVALUATION: now / SECOND_MS,
        "lag_rows": float(lag),
        "position": float(running.follower.cursor.seq),
    }
    report(not problem, problem or ("watching" if declared.oncall else _NOBODY), counters)
