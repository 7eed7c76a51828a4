"""Who may write to a data folder: locks that the system lets go of when the process that has them dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from qualicity.store.durable import disk_errors

WRITER = "writer.lock"
"""Of the one process that appends to the journal."""
ARCHIVE = "archive.lock"
"""Of the one process that changes the archive, and takes from the journal what it has sealed."""
JUDGE = "judge.lock"
"""Of the one process that judges what is due."""
WATCH = "watch.lock"
"""Of the one process that watches, and tells people: two would call them twice."""
INDICATORS = "indicators.lock"
"""Of the one process that judges indicators when what they rest on has changed."""
COPY = "copy.lock"
"""Of the one process that writes into InfluxDB."""


def take(folder: Path, name: str) -> int | None:
    """Take a lock; return its descriptor, to be closed at the end, or None when another process has it.

    Raises:
        Retryable: the disk is full or broken.
    """
    with disk_errors():
        descriptor = os.open(folder / name, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor
