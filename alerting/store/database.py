"""The file itself: connection, transactions, notes."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from qualicity.errors import UsageError

_NOTES = "CREATE TABLE IF NOT EXISTS note (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"


class Database:
    """A connection to alerting.db.

    Args:
        path: of the file; made when missing.
        reader: nothing is made and nothing can be written.

    Raises:
        UsageError: a reader finds no file.
    """

    def __init__(self, path: Path, *, reader: bool = False) -> None:
        if reader and not path.is_file():
            raise UsageError(f"there are no alarms in {path.parent} yet", "run `qualicity serve`")
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        self._reader = reader
        for pragma in ("query_only=ON",) if reader else ("journal_mode=WAL", "synchronous=FULL"):
            self._db.execute(f"PRAGMA {pragma}")
        self.make(_NOTES)

    def make(self, schema: str) -> None:
        """Make the tables of a part of the store, where they are missing; statements end with `;` and a new line."""
        if not self._reader:
            with self.transaction():
                for statement in schema.split(";\n"):
                    self._db.execute(statement)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """Run a block in one transaction; a block inside a block joins it."""
        if self._db.in_transaction:
            yield
            return
        self._db.execute("BEGIN" if self._reader else "BEGIN IMMEDIATE")
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException:
            if self._db.in_transaction:  # a disk that is full has ended it already
                self._db.execute("ROLLBACK")
            raise

    def execute(self, statement: str, arguments: Sequence[object] = ()) -> sqlite3.Cursor:
        """Run one statement; outside a transaction it is one of its own."""
        return self._db.execute(statement, arguments)

    def executemany(self, statement: str, rows: Iterable[Sequence[object]]) -> None:
        """Run one statement for many rows, all or none."""
        with self.transaction():
            self._db.executemany(statement, rows)

    def rows(self, statement: str, arguments: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        return self._db.execute(statement, arguments).fetchall()

    def note(self, key: str) -> str:
        """Return a remembered text; empty when there is none."""
        row = self._db.execute("SELECT value FROM note WHERE key = ?", (key,)).fetchone()
        return row[0] if row else ""

    def set_note(self, key: str, value: str) -> None:
        """Remember a text."""
        self._db.execute(
            "INSERT INTO note VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", (key, value)
        )

    def close(self) -> None:
        """Close the file."""
        self._db.close()
