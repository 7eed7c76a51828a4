"""The upkeep of the archive as a part of the service: sealing, compaction, retention.

It is a process of its own beside the one that takes readings, so that neither waits for the other.
"""

from __future__ import annotations

import threading

from console.parts.life import Life
from console.parts.waiting import LOOK_SECONDS
from console.site import Site
from qualicity.errors import UsageError
from qualicity.store.upkeep import Upkeep


def run(site: Site, stop: threading.Event) -> None:
    """Keep the archive up until told to stop."""
    with Life(site.data, "archive", site.clock) as life:
        if _wait_for_archive(site, life, stop):
            _keep_up(site, life, stop)


def _wait_for_archive(site: Site, life: Life, stop: threading.Event) -> bool:
    """Wait until there is a journal, and the archive is nobody else's; return whether it is ours."""
    while not stop.is_set():
        try:
            site.store.head()
        except UsageError as error:
            life.turn(ready=True, state=f"waiting: {error.cause}", counters={})
            stop.wait(LOOK_SECONDS)
        else:
            return True
    return False


def _keep_up(site: Site, life: Life, stop: threading.Event) -> None:
    upkeep = Upkeep(site.store, site.settings.journal, site.settings.archive, site.clock)
    counters: dict[str, float] = {}
    while not stop.is_set():
        if upkeep.look() or not counters:
            counters = _counters(site, upkeep)
        life.turn(ready=not upkeep.trouble, state=upkeep.trouble or "keeping up", counters=counters)
        stop.wait(LOOK_SECONDS)


def _counters(site: Site, upkeep: Upkeep) -> dict[str, float]:
    """Return what is told of the archive."""
    state = site.store.archive_state()
    now = site.clock.now()
    return {
        "rows_waiting": state.waiting,
        "oldest_row_age_seconds": 0.0 if state.oldest is None else max(0, now - state.oldest) / 1000,
        "archive_files": state.files,
        "archive_rows": state.rows,
        "archive_bytes": state.bytes,
        "rows_sealed_total": upkeep.sealed,
        "upkeep_failures_total": upkeep.failures,
        "last_seal_timestamp_seconds": state.sealed / 1000,
        "last_compaction_timestamp_seconds": state.compacted / 1000,
    }
