"""Incidents as they are kept."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from alerting.incidents import Incident
from alerting.keys import AlarmId
from alerting.store.database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS incident (
    id INTEGER PRIMARY KEY, grouped TEXT NOT NULL, stage TEXT NOT NULL, opened INTEGER NOT NULL, due INTEGER NOT NULL,
    state TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS incident_stage ON incident (stage, id);
CREATE INDEX IF NOT EXISTS incident_due ON incident (due) WHERE due > 0;
CREATE TABLE IF NOT EXISTS incident_member (
    rule TEXT NOT NULL, key TEXT NOT NULL, occurrence INTEGER NOT NULL, incident INTEGER NOT NULL,
    PRIMARY KEY (rule, key, occurrence)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS incident_member_of ON incident_member (incident)"""


class Incidents:
    """Part of the store."""

    def __init__(self, database: Database) -> None:
        self._db = database
        database.make(_SCHEMA)

    def next_id(self) -> int:
        """Return the number of the next incident; the engine is the only one who makes any."""
        return int(self._db.rows("SELECT coalesce(max(id), 0) + 1 FROM incident")[0][0])

    def save(self, incidents: Iterable[Incident]) -> None:
        """Keep incidents, inside the transaction of their notices. Members are only ever added."""
        rows, members = [], []
        for one in incidents:
            rows.append((one.id, one.group, one.stage, one.opened, one.next_due, msgspec.json.encode(one).decode()))
            known = self._db.rows("SELECT count(*) FROM incident_member WHERE incident = ?", (one.id,))[0][0]
            members += [(*member.alarm, member.occurrence, one.id) for member in one.members[known:]]
        self._db.executemany("INSERT OR REPLACE INTO incident VALUES (?, ?, ?, ?, ?, ?)", rows)
        self._db.executemany("INSERT INTO incident_member VALUES (?, ?, ?, ?)", members)

    def open(self) -> list[Incident]:
        """Return the incidents that are not resolved, oldest first."""
        return self._read("WHERE stage != 'resolved' ORDER BY id")

    def open_of(self, group: str) -> Incident | None:
        """Return the incident of a group that is not resolved."""
        found = self._read("WHERE stage != 'resolved' AND grouped = ? ORDER BY id", group)
        return found[0] if found else None

    def due(self, now: int) -> list[Incident]:
        """Return the incidents that time changes, oldest first."""
        return self._read("WHERE due > 0 AND due <= ? ORDER BY id", now)

    def next_due(self) -> int | None:
        """Return when time next changes an incident, ms UTC; None = never."""
        found: int | None = self._db.rows("SELECT min(due) FROM incident WHERE due > 0")[0][0]
        return found

    def find(self, number: int) -> Incident | None:
        """Return one incident."""
        found = self._read("WHERE id = ?", number)
        return found[0] if found else None

    def of(self, alarm: AlarmId, occurrence: int) -> int | None:
        """Return the number of the incident of an alarm's occurrence; None = nobody was to be told of it."""
        rows = self._db.rows(
            "SELECT incident FROM incident_member WHERE rule = ? AND key = ? AND occurrence = ?", (*alarm, occurrence)
        )
        return rows[0][0] if rows else None

    def last_occurrence(self, alarm: AlarmId) -> int:
        """Return the last occurrence of an alarm that is in any incident; 0 = none is."""
        rows = self._db.rows("SELECT max(occurrence) FROM incident_member WHERE rule = ? AND key = ?", alarm)
        return rows[0][0] or 0

    def latest(self, limit: int = 100) -> list[Incident]:
        """Return the latest incidents, newest first."""
        return self._read("ORDER BY id DESC LIMIT ?", limit)

    def _read(self, rest: str, *arguments: int | str) -> list[Incident]:
        rows = self._db.rows(f"SELECT state FROM incident {rest}", arguments)  # noqa: S608 - texts of this module only
        return [msgspec.json.decode(state, type=Incident) for (state,) in rows]
