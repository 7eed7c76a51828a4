"""Incidents as they are kept."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from alerting.incidents import Incident
from alerting.store.database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS incident (
    id INTEGER PRIMARY KEY, grouped TEXT NOT NULL, stage TEXT NOT NULL, opened INTEGER NOT NULL, state TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS incident_stage ON incident (stage, id)"""


class Incidents:
    """Part of the store."""

    def __init__(self, database: Database) -> None:
        self._db = database
        database.make(_SCHEMA)

    def next_id(self) -> int:
        """Return the number of the next incident; the engine is the only one who makes any."""
        return int(self._db.rows("SELECT coalesce(max(id), 0) + 1 FROM incident")[0][0])

    def save(self, incidents: Iterable[Incident]) -> None:
        """Keep incidents, inside the transaction of their notices."""
        self._db.executemany(
            "INSERT OR REPLACE INTO incident VALUES (?, ?, ?, ?, ?)",
            [(one.id, one.group, one.stage, one.opened, msgspec.json.encode(one).decode()) for one in incidents],
        )

    def open(self) -> list[Incident]:
        """Return the incidents that are not resolved, oldest first."""
        return self._read("WHERE stage != 'resolved' ORDER BY id")

    def find(self, number: int) -> Incident | None:
        """Return one incident."""
        found = self._read("WHERE id = ?", number)
        return found[0] if found else None

    def latest(self, limit: int = 100) -> list[Incident]:
        """Return the latest incidents, newest first."""
        return self._read("ORDER BY id DESC LIMIT ?", limit)

    def _read(self, rest: str, *arguments: int) -> list[Incident]:
        rows = self._db.rows(f"SELECT state FROM incident {rest}", arguments)  # noqa: S608 - texts of this module only
        return [msgspec.json.decode(state, type=Incident) for (state,) in rows]
