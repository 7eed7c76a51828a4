"""What people ask of dead letters: to be treated again, by the one who appends readings.

A request is a row of the journal's file, beside the letters: any process submits one in a short transaction, and the
writer carries it out, a piece at a time. How far it has come, and what became of it, stands in the same row.
"""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import NamedTuple

import msgspec

from qualicity.errors import UsageError
from qualicity.store.durable import Closes, transaction, translated
from qualicity.store.journal import NAME

KEPT = 200
"""Requests that are remembered after they were carried out."""

_SCHEMA = """CREATE TABLE IF NOT EXISTS letter_requests (
    id INTEGER PRIMARY KEY AUTOINCREMENT, made INTEGER NOT NULL, who TEXT NOT NULL, chosen TEXT NOT NULL,
    last INTEGER NOT NULL, progress TEXT NOT NULL, done INTEGER
)"""


class Chosen(msgspec.Struct, frozen=True):
    """Which letters are to be treated again."""

    ids: tuple[int, ...] | None = None  # None = all that fit the rest
    reason: str = ""  # empty = any
    stations: tuple[str, ...] | None = None  # None = of any, also of none
    skip: tuple[int, ...] = ()  # those that somebody has dismissed
    clock_behind: int = 0  # ms by which our own clock was behind when they came


class Still(msgspec.Struct, frozen=True):
    """A letter that is still dead, and why."""

    id: int
    reason: str
    detail: str


class Progress(msgspec.Struct, frozen=True):
    """What has come of a request."""

    reached: int = 0  # id of the last letter that was looked at
    tried: int = 0
    taken: int = 0
    readings: int = 0
    still: tuple[Still, ...] = ()  # the first of them


class Request(NamedTuple):
    """A request."""

    id: int
    made: int  # ms UTC
    who: str
    chosen: Chosen
    last: int  # id of the last letter that there was when it was made
    progress: Progress
    done: int | None  # ms UTC; None = it waits, or is being carried out


class LetterRequests(Closes):
    """The requests in a data folder's journal.

    Args:
        folder: the data folder.

    Raises:
        UsageError: there is no journal.
    """

    def __init__(self, folder: Path) -> None:
        if not (folder / NAME).is_file():
            raise UsageError(f"{folder} holds no readings yet", "import readings or run the collector first")
        self._db = sqlite3.connect(folder / NAME, isolation_level=None, check_same_thread=False, timeout=30)

    def submit(self, now: int, who: str, chosen: Chosen) -> int:
        """Keep a request durably; return its number."""
        with transaction(self._db, NAME):
            self._db.execute(_SCHEMA)
            (last,) = self._db.execute("SELECT coalesce(max(id), 0) FROM dead_letters").fetchone()
            cursor = self._db.execute(
                "INSERT INTO letter_requests (made, who, chosen, last, progress) VALUES (?, ?, ?, ?, ?)",
                (now, who, _text(chosen), last, _text(Progress())),
            )
            number = int(cursor.lastrowid or 0)
            self._db.execute("DELETE FROM letter_requests WHERE done IS NOT NULL AND id <= ?", (number - KEPT,))
        return number

    def waiting(self) -> Request | None:
        """Return the oldest request that is not carried out yet."""
        found = self._select("WHERE done IS NULL ORDER BY id LIMIT 1")
        return found[0] if found else None

    def find(self, number: int) -> Request | None:
        """Return a request; None = there is none of that number, or it was forgotten."""
        found = self._select("WHERE id = ?", number)
        return found[0] if found else None

    def latest(self, limit: int) -> list[Request]:
        """Return the last so many requests, the newest first."""
        return self._select("ORDER BY id DESC LIMIT ?", limit)

    def advance(self, number: int, progress: Progress, done: int | None) -> None:
        """Say how far a request has come; `done` (ms UTC) where it is carried out."""
        with transaction(self._db, NAME):
            self._db.execute(
                "UPDATE letter_requests SET progress = ?, done = ? WHERE id = ?",
                (_text(progress), done, number),
            )

    def _select(self, rest: str, *values: object) -> list[Request]:
        with translated(NAME):
            if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'letter_requests'").fetchone():
                return []
            rows = self._db.execute(
                f"SELECT id, made, who, chosen, last, progress, done FROM letter_requests {rest}",  # noqa: S608 - texts of this module only
                values,
            ).fetchall()
        return [
            Request(
                number, made, who, msgspec.json.decode(chosen, type=Chosen), last,
                msgspec.json.decode(progress, type=Progress), done,
            )
            for number, made, who, chosen, last, progress, done in rows
        ]  # fmt: skip

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
