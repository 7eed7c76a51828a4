"""The aggregator as a part of the service."""

from __future__ import annotations

import threading

import structlog

from aggregator.due import Aggregator
from aggregator.pipeline import Pipeline
from console.parts.life import Life
from console.parts.waiting import LOOK_SECONDS, read_log
from console.schedule import waking
from console.site import Site
from qualicity.store import locks
from qualicity.store.doorbell import Doorbell, ring

log = structlog.get_logger(__name__)


def run(site: Site, stop: threading.Event) -> None:
    """Follow the log and judge what is due until told to stop."""
    read_log(site, "aggregator", stop, _follow, lock=locks.JUDGE, work="judges")


def _follow(site: Site, life: Life, stop: threading.Event) -> None:
    counters = dict.fromkeys(("rows_followed", "versions_written", "rounds"), 0)
    aggregator = Aggregator(Pipeline(site.store, site.ledger, site.network, site.clock))
    with Doorbell(site.data, "aggregator") as bell, waking(lambda: ring(site.data)):
        while not stop.is_set():
            counters["rows_followed"] += aggregator.follow()
            changed = aggregator.judge_due()
            aggregator.refresh_provisional()
            counters["versions_written"] += len(changed)
            counters["rounds"] += 1
            counters["dirty_days"] = len({(item.scope, item.period) for item in site.ledger.dirty()})
            counters["position"] = site.ledger.cursor().seq
            counters["lag_rows"] = site.store.head().seq - counters["position"]
            if changed:
                log.info("judged", versions=len(changed))
            life.turn(ready=True, state="following", counters=counters)
            bell.wait(LOOK_SECONDS)
