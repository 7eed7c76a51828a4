"""What several parts do."""

from __future__ import annotations

import threading

from console.parts.life import Life
from console.site import Site
from qualicity.errors import UsageError

LOOK_SECONDS = 1.0


def wait_for_store(site: Site, life: Life, stop: threading.Event) -> bool:
    """Wait until there is a journal to follow; return whether there is."""
    while not stop.is_set():
        try:
            site.store.head()
        except UsageError:
            life.turn(ready=True, state="waiting for readings", counters={})
            stop.wait(LOOK_SECONDS)
        else:
            return True
    return False
