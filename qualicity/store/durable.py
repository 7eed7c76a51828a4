"""What makes files durable, what a disk's errors mean, and where a test may stop in between."""

from __future__ import annotations

import contextlib
import hashlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from qualicity.errors import IntegrityError, Retryable

Step = Callable[[str], None]
"""Told the name of each step that is done; a test raises there what kill -9 would be."""

_PASSING = frozenset({
    sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_NOMEM, sqlite3.SQLITE_INTERRUPT,
})  # fmt: skip
"""Errors of SQLite that may pass; any other says that the file is not what was written."""


class Closes:
    """What a `with` block closes at its end."""

    def close(self) -> None:
        """Let go of what is held."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()


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


def file_stamp(path: Path) -> tuple[int, int, int] | None:
    """Return which file it is, when it was changed (ns) and its bytes; None = there is none."""
    try:
        state = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return state.st_ino, state.st_mtime_ns, state.st_size


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
            f"the data folder cannot be written: {error}",
            "make room on the disk, or make it writable; it is tried again",
        ) from error


def passes(error: sqlite3.Error) -> bool:
    """Return whether an error of SQLite may pass: a disk that is full or broken, a file that another holds."""
    code = getattr(error, "sqlite_errorcode", None)  # not there when the error is Python's own
    return code is not None and code & 0xFF in _PASSING


@contextlib.contextmanager
def translated(name: str) -> Iterator[None]:
    """Say what SQLite's errors mean for a file that must keep what it has: wait and make room, or restore.

    Raises:
        Retryable: it may pass.
        IntegrityError: the file is not what was written.
    """
    try:
        yield
    except sqlite3.Error as error:
        if passes(error):
            mend = "make room on the disk, and it and the folder writable"
            raise Retryable(f"{name} cannot be used: {error}", mend) from error
        raise IntegrityError(f"{name} is broken: {error}", "restore it from a backup") from error


@contextlib.contextmanager
def transaction(db: sqlite3.Connection, name: str) -> Iterator[None]:
    """Run a block in one immediate transaction of a file; nothing of it stays when it fails.

    Raises:
        Retryable, IntegrityError: as `translated`.
    """
    with translated(name):
        db.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise


@contextlib.contextmanager
def database_errors() -> Iterator[None]:
    """Say what an error of SQLite means when it may pass: nothing is lost, and it can be tried again."""
    try:
        yield
    except sqlite3.Error as error:
        if not passes(error):
            raise
        raise Retryable(
            f"a file of the data folder cannot be used: {error}",
            "make room on the disk, or make it writable; it is tried again",
        ) from error
