"""What makes files durable, what a disk's errors mean, and where a test may stop in between."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from qualicity.errors import Retryable

Step = Callable[[str], None]
"""Told the name of each step that is done; a test raises there what kill -9 would be."""


def no_step(_name: str) -> None:
    """Go on."""


def sync_file(path: Path) -> None:
    """Make a file's bytes durable."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def file_digest(path: Path) -> str:
    """Return the SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def free_bytes(folder: Path) -> int:
    """Return how many bytes are free on the disk of a folder, for us."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


@contextlib.contextmanager
def disk_errors() -> Iterator[None]:
    """Say what a disk error means: nothing is lost, and it can be tried again."""
    try:
        yield
    except OSError as error:
        raise Retryable(
            f"the data folder cannot be written: {error}", "make room on the disk; it is tried again"
        ) from error
