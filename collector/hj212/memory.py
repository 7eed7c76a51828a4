"""What the gateway remembers beyond one run: what it has asked loggers for, who is connected, and strangers who spoke.

`hj212.db` in the data folder. Nothing of it is needed for a reading: without it loggers are asked again.
"""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from collector.hj212.history import Asked, Piece
from qualicity.errors import Retryable
from qualicity.periods import DAY_MS
from qualicity.store.durable import Closes

NAME = "hj212.db"

_KEPT_MS = 400 * DAY_MS
_MOST_STRANGERS = 200
_LONGEST_MN = 32
_SCHEMA = """
CREATE TABLE IF NOT EXISTS asked (
    mn TEXT, cn TEXT, begin INTEGER, end INTEGER, at INTEGER, outcome TEXT
);
CREATE TABLE IF NOT EXISTS loggers (
    mn TEXT PRIMARY KEY, address TEXT, at INTEGER, connected INTEGER
);
CREATE TABLE IF NOT EXISTS strangers (
    mn TEXT, address TEXT, first INTEGER, last INTEGER, frames INTEGER, PRIMARY KEY (mn, address)
);
"""


class Stranger(NamedTuple):
    """An MN that is not declared."""

    mn: str
    address: str
    first: int  # ms UTC
    last: int  # ms UTC
    frames: int


class Seen(NamedTuple):
    """When a logger was last seen to connect or to go."""

    mn: str
    address: str
    at: int  # ms UTC
    connected: bool


class Memory(Closes):
    """The gateway's own table of what was.

    Args:
        path: the file.
        reader: nothing is written.
    """

    def __init__(self, path: Path, *, reader: bool = False) -> None:
        uri = f"file:{path}?mode=ro" if reader else f"file:{path}"
        try:
            self._database = sqlite3.connect(uri, uri=True, isolation_level=None, timeout=5.0)
            if not reader:
                self._database.execute("PRAGMA journal_mode=WAL")
                self._database.execute("PRAGMA synchronous=NORMAL")
                self._database.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise Retryable(f"{path} cannot be opened: {error}", "free the disk, or take the file away") from error

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def asked(self, since: int) -> list[Asked]:
        """Return what was asked for and ends after a time (ms UTC)."""
        with _told():
            rows = self._database.execute("SELECT mn, cn, begin, end, at, outcome FROM asked WHERE end > ?", (since,))
            return [Asked(Piece(*row[:4]), *row[4:]) for row in rows]

    def note_asked(self, asked: Asked) -> None:
        """Remember a request of history.

        Raises:
            Retryable: the disk is full.
        """
        with _told():
            self._database.execute("INSERT INTO asked VALUES (?, ?, ?, ?, ?, ?)", (*asked.piece, *asked[1:]))
            self._database.execute("DELETE FROM asked WHERE at < ?", (asked.at - _KEPT_MS,))

    def seen(self) -> dict[str, Seen]:
        """Return when each logger that ever connected came or went, by MN."""
        with _told():
            rows = self._database.execute("SELECT * FROM loggers")
            return {mn: Seen(mn, address, at, bool(connected)) for mn, address, at, connected in rows}

    def note_seen(self, loggers: Iterable[Seen]) -> None:
        """Remember who has come or gone.

        Raises:
            Retryable: the disk is full.
        """
        with _told(), self._database:
            self._database.execute("BEGIN")
            self._database.executemany("INSERT OR REPLACE INTO loggers VALUES (?, ?, ?, ?)", loggers)

    def begin(self) -> None:
        """Note that a run begins: nobody is connected, whatever an earlier one could not write down.

        Raises:
            Retryable: the disk is full.
        """
        with _told():
            self._database.execute("UPDATE loggers SET connected = 0")

    def strangers(self) -> list[Stranger]:
        """Return who has spoken without being declared, the last one first."""
        with _told():
            return [Stranger(*row) for row in self._database.execute("SELECT * FROM strangers ORDER BY last DESC")]

    def note_stranger(self, mn: str, address: str, at: int, frames: int) -> None:
        """Remember somebody who is not declared; the longest silent one gives way.

        Raises:
            Retryable: the disk is full.
        """
        with _told():
            self._database.execute(
                "INSERT INTO strangers VALUES (?, ?, ?, ?, ?) ON CONFLICT (mn, address)"
                " DO UPDATE SET last = excluded.last, frames = frames + excluded.frames",
                (mn[:_LONGEST_MN], address, at, at, frames),
            )
            self._database.execute(
                "DELETE FROM strangers WHERE rowid NOT IN (SELECT rowid FROM strangers ORDER BY last DESC LIMIT ?)",
                (_MOST_STRANGERS,),
            )


@contextlib.contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise Retryable(f"{NAME}: {error}", "free the disk, or take the file away") from error
