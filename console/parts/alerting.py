"""The alarms as a part of the service."""

from __future__ import annotations

import threading
from collections.abc import Mapping

import structlog

from console.alerting import run_alarms
from console.parts.life import Life
from console.parts.waiting import read_log
from console.site import Site
from qualicity.errors import InputError
from qualicity.store import locks
from qualicity.store.doorbell import Doorbell

_RETRY_SECONDS = 5.0

log = structlog.get_logger(__name__)


def run(site: Site, stop: threading.Event) -> None:
    """Watch for what people must know, and tell them, until told to stop."""
    read_log(site, "alerting", stop, _watch, lock=locks.WATCH, work="watches")


def _watch(site: Site, life: Life, stop: threading.Event) -> None:
    def report(well: bool, text: str, counters: Mapping[str, float]) -> None:  # noqa: FBT001 - as the engine tells it
        life.turn(ready=well, state=text, counters=counters)

    with Doorbell(site.data, "alerting") as bell:
        while not stop.is_set():
            try:
                run_alarms(site, stop, bell.wait, report)
            except InputError as error:  # rules that cannot be taken stop nothing else
                log.error("no alarms", cause=error.cause, mend=error.mend)  # noqa: TRY400 - it is said in words
                report(False, f"no alarms: {error.cause} ({error.mend})", {})
                stop.wait(_RETRY_SECONDS)
