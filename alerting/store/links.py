"""Links of acknowledgement that were used: each is good for one request."""

from __future__ import annotations

from typing import NamedTuple

from alerting.store.database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS used_link (
    hash TEXT PRIMARY KEY, command INTEGER NOT NULL, who TEXT NOT NULL, at INTEGER NOT NULL
) WITHOUT ROWID"""


class Use(NamedTuple):
    """How a link was used: who asked, when (ms UTC), by which command."""

    command: int
    who: str
    at: int


class UsedLinks:
    """Part of the store."""

    def __init__(self, database: Database) -> None:
        self._db = database
        database.make(_SCHEMA)

    def find(self, token_hash: str) -> Use | None:
        """Return how a link was used; None = not yet."""
        rows = self._db.rows("SELECT command, who, at FROM used_link WHERE hash = ?", (token_hash,))
        return Use(*rows[0]) if rows else None

    def use(self, token_hash: str, use: Use) -> None:
        """Remember that a link was used, inside the transaction of its command."""
        self._db.execute("INSERT INTO used_link VALUES (?, ?, ?, ?)", (token_hash, *use))
