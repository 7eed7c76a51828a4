"""The audit log: what people changed, or asked to be changed; only added to, each entry chained to the one before.

An entry is kept in the transaction of its change, or before a change that another database keeps: so nothing is
changed without one. What people say of data (reviews, dismissals, notes at a hand-over) stands here and nowhere else:
what is in force is the latest entry about a thing.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

import msgspec

from qualicity.clock import Clock
from qualicity.errors import UsageError

_REFUSED = "BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END"
_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS audit (
        id INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL, who TEXT NOT NULL, via TEXT NOT NULL,
        action TEXT NOT NULL, about TEXT NOT NULL, detail TEXT NOT NULL, digest TEXT NOT NULL
    )""",
    "CREATE INDEX IF NOT EXISTS audit_about ON audit (action, about, id)",
    "CREATE INDEX IF NOT EXISTS audit_thing ON audit (about, id)",
    f"CREATE TRIGGER IF NOT EXISTS audit_is_not_edited BEFORE UPDATE ON audit {_REFUSED}",
    f"CREATE TRIGGER IF NOT EXISTS audit_is_not_shortened BEFORE DELETE ON audit {_REFUSED}",
)
_PAGE = 500


class Actor(NamedTuple):
    """Who does something, and which way.

    Attributes:
        who: name of the user or the key, or what a command's `--who` says.
        via: page, api, cli, link.
    """

    who: str
    via: str


class Entry(NamedTuple):
    """One line of the log."""

    id: int
    at: int  # ms UTC
    who: str
    via: str
    action: str  # mark.add, review.final, letter.dismiss, alarm.acknowledge, user.add, ...
    about: str  # what was changed: a mark's id, a key, RULE@KEY, a user's name
    detail: Mapping[str, Any]
    digest: str  # SHA-256 of the entry before and of this one


class Audit:
    """The audit log of a ledger.

    Args:
        db: the ledger's connection.
        clock: dates entries.
        transaction: the ledger's.
        reader: nothing is made; a ledger of an earlier version has no log.
    """

    def __init__(
        self,
        db: sqlite3.Connection,
        clock: Clock,
        transaction: Callable[[], AbstractContextManager[None]],
        *,
        reader: bool,
    ) -> None:
        self._db = db
        self._clock = clock
        self._transaction = transaction
        if not reader:
            with transaction():
                for statement in _SCHEMA:
                    db.execute(statement)

    def add(self, actor: Actor, action: str, about: str, detail: Mapping[str, Any] = {}) -> Entry:
        """Add an entry, in the transaction that is open or in one of its own.

        Raises:
            UsageError: nobody is said to do it.
        """
        if not actor.who.strip():
            raise UsageError("a change needs to say who makes it", "sign in, or give --who")
        if not actor.who.isprintable():
            raise UsageError("the name of whoever makes a change holds characters that nobody sees", "type it again")
        with self._transaction():
            before = self._db.execute("SELECT id, digest FROM audit ORDER BY id DESC LIMIT 1").fetchone() or (0, "")
            text = msgspec.json.encode(detail).decode()
            number, at = before[0] + 1, self._clock.now()
            row = (number, at, actor.who, actor.via, action, about, text)
            digest = _digest(before[1], row)
            self._db.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (*row, digest))
        return Entry(number, at, actor.who, actor.via, action, about, detail, digest)

    def entries(
        self, *, action: str = "", about: str = "", who: str = "", before: int | None = None, limit: int = _PAGE
    ) -> list[Entry]:
        """Return entries, the newest first.

        Args:
            action: of this action, or with a dot at its end of all that begin so (`mark.`).
            about: this thing.
            who: of this person.
            before: with a smaller id.
            limit: so many at most.
        """
        return list(self._entries(action, about, who, before, limit))

    def _entries(self, action: str, about: str, who: str, before: int | None, limit: int) -> Iterator[Entry]:
        if not self._made():
            return
        exact = (("about = ?", about), ("who = ?", who), ("id < ?", before))
        tests: list[tuple[str, object]] = [(test, value) for test, value in exact if value not in {"", None}]
        if action.endswith("."):  # "/" follows ".": all that begin so, and the index knows where they are
            tests += [("action >= ?", action), ("action < ?", f"{action[:-1]}/")]
        elif action:
            tests.append(("action = ?", action))
        where = " AND ".join(test for test, _ in tests) or "1"
        rows = self._db.execute(
            f"SELECT * FROM audit WHERE {where} ORDER BY id DESC LIMIT ?",  # noqa: S608 - texts of this function only
            (*(value for _, value in tests), limit),
        ).fetchall()
        for number, at, by, via, done, thing, detail, digest in rows:
            yield Entry(number, at, by, via, done, thing, msgspec.json.decode(detail), digest)

    def check(self) -> list[str]:
        """Return what of the chain does not fit: entries that were edited, taken away or put in."""
        if not self._made():
            return []
        found, chain, expected = [], "", 1
        for *row, digest in self._db.execute("SELECT * FROM audit ORDER BY id"):
            if row[0] != expected:
                found.append(f"entry {expected} of the audit log is missing")
            elif digest != _digest(chain, tuple(row)):
                found.append(f"entry {row[0]} of the audit log is not what was written")
            chain, expected = digest, row[0] + 1
        return found

    def _made(self) -> bool:
        return self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'audit'").fetchone() is not None


def _digest(before: str, row: tuple[object, ...]) -> str:
    return hashlib.sha256(msgspec.json.encode([before, *row])).hexdigest()
