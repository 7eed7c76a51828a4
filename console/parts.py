"""The parts of the service: each runs until it is told to stop, and says each second how it is."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict

import structlog

from aggregator.pipeline import Pipeline
from collector.intake import IntakeState
from collector.service import run
from console.alerting import run_alarms
from console.api import run_api
from console.projection import run_writer, site_writer
from console.schedule import waking
from console.site import Site
from qualicity.errors import InputError, UsageError
from qualicity.heartbeat import beat, silence
from qualicity.store.doorbell import Doorbell, ring

_LOOK_SECONDS = 1.0
_RETRY_SECONDS = 5.0

log = structlog.get_logger(__name__)


def run_collector(site: Site, stop: threading.Event) -> None:
    """Take readings from the broker until told to stop."""

    def report(state: IntakeState) -> None:
        counters = {name: value for name, value in asdict(state).items() if isinstance(value, int)}
        counters["journal_rows"] = site.store.waiting()
        ready = state.connected and not state.paused
        beat(site.data, "collector", site.clock.now(), ready=ready, state=state.state, counters=counters)

    run(site.settings, site.network, site.store, stop, clock=site.clock, report=report)
    silence(site.data, "collector")


def run_aggregator(site: Site, stop: threading.Event) -> None:
    """Follow the log and judge what is due until told to stop."""
    counters = dict.fromkeys(("rows_followed", "versions_written", "rounds"), 0)
    if not _wait_for_store(site, "aggregator", stop):
        return
    pipeline = Pipeline(site.store, site.ledger, site.network, site.clock)
    with Doorbell(site.data, "aggregator") as bell, waking(lambda: ring(site.data)):
        while not stop.is_set():
            counters["rows_followed"] += pipeline.follow()
            changed = pipeline.judge_due()
            pipeline.refresh_provisional()
            counters["versions_written"] += len(changed)
            counters["rounds"] += 1
            counters["dirty_days"] = len({(item.city, item.day) for item in site.ledger.dirty()})
            counters["lag_rows"] = site.store.head().seq - site.ledger.cursor().seq
            if changed:
                log.info("judged", versions=len(changed))
            beat(site.data, "aggregator", site.clock.now(), ready=True, state="following", counters=counters)
            bell.wait(_LOOK_SECONDS)
    silence(site.data, "aggregator")


def _wait_for_store(site: Site, part: str, stop: threading.Event) -> bool:
    """Wait until there is a journal to follow; return whether there is."""
    while not stop.is_set():
        try:
            site.store.head()
        except UsageError:
            beat(site.data, part, site.clock.now(), ready=True, state="waiting for readings", counters={})
            stop.wait(_LOOK_SECONDS)
        else:
            return True
    return False


def run_alerting(site: Site, stop: threading.Event) -> None:
    """Watch for what people must know, and tell them, until told to stop."""
    if not _wait_for_store(site, "alerting", stop):
        return

    def report(well: bool, text: str, counters: Mapping[str, float]) -> None:  # noqa: FBT001 - as the engine tells it
        beat(site.data, "alerting", site.clock.now(), ready=well, state=text, counters=counters)

    with Doorbell(site.data, "alerting") as bell:
        while not stop.is_set():
            try:
                run_alarms(site, stop, bell.wait, report)
            except InputError as error:  # rules that cannot be taken stop nothing else
                log.error("no alarms", cause=error.cause, mend=error.mend)  # noqa: TRY400 - it is said in words
                report(False, f"no alarms: {error.cause} ({error.mend})", {})
                stop.wait(_RETRY_SECONDS)
    silence(site.data, "alerting")


def run_influx(site: Site, stop: threading.Event) -> None:
    """Keep the copy in InfluxDB up until told to stop."""
    if not _wait_for_store(site, "influx", stop):
        return

    def report(well: bool, text: str, counters: Mapping[str, float]) -> None:  # noqa: FBT001 - as the writer tells it
        beat(site.data, "influx", site.clock.now(), ready=well, state=text, counters=counters)

    with Doorbell(site.data, "influx") as bell:
        while not stop.is_set():
            try:
                with site_writer(site) as writer:
                    run_writer(site, writer, stop, bell.wait, report)
            except InputError as error:  # a token that is not made yet stops nothing else
                report(False, f"{error.cause} ({error.mend})", {})
                stop.wait(_LOOK_SECONDS)
    silence(site.data, "influx")


def run_page(site: Site, stop: threading.Event) -> None:
    """Serve health, metrics, the page and the evidence of verdicts until told to stop."""
    run_api(site.data, site.settings.api, site.clock, stop, site.reader)


PARTS: Mapping[str, Callable[[Site, threading.Event], None]] = {
    "collector": run_collector,
    "aggregator": run_aggregator,
    "alerting": run_alerting,
    "influx": run_influx,
    "api": run_page,
}


def parts_of(site: Site) -> list[str]:
    """Return the parts that a site needs: without a database configured, nothing is written there."""
    return [part for part in PARTS if part != "influx" or site.settings.influx.url]


WRITERS = frozenset({"collector"})
"""Parts that append to the store."""

SPEAKING = frozenset(PARTS) - {"api"}
"""Parts that give signs of life; the page is asked itself."""
