"""The state of every alarm that was ever more than normal, and what happened to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from alerting.keys import AlarmId
from alerting.record import Context, Kept, Transition
from alerting.state import Alarm, Kind
from alerting.store.database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS alarm (
    rule TEXT NOT NULL, key TEXT NOT NULL, state TEXT NOT NULL, context TEXT NOT NULL, changed INTEGER NOT NULL,
    PRIMARY KEY (rule, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS transition (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    rule TEXT NOT NULL, key TEXT NOT NULL, occurrence INTEGER NOT NULL, kind TEXT NOT NULL,
    at INTEGER NOT NULL, made INTEGER NOT NULL, who TEXT NOT NULL, value REAL, context TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS transition_of ON transition (rule, key, occurrence);
CREATE INDEX IF NOT EXISTS transition_made ON transition (made)"""


class Alarms:
    """Part of the store."""

    def __init__(self, database: Database) -> None:
        self._db = database
        database.make(_SCHEMA)

    def load(self, since: int = 0) -> dict[AlarmId, Kept]:
        """Return every kept alarm, by name; `since`: only those saved then (ms UTC) or later."""
        rows = self._db.rows(
            "SELECT rule, key, state, context FROM alarm WHERE changed >= ? ORDER BY rule, key", (since,)
        )
        return {AlarmId(rule, key): _kept(state, context) for rule, key, state, context in rows}

    def changed(self) -> int:
        """Return when an alarm was last saved, ms UTC; 0 = never."""
        return int(self._db.rows("SELECT coalesce(max(changed), 0) FROM alarm")[0][0])

    def find(self, alarm: AlarmId) -> Kept | None:
        """Return one alarm, or None when it was never more than normal."""
        rows = self._db.rows("SELECT state, context FROM alarm WHERE rule = ? AND key = ?", alarm)
        return _kept(*rows[0]) if rows else None

    def save(self, alarms: Mapping[AlarmId, Kept], now: int) -> None:
        """Replace alarms, inside the transaction of their effects."""
        self._db.executemany(
            "INSERT OR REPLACE INTO alarm VALUES (?, ?, ?, ?, ?)",
            [
                (*name, msgspec.json.encode(kept.state).decode(), msgspec.json.encode(kept.context).decode(), now)
                for name, kept in alarms.items()
            ],
        )

    def append(self, transitions: Iterable[Transition]) -> None:
        """Add to the history, inside the transaction of the states."""
        self._db.executemany(
            "INSERT INTO transition (rule, key, occurrence, kind, at, made, who, value, context)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (*t.alarm, t.occurrence, t.kind.value, t.at, t.made, t.who, t.value,
                 msgspec.json.encode(t.context).decode())
                for t in transitions
            ],
        )  # fmt: skip

    def last(self) -> int:
        """Return the id of the latest transition; 0 = none."""
        return int(self._db.rows("SELECT coalesce(max(id), 0) FROM transition")[0][0])

    def after(self, number: int, limit: int = 10_000) -> list[Transition]:
        """Return transitions with a greater id, oldest first: how a consumer follows."""
        return self._transitions("WHERE id > ? ORDER BY id LIMIT ?", (number, limit))

    def history(self, alarm: AlarmId | None = None, *, since: int = 0, limit: int = 1_000) -> list[Transition]:
        """Return the latest transitions, newest first, of one alarm or of all."""
        rule, key = alarm or ("", "")
        return self._transitions(
            "WHERE made >= ? AND (? = '' OR (rule = ? AND key = ?)) ORDER BY id DESC LIMIT ?",
            (since, rule, rule, key, limit),
        )

    def course(self, alarm: AlarmId, occurrence: int) -> list[Transition]:
        """Return all that happened to one occurrence of an alarm, oldest first."""
        return self._transitions("WHERE rule = ? AND key = ? AND occurrence = ? ORDER BY id", (*alarm, occurrence))

    def _transitions(self, rest: str, arguments: tuple[Any, ...]) -> list[Transition]:
        columns = "rule, key, occurrence, kind, at, made, who, value, context, id"
        rows = self._db.rows(f"SELECT {columns} FROM transition {rest}", arguments)  # noqa: S608 - texts of this module only
        return [
            Transition(
                AlarmId(rule, key), occurrence, Kind(kind), at, made, who, value,
                msgspec.json.decode(context, type=Context), number,
            )
            for rule, key, occurrence, kind, at, made, who, value, context, number in rows
        ]  # fmt: skip


def _kept(state: str, context: str) -> Kept:
    return Kept(msgspec.json.decode(state, type=Alarm), msgspec.json.decode(context, type=Context))
