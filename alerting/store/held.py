"""What the flood guard knows: what each recipient got lately, and what is held for a digest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from alerting.flood import Gate
from alerting.message import MessageKind
from alerting.oncall.duty import Recipient
from alerting.store.database import Database

_SCHEMA = """
CREATE TABLE IF NOT EXISTS gate (
    channel TEXT NOT NULL, recipient TEXT NOT NULL, urgent INTEGER NOT NULL, due INTEGER NOT NULL, state TEXT NOT NULL,
    PRIMARY KEY (channel, recipient, urgent)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS held (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    channel TEXT NOT NULL, recipient TEXT NOT NULL, urgent INTEGER NOT NULL, incident INTEGER NOT NULL,
    kind TEXT NOT NULL, transition TEXT NOT NULL, people TEXT NOT NULL, mention TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS held_for ON held (channel, recipient, urgent, incident)"""


class Place(NamedTuple):
    """One gate: a recipient on a channel, for P1 or for the rest."""

    channel: str
    recipient: str
    urgent: bool


class Hold(NamedTuple):
    """One notice that waits for a digest."""

    incident: int
    kind: MessageKind
    transition: str
    to: Recipient


class Held:
    """Part of the store."""

    def __init__(self, database: Database) -> None:
        self._db = database
        database.make(_SCHEMA)

    def gate(self, place: Place) -> Gate:
        """Return what a recipient got lately."""
        rows = self._db.rows("SELECT state FROM gate WHERE channel = ? AND recipient = ? AND urgent = ?", place)
        return msgspec.json.decode(rows[0][0], type=Gate) if rows else Gate()

    def save_gate(self, place: Place, gate: Gate) -> None:
        """Replace what is known of a recipient."""
        row = (*place, gate.due, msgspec.json.encode(gate).decode())
        self._db.execute("INSERT OR REPLACE INTO gate VALUES (?, ?, ?, ?, ?)", row)

    def due(self, now: int) -> list[Place]:
        """Return the gates whose digest is due."""
        rows = self._db.rows(
            "SELECT channel, recipient, urgent FROM gate WHERE due > 0 AND due <= ?"
            " ORDER BY channel, recipient, urgent",
            (now,),
        )
        return [Place(channel, recipient, bool(urgent)) for channel, recipient, urgent in rows]

    def next_due(self) -> int | None:
        """Return when a digest is next due, ms UTC; None = there is no flood."""
        found: int | None = self._db.rows("SELECT min(due) FROM gate WHERE due > 0")[0][0]
        return found

    def hold(self, place: Place, notices: Iterable[Hold]) -> None:
        """Keep notices for a digest."""
        self._db.executemany(
            "INSERT INTO held (channel, recipient, urgent, incident, kind, transition, people, mention)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (*place, one.incident, one.kind, one.transition, _text(one.to.people), _text(one.to.mention))
                for one in notices
            ],
        )

    def take(self, place: Place) -> list[Hold]:
        """Return and forget what is held for a recipient, oldest first."""
        rows = self._db.rows(
            "SELECT incident, kind, transition, people, mention FROM held"
            " WHERE channel = ? AND recipient = ? AND urgent = ? ORDER BY id",
            place,
        )
        self._db.execute("DELETE FROM held WHERE channel = ? AND recipient = ? AND urgent = ?", place)
        return [
            Hold(incident, kind, transition, Recipient(place.channel, place.recipient, _list(people), _list(mention)))
            for incident, kind, transition, people, mention in rows
        ]

    def drop(self, place: Place, incident: int) -> None:
        """Forget what is held of an incident for a recipient who is told of it otherwise."""
        self._db.execute(
            "DELETE FROM held WHERE channel = ? AND recipient = ? AND urgent = ? AND incident = ?", (*place, incident)
        )


def _text(items: tuple[str, ...]) -> str:
    return msgspec.json.encode(items).decode()


def _list(text: str) -> tuple[str, ...]:
    return msgspec.json.decode(text, type=tuple[str, ...])
