"""What several parts do."""

from __future__ import annotations

import threading

from console.site import Site
from qualicity.errors import UsageError
from qualicity.heartbeat import beat

LOOK_SECONDS = 1.0


def wait_for_store(site: Site, part: str, stop: threading.Event) -> bool:
    """Wait until there is a journal to follow; return whether there is."""
    while not stop.is_set():
        try:
            site.store.head()
        except UsageError:
            beat(site.data, part, site.clock.now(), ready=True, state="waiting for readings", counters={})
            stop.wait(LOOK_SECONDS)
        else:
            return True
    return False
