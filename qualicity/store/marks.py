"""Operators' marks: who says that which readings are not valid, why, with which proof, and by when it is approved."""

from __future__ import annotations

import sqlite3
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import astuple, fields

from qualicity.clock import Clock
from qualicity.errors import UsageError
from qualicity.model import Mark

KINDS = ("fault", "calibration", "maintenance")

_COLUMNS = ", ".join(field.name for field in fields(Mark)).replace("end,", '"end",')


class Marks:
    """The marks of a ledger.

    Args:
        db: the ledger's connection.
        clock: dates marks and decides which have lapsed.
        transaction: the ledger's.
    """

    def __init__(
        self, db: sqlite3.Connection, clock: Clock, transaction: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self._db = db
        self._clock = clock
        self._transaction = transaction
        with transaction():
            db.execute(
                "CREATE TABLE IF NOT EXISTS marks (id TEXT PRIMARY KEY, station TEXT NOT NULL, parameter TEXT NOT NULL,"
                ' start INTEGER NOT NULL, "end" INTEGER NOT NULL, kind TEXT NOT NULL, who TEXT NOT NULL,'
                " why TEXT NOT NULL, proof TEXT NOT NULL, deadline INTEGER NOT NULL, status TEXT NOT NULL,"
                " made INTEGER NOT NULL)"
            )
            db.execute(
                "CREATE TABLE IF NOT EXISTS mark_history (mark TEXT NOT NULL, at INTEGER NOT NULL,"
                " status TEXT NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL)"
            )

    def add(
        self,
        station: str,
        parameter: str,
        start: int,
        end: int,
        *,
        kind: str,
        who: str,
        why: str,
        proof: str,
        deadline: int,
    ) -> Mark:
        """Add a mark; it counts from now on, until its deadline passes without approval.

        Raises:
            UsageError: it covers no time, is of an unknown kind, says not who or why, or is too late already.
        """
        if end <= start:
            raise UsageError("the mark ends before it begins", "give --from before --to")
        if kind not in KINDS:
            raise UsageError(f"no kind of mark {kind!r}", f"one of: {', '.join(KINDS)}")
        if not who.strip() or not why.strip():
            raise UsageError("a mark needs to say who and why", "give --who and --why")
        now = self._clock.now()
        if deadline <= now:
            raise UsageError("the deadline for the approval has passed already", "give a later --deadline")
        mark = Mark(uuid.uuid4().hex[:12], station, parameter, start, end, kind, who, why, proof, deadline, "open", now)
        with self._transaction():
            self._db.execute(f"INSERT INTO marks ({_COLUMNS}) VALUES ({', '.join('?' * 12)})", astuple(mark))  # noqa: S608 - columns of a dataclass
            self._record(mark.id, "open", who, why)
        return mark

    def approve(self, name: str, *, who: str, why: str = "") -> Mark:
        """Approve an open mark: it no longer lapses."""
        return self._decide(name, ("open",), "approved", who, why)

    def revoke(self, name: str, *, who: str, why: str) -> Mark:
        """Take a mark back: it no longer counts."""
        return self._decide(name, ("open", "approved"), "revoked", who, why)

    def lapse(self) -> list[Mark]:
        """Let open marks whose deadline has passed lapse; return them."""
        now = self._clock.now()
        due = [mark for mark in self.list() if mark.status == "open" and mark.deadline <= now]
        return [self._decide(mark.id, ("open",), "lapsed", "", "the deadline passed without approval") for mark in due]

    def history(self, name: str) -> list[tuple[int, str, str, str]]:
        """Return what became of a mark, the first first: when (ms UTC), its status from then on, who, why."""
        rows = self._db.execute("SELECT at, status, who, why FROM mark_history WHERE mark = ? ORDER BY rowid", (name,))
        return [(at, status, who, why) for at, status, who, why in rows.fetchall()]

    def list(self, *, station: str | None = None) -> list[Mark]:
        """Return all marks, oldest first."""
        rows = self._db.execute(
            f"SELECT {_COLUMNS} FROM marks WHERE ?1 IS NULL OR station = ?1 ORDER BY made, id",  # noqa: S608 - columns of a dataclass
            (station,),
        ).fetchall()
        return [Mark(*row) for row in rows]

    def _decide(self, name: str, allowed: tuple[str, ...], status: str, who: str, why: str) -> Mark:
        found = [mark for mark in self.list() if mark.id == name]
        if not found:
            raise UsageError(f"no mark {name!r}", "see `qualicity mark list`")
        if found[0].status not in allowed:
            raise UsageError(
                f"mark {name} is {found[0].status}", f"only a mark that is {' or '.join(allowed)} can be {status}"
            )
        with self._transaction():
            self._db.execute("UPDATE marks SET status = ? WHERE id = ?", (status, name))
            self._record(name, status, who, why)
        return next(mark for mark in self.list() if mark.id == name)

    def _record(self, name: str, status: str, who: str, why: str) -> None:
        self._db.execute("INSERT INTO mark_history VALUES (?, ?, ?, ?, ?)", (name, self._clock.now(), status, who, why))
