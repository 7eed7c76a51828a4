"""What people ask for: kept first, then carried out by the one who owns the state, then answered."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

import msgspec

from alerting.store.database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS command (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL, target TEXT NOT NULL, who TEXT NOT NULL, via TEXT NOT NULL, arguments TEXT NOT NULL,
    made INTEGER NOT NULL, done INTEGER, outcome TEXT
)"""

CommandKind = Literal["acknowledge", "shelve", "unshelve", "test", "drill"]


class Command(NamedTuple):
    """One request.

    `target` is RULE@KEY, or `incident:N` for all alarms of an incident.
    """

    kind: CommandKind
    target: str
    who: str
    via: str  # cli, api, link, mqtt
    made: int  # ms UTC
    arguments: dict[str, Any]  # shelve: until (ms), once (bool), why; test: channel, recipient
    id: int = 0


class Commands:
    """Part of the store."""

    def __init__(self, database: Database) -> None:
        self._db = database
        database.make(_SCHEMA)

    def submit(self, command: Command) -> int:
        """Keep a request durably; return its number."""
        cursor = self._db.execute(
            "INSERT INTO command (kind, target, who, via, arguments, made) VALUES (?, ?, ?, ?, ?, ?)",
            (command.kind, command.target, command.who, command.via,
             msgspec.json.encode(command.arguments).decode(), command.made),
        )  # fmt: skip
        return int(cursor.lastrowid or 0)

    def waiting(self) -> list[Command]:
        """Return what is not carried out yet, oldest first."""
        rows = self._db.rows(
            "SELECT kind, target, who, via, made, arguments, id FROM command WHERE done IS NULL ORDER BY id"
        )
        return [
            Command(kind, target, who, via, made, msgspec.json.decode(arguments), number)
            for kind, target, who, via, made, arguments, number in rows
        ]

    def settle(self, number: int, now: int, outcome: str) -> None:
        """Say what came of a request; inside the transaction of its effects. Empty = done; else why not."""
        self._db.execute("UPDATE command SET done = ?, outcome = ? WHERE id = ?", (now, outcome, number))

    def outcome(self, number: int) -> str | None:
        """Return what came of a request; None = not carried out yet."""
        rows = self._db.rows("SELECT outcome FROM command WHERE id = ?", (number,))
        return rows[0][0] if rows else None
