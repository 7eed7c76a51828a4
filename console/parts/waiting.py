"""What several parts do."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable, Iterator

import structlog

from console.parts.life import Life
from console.site import Site
from qualicity.errors import UsageError
from qualicity.store import locks

LOOK_SECONDS = 1.0

log = structlog.get_logger(__name__)


def read_log(
    site: Site, part: str, stop: threading.Event, loop: Callable[[Site, Life, threading.Event], None], *,
    lock: str, work: str,
) -> None:  # fmt: skip
    """Run the loop of a part that reads the log, once there is one and no other process does the same.

    Args:
        site: whose work it is.
        part: its name.
        stop: ends waiting, and the loop.
        loop: runs until told to stop.
        lock: of the one process that does it.
        work: what that process does.
    """
    with Life(site.data, part, site.clock) as life:
        if not wait_for_store(site, life, stop):
            return
        with sole(site, life, stop, lock, work) as ours:
            if ours:
                loop(site, life, stop)


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


@contextlib.contextmanager
def sole(site: Site, life: Life, stop: threading.Event, lock: str, work: str) -> Iterator[bool]:
    """Wait until no other process does a part's work, and keep others from it; give whether it is our turn.

    Args:
        site: whose work it is.
        life: says meanwhile that the part waits.
        stop: ends waiting.
        lock: of the one process that does it.
        work: what that process does.
    """
    descriptor, told = locks.take(site.data, lock), False
    while descriptor is None and not stop.is_set():
        if not told:
            log.warning("this part waits", reason=f"another process {work}")
            told = True
        life.turn(ready=True, state=f"waiting: another process {work}", counters={})
        stop.wait(LOOK_SECONDS)
        descriptor = locks.take(site.data, lock)
    try:
        yield descriptor is not None
    finally:
        if descriptor is not None:
            os.close(descriptor)
