"""What the writer remembers: how far it has come in every source, in a file of its own.

A position moves only after the database has taken what stands before it, so a crash repeats a little and loses
nothing: the same point again is the same point.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from dashboards.projection.readings import Key
from qualicity.model import Position
from qualicity.store.durable import Closes
from qualicity.store.influx_delivery import Rejected

NAME = "influx.db"

_SCHEMA = """
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS latest (
    station TEXT, parameter TEXT, poc INTEGER, statistic INTEGER, period INTEGER, start INTEGER NOT NULL,
    PRIMARY KEY (station, parameter, poc, statistic, period)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS marks (id TEXT PRIMARY KEY, status TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS rejected (
    line TEXT PRIMARY KEY, reason TEXT NOT NULL, detail TEXT NOT NULL, at INTEGER NOT NULL
) WITHOUT ROWID;
"""

_KEPT_REJECTS = 10_000
"""Lines that are kept to be looked at; beyond, only their number."""


class State(Closes):
    """The open file.

    Args:
        path: of the file; made when missing.
    """

    def __init__(self, path: Path) -> None:
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        self._db.executescript(_SCHEMA)

    # notes

    def note(self, key: str) -> str:
        """Return a remembered text; empty when there is none."""
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else ""

    def set_note(self, key: str, value: str) -> None:
        """Remember a text."""
        self._db.execute(
            "INSERT INTO meta VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (key, value)
        )

    def forget(self) -> None:
        """Start from the beginning: everything is written again."""
        self._db.execute("BEGIN IMMEDIATE")
        for table in ("meta", "latest", "marks", "rejected"):
            self._db.execute(f"DELETE FROM {table}")  # noqa: S608 - names of this module
        self._db.execute("COMMIT")

    # readings

    def cursor(self) -> Position:
        """Return the place in the log up to which readings have been written."""
        return Position(self.note("epoch"), int(self.note("seq") or 0))

    def latest(self) -> dict[Key, int]:
        """Return the greatest start (ms UTC) that was written of each series."""
        rows = self._db.execute("SELECT station, parameter, poc, statistic, period, start FROM latest")
        return {tuple(row[:5]): row[5] for row in rows.fetchall()}

    def advance(self, position: Position, latest: Mapping[Key, int]) -> None:
        """Move the cursor on."""
        self._db.execute("BEGIN IMMEDIATE")
        self._db.executemany(
            "INSERT INTO latest VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET start = max(start, excluded.start)",
            [(*key, start) for key, start in latest.items()],
        )
        self.set_note("epoch", position.epoch)
        self.set_note("seq", str(position.seq))
        self._db.execute("COMMIT")

    # marks

    def marks(self) -> dict[str, str]:
        """Return the status with which each mark was written."""
        return dict(self._db.execute("SELECT id, status FROM marks").fetchall())

    def set_mark(self, name: str, status: str) -> None:
        """Remember that a mark was written."""
        self._db.execute(
            "INSERT INTO marks VALUES (?, ?) ON CONFLICT DO UPDATE SET status = excluded.status", (name, status)
        )

    # lines that the database did not take

    def reject(self, lines: Sequence[Rejected], now: int) -> None:
        """Keep lines that the database will never take, as many as may be kept; count all."""
        if not lines:
            return
        self._db.execute("BEGIN IMMEDIATE")
        room = max(0, _KEPT_REJECTS - self._db.execute("SELECT count(*) FROM rejected").fetchone()[0])
        self._db.executemany(
            "INSERT OR REPLACE INTO rejected VALUES (?, ?, ?, ?)", [(*line, now) for line in lines[:room]]
        )
        self.set_note("rejected", str(self.rejected_count() + len(lines)))
        self._db.execute("COMMIT")

    def rejected_count(self) -> int:
        """Return how many lines were rejected since the beginning."""
        return int(self.note("rejected") or 0)

    def rejected(self) -> Iterable[Rejected]:
        """Return the kept lines, by reason."""
        rows = self._db.execute("SELECT line, reason, detail FROM rejected ORDER BY reason, line").fetchall()
        return [Rejected(*row) for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._db.close()
