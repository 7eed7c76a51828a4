"""What the evaluation remembers between starts: one record a thing, as `alerting.evaluation` writes it."""

from __future__ import annotations

from collections.abc import Sequence

from alerting.store.database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS memory (
    kind TEXT NOT NULL, key TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (kind, key)
) WITHOUT ROWID"""


class Memory:
    """Part of the store."""

    def __init__(self, database: Database) -> None:
        self._db = database
        database.make(_SCHEMA)

    def save(self, rows: Sequence[tuple[str, str, bytes]]) -> None:
        """Replace (kind, key, body), inside the transaction that moves the place in the log."""
        self._db.executemany("INSERT OR REPLACE INTO memory VALUES (?, ?, ?)", rows)

    def load(self) -> list[tuple[str, str, bytes]]:
        """Return everything that is remembered, by kind and key."""
        return [(kind, key, body) for kind, key, body in self._db.rows("SELECT * FROM memory ORDER BY kind, key")]
