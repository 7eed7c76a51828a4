"""The journal: accepted readings as columnar batches in one SQLite file, durable at every commit.

One row of `batches` is one batch, its columns as bytes (`codec`). The dead letters of the same messages are
in the same transaction. `seq` comes from a stored counter and is never used twice; batch ids neither.
"""

from __future__ import annotations

import contextlib
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from qualicity.errors import Retryable, UsageError
from qualicity.model import Batch, DeadLetter, Observations, Position, Registry
from qualicity.store.codec import decode, encode, recode

NAME = "journal.db"
DEAD_LETTER_QUOTA = 100_000
"""Dead letters kept whole; beyond it they are counted per station and reason, with the last one as a sample."""

_SCHEMA = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE texts (code INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE);
CREATE TABLE batches (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    first INTEGER NOT NULL, rows INTEGER NOT NULL,
    received INTEGER NOT NULL, body BLOB NOT NULL
);
CREATE INDEX batches_first ON batches (first);
CREATE TABLE dead_letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    source TEXT NOT NULL, place TEXT NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL,
    payload BLOB NOT NULL, received INTEGER NOT NULL, station TEXT NOT NULL
);
CREATE TABLE dead_letter_counts (
    station TEXT NOT NULL, reason TEXT NOT NULL, count INTEGER NOT NULL, beyond_quota INTEGER NOT NULL,
    last_place TEXT NOT NULL, last_received INTEGER NOT NULL, sample BLOB NOT NULL,
    PRIMARY KEY (station, reason)
) WITHOUT ROWID;
INSERT INTO meta VALUES ('schema', '1'), ('next_seq', '1');
INSERT INTO texts VALUES (0, '');
"""


@dataclass(frozen=True)
class DeadLetterCount:
    """How often one thing went wrong at one station."""

    station: str
    reason: str
    count: int
    beyond_quota: int
    last_place: str
    last_received: int


class Journal:
    """The open journal of a data folder.

    Args:
        folder: the data folder; a writer creates what is missing.
        writer: whether this connection may append (the store makes sure that there is one).
    """

    def __init__(self, folder: Path, *, writer: bool) -> None:
        path = folder / NAME
        if not writer and not path.is_file():
            raise UsageError(f"{folder} holds no readings yet", "import readings or run the collector first")
        self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=30)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=FULL")
        if writer:
            self._create()
        self.epoch = self._meta("epoch")
        self.registry = Registry(())
        self._known = 0  # texts that are both in the file and in the registry
        self.refresh_registry()

    def _create(self) -> None:
        with self._transaction():
            if not self._db.execute("SELECT 1 FROM sqlite_master WHERE name = 'meta'").fetchone():
                for statement in _SCHEMA.split(";\n"):
                    self._db.execute(statement)
                self._db.execute("INSERT INTO meta VALUES ('epoch', ?)", (str(uuid.uuid4()),))

    def _meta(self, key: str) -> str:
        row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0])

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[None]:
        """Run a block in one immediate transaction; nothing of it stays when it fails."""
        try:
            self._db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            raise _translate(error) from error
        try:
            yield
            self._db.execute("COMMIT")
        except BaseException as error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise _translate(error) from error
            raise

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """Hold one state of the journal for the reads of a block."""
        self._db.execute("BEGIN")
        try:
            self._db.execute("SELECT 1 FROM meta").fetchone()  # the snapshot is taken at the first read
            self.refresh_registry()
            yield
        finally:
            self._db.execute("ROLLBACK")

    def refresh_registry(self) -> None:
        """Learn the texts that the writer has added."""
        rows = self._db.execute("SELECT text FROM texts WHERE code >= ? ORDER BY code", (self._known,)).fetchall()
        for (text,) in rows:
            self.registry.code(text)
        self._known += len(rows)

    # writing

    def append(self, batch: Batch) -> Position:
        """Commit a batch durably; return the position of its last row.

        Raises:
            Retryable: the disk is full or the file is locked; nothing of the batch is kept.
        """
        rows = recode(batch.observations, self.registry)
        with self._transaction():
            texts = self.registry.texts(self._known)
            self._db.executemany("INSERT INTO texts VALUES (?, ?)", enumerate(texts, self._known))
            first = int(self._meta("next_seq"))
            if len(rows):
                self._db.execute(
                    "INSERT INTO batches (first, rows, received, body) VALUES (?, ?, ?, ?)",
                    (first, len(rows), int(rows["received"].min()), encode(rows)),
                )
                self._db.execute("UPDATE meta SET value = ? WHERE key = 'next_seq'", (str(first + len(rows)),))
            self._keep(batch.dead_letters)
        self._known += len(texts)
        return Position(self.epoch, first + len(rows) - 1)

    def _keep(self, letters: Sequence[DeadLetter]) -> None:
        if not letters:
            return
        (kept,) = self._db.execute("SELECT count(*) FROM dead_letters").fetchone()
        room = max(0, DEAD_LETTER_QUOTA - kept)
        self._db.executemany(
            "INSERT INTO dead_letters (source, place, reason, detail, payload, received, station)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            [(x.source, x.place, x.reason, x.detail, x.payload, x.received, x.station) for x in letters[:room]],
        )
        self._db.executemany(
            "INSERT INTO dead_letter_counts VALUES (?, ?, 1, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET"
            " count = count + 1, beyond_quota = beyond_quota + excluded.beyond_quota,"
            " last_place = excluded.last_place, last_received = excluded.last_received, sample = excluded.sample",
            [(x.station, x.reason, int(n >= room), x.place, x.received, x.payload) for n, x in enumerate(letters)],
        )

    def advance(self, last: int) -> None:
        """Give no seq up to `last` again: the archive of a restored backup can be newer than its journal."""
        if last > self.last_seq():
            with self._transaction():
                self._db.execute("UPDATE meta SET value = ? WHERE key = 'next_seq'", (str(last + 1),))

    def drop(self, last: int) -> None:
        """Forget the batches up to a sealed seq. Their rows live in the archive now."""
        with self._transaction():
            self._db.execute("DELETE FROM batches WHERE first + rows - 1 <= ?", (last,))

    def delete_dead_letters(self, ids: Sequence[int]) -> None:
        """Remove letters that have been mended."""
        with self._transaction():
            self._db.executemany("DELETE FROM dead_letters WHERE id = ?", [(number,) for number in ids])

    # reading

    def last_seq(self) -> int:
        """Return the seq of the last row ever committed."""
        return int(self._meta("next_seq")) - 1

    def waiting(self) -> tuple[int, int | None]:
        """Return how many rows wait for sealing, and when the oldest was received (ms UTC)."""
        rows, oldest = self._db.execute("SELECT coalesce(sum(rows), 0), min(received) FROM batches").fetchone()
        return int(rows), oldest

    def read(self, after: int, limit: int | None = None) -> Iterator[Observations]:
        """Yield the batches' rows with seq > after, at most `limit` rows, in ascending seq."""
        cursor = self._db.execute(
            "SELECT first, rows, body FROM batches WHERE first + rows - 1 > ? ORDER BY first", (after,)
        )
        with contextlib.closing(cursor):
            left = limit
            for first, _, body in cursor:
                rows = decode(body, first, self.registry)
                rows = rows.take(slice(max(0, after + 1 - first), None))
                if left is not None:
                    rows = rows.take(slice(0, left))
                    left -= len(rows)
                yield rows
                if left == 0:
                    return

    def dead_letters(
        self, *, station: str | None = None, reason: str | None = None
    ) -> Iterator[tuple[int, DeadLetter]]:
        """Yield the kept dead letters with their ids, oldest first."""
        cursor = self._db.execute(
            "SELECT id, source, place, reason, detail, payload, received, station FROM dead_letters"
            " WHERE (?1 IS NULL OR station = ?1) AND (?2 IS NULL OR reason = ?2) ORDER BY id",
            (station, reason),
        )
        with contextlib.closing(cursor):
            for number, *fields in cursor:
                yield number, DeadLetter(*fields)

    def dead_letter_counts(self) -> list[DeadLetterCount]:
        """Return how often what went wrong, by station and reason."""
        rows = self._db.execute(
            "SELECT station, reason, count, beyond_quota, last_place, last_received FROM dead_letter_counts"
            " ORDER BY station, reason"
        )
        return [DeadLetterCount(*row) for row in rows.fetchall()]

    def close(self) -> None:
        """Close the file."""
        self._db.close()


def _translate(error: sqlite3.OperationalError) -> Retryable:
    """Say what SQLite's error means for intake: wait, and what to do."""
    return Retryable(f"the journal cannot be written: {error}", "make room on the disk; intake goes on by itself")
